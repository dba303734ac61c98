"""Runs contenders in turn and prints what they took: medians, and ratios within each run."""

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import NamedTemporaryFile, TemporaryFile

import click

RUNS = int(os.environ.get("BENCH_RUNS", "5"))
"""Runs of each contender; fewer than five are for trying only."""

FULL = os.environ.get("BENCH_FULL") == "1"
"""Whether to measure what takes long, too, and to run all of what else is run in part."""

LAUNCH = Path(__file__).with_name("launch.py")

MEGABYTE = 1024  # ru_maxrss counts kilobytes


@dataclass(frozen=True)
class Took:
    """What one run took: wall seconds, CPU seconds and the largest process in megabytes."""

    seconds: float
    cpu: float = 0.0
    megabytes: float = 0.0

    def times(self, factor: float) -> "Took":
        """Return what `factor` times as much of the same would take; memory stays."""
        return Took(self.seconds * factor, self.cpu * factor, self.megabytes)


Contender = Callable[[], Took]


def sizes(*usual: int) -> tuple[int, ...]:
    """Return how many tenants or targets to measure with; BENCH_SIZES="1 10" says otherwise."""
    asked = os.environ.get("BENCH_SIZES")
    return tuple(map(int, asked.split())) if asked else usual


def run(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str], codes: Sequence[int] = (0,)
) -> Took:
    """Run a program to its end; it must end with one of these exit codes."""
    with NamedTemporaryFile() as report, TemporaryFile() as log:
        done = subprocess.run(
            [sys.executable, "-IS", str(LAUNCH), report.name, *command],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            check=False,
        )
        if done.returncode not in codes:
            log.seek(0)
            said = log.read().decode(errors="replace")[-3000:]
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{said}")
        seconds, cpu, kilobytes = map(float, report.read().split())
    return Took(seconds, cpu, kilobytes / MEGABYTE)


def interleaved(contenders: Mapping[str, Contender], runs: int = RUNS) -> dict[str, list[Took]]:
    """Run all contenders in turn, `runs` times; who begins changes from turn to turn."""
    took: dict[str, list[Took]] = {name: [] for name in contenders}
    names = list(contenders)
    for turn in range(runs):
        for place in range(len(names)):
            name = names[(turn + place) % len(names)]
            took[name].append(contenders[name]())
            click.echo(f"  {turn + 1}/{runs} {name}: {took[name][-1].seconds:.2f} s", err=True)
    return took


def table(title: str, took: Mapping[str, Sequence[Took]], base: str, note: str = "") -> None:
    """Print medians in Markdown, and the median of each run's ratio to `base` in the same run."""
    click.echo(f"\n**{title}**{f' ({note})' if note else ''}\n")
    click.echo(f"| | median s | from - to | CPU s | MB | times {base} |")
    click.echo("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, runs in took.items():
        seconds = [one.seconds for one in runs]
        cells = (
            f"{median(seconds):.3f}",
            f"{min(seconds):.3f} - {max(seconds):.3f}",
            f"{median(one.cpu for one in runs):.2f}",
            f"{median(one.megabytes for one in runs):.0f}",
            f"{ratio(runs, took[base]):.2f}",
        )
        click.echo(f"| {name} | {' | '.join(cells)} |")


def ratio(runs: Sequence[Took], base: Sequence[Took]) -> float:
    """Return the median of the ratios within each run."""
    return median(one.seconds / other.seconds for one, other in zip(runs, base, strict=True))


def goal(what: str, value: float, *, most: float | None = None, least: float | None = None) -> None:
    """Print whether a figure is reached."""
    asked = f"at most {most:g}" if most is not None else f"at least {least:g}"
    reached = (most is None or value <= most) and (least is None or value >= least)
    click.echo(f"\n{'reached' if reached else 'NOT reached'}: {what}: {value:.2f} ({asked})")


def machine() -> None:
    """Print where this was measured."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    load = "/".join(f"{one:.1f}" for one in os.getloadavg())
    click.echo(
        f"{os.cpu_count()} cores ({cpu}), Python {platform.python_version()}, {sys.platform}, "
        f"load before {load}, {RUNS} interleaved runs"
    )
