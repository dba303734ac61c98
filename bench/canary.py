"""How often canaries abort, and how soon: made-up traffic through the real decisions.

10,000 runs of each kind, all from one seed; BENCH_CANARIES=500 takes fewer.
"""

import os
from collections.abc import Sequence
from random import Random
from time import perf_counter

import click

from edgefleet.canary.simulation import MadeUpTraffic, SimulatedEnd, simulate

SEED = 18
RUNS = int(os.environ.get("BENCH_CANARIES", "10000"))
LONG, RING = 10, 10
"""Which part of the runs long canaries get, and rings of fifty tenants."""


def kinds() -> list[tuple[str, MadeUpTraffic, int]]:
    """Return what is simulated: its name, the traffic, and how many runs."""
    found: list[tuple[str, MadeUpTraffic, int]] = []

    def add(name: str, old: float, new: float, *, runs: int = RUNS, **more: float) -> None:
        given = {"share": 0.1, "requests": 5_000, "look": 50, **more}
        traffic = MadeUpTraffic(old_rate=old, new_rate=new, **given)  # type: ignore[arg-type]
        found.append((name, traffic, max(runs, 1)))

    add("healthy, 0.5 %", 0.005, 0.005)
    add("healthy, 0.5 %, a look at each request", 0.005, 0.005, look=1, requests=1_000)
    add("healthy, 0.5 %, half of the traffic", 0.005, 0.005, share=0.5)
    add("healthy, 0.5 %, 50,000 requests", 0.005, 0.005, requests=50_000, runs=RUNS // LONG)
    add("healthy, 5 %", 0.05, 0.05)
    add("healthy, bursts of 50 of one caller", 0.005, 0.005, burst=50)
    add("the same, each request counted", 0.005, 0.005, burst=50, once_a_burst=False)
    add("0.5 -> 5 %", 0.005, 0.05)
    add("0.5 -> 5 %, 5 % of the traffic", 0.005, 0.05, share=0.05, requests=10_000)
    add("0.5 -> 50 %", 0.005, 0.5)
    add("0.1 -> 5 %", 0.001, 0.05)
    add("0.5 -> 1.5 %", 0.005, 0.015, requests=50_000, runs=RUNS // LONG)
    add("answers slow: 5 -> 10 % (within the margin)", 0, 0, new_slow_rate=0.0952)
    add("answers slow: 5 -> 30 %", 0, 0, new_slow_rate=0.3)
    ring = {"tenants": 50, "requests": 400, "look": 100}
    add("50 tenants, healthy, 0.5 %", 0.005, 0.005, runs=RUNS // RING, **ring)
    add("50 tenants, 0.5 -> 5 %", 0.005, 0.05, runs=RUNS // RING, **ring)
    return found


def main() -> None:
    """Print the table of error rates, in Markdown."""
    headings = ("traffic", "runs", "aborted", "within 2,500", "median", "9 of 10", "alone", "s")
    click.echo(f"| {' | '.join(headings)} |\n|{' --- |' * len(headings)}")
    for name, traffic, runs in kinds():
        random, started = Random(SEED), perf_counter()  # noqa: S311 - a seed repeats it
        ends = [simulate(traffic, random) for _ in range(runs)]
        click.echo(f"| {' | '.join(row(name, ends, perf_counter() - started))} |")


def row(name: str, ends: Sequence[SimulatedEnd], seconds: float) -> list[str]:
    """Return a line: which part was aborted, and after how many requests of both versions."""
    after = sorted(end.together for end in ends if end.together is not None)
    soon = sum(requests <= 2_500 for requests in after)
    alone = sum(end.alone > 0 for end in ends)

    def quantile(part: float) -> str:
        place = int(part * len(ends))
        return f"{after[place]:,}" if place < len(after) else "-"

    return [
        name,
        f"{len(ends):,}",
        f"{len(after) / len(ends):.2%}",
        f"{soon / len(ends):.1%}",
        quantile(0.5),
        quantile(0.9),
        f"{alone / len(ends):.1%}",
        f"{seconds:.0f}",
    ]


if __name__ == "__main__":
    main()
