"""What the courses of a whole fleet take, one after the other: time, memory, requests a target.

BENCH_SIZES="10000" is the run of docs/scale.md; each course runs once.
"""

from collections.abc import Sequence

import click
import requests
from bench.harness import FULL, Took, machine, run, sizes
from bench.stage import AUTHOR, GIT, Edge, Fleet, environment, fleet, localedge

SIZES = (100,)
DEPLOY = ("deploy-all", "--env", "staging", "--parallel", "16")
DRIFT = ("drift", "--tenants", "all", "--env", "staging")
COURSES: Sequence[tuple[str, bool, Sequence[str]]] = (
    ("first upload", False, DEPLOY),
    ("new version", True, DEPLOY),
    ("unchanged", False, DEPLOY),
    ("drift, the first look", False, DRIFT),
    ("drift, seen before", False, DRIFT),
    ("new version, seen before", True, DEPLOY),
)
"""The name of each, whether the files change before it, and the command."""
DATES = ("2026-01-15", "2026-01-16")
"""Compatibility dates of the Worker, in turn."""
LARGE = 1000
"""Beyond so many targets new versions are deployed with BENCH_FULL=1 alone: that takes an hour."""
LOGGED = 10_000
"""Requests that localedge remembers."""


def main() -> None:
    """Print a table for each size."""
    machine()
    for count in sizes(*SIZES):
        with fleet(count) as made, localedge(made, "none") as edge:
            click.echo(f"\n**{count} targets, 0 ms, no Worker runs**\n")
            click.echo("| course | s | ms a target | CPU s | MB | requests a target |")
            click.echo("| --- | ---: | ---: | ---: | ---: | ---: |")
            for name, changes, words in COURSES:
                if changes and count > LARGE and not FULL:
                    continue
                if changes:
                    change(made, name)
                _forget(edge)
                took = course(made, edge, words)
                click.echo(f"| {name} | {' | '.join(_cells(took, count, edge))} |")


def course(made: Fleet, edge: Edge, words: Sequence[str]) -> Took:
    """Run a command over the fleet."""
    return run(["edgefleet", *words], cwd=made.root, env=environment(edge, made.root.parent))


def change(made: Fleet, why: str) -> None:
    """Commit another version of the Worker, in the file that all tenants are overlays of."""
    file = made.root / "src" / "worker" / "wrangler.jsonc"
    text = file.read_text()
    old, new = DATES if DATES[0] in text else DATES[::-1]
    file.write_text(text.replace(old, new))
    env = environment(None, made.root.parent)
    run([GIT, *AUTHOR, "commit", "-q", "-a", "-m", why], cwd=made.root, env=env)


def _cells(took: Took, count: int, edge: Edge) -> list[str]:
    sent = len(_log(edge, "GET").json())
    counted = "-" if sent >= LOGGED else f"{sent / count:.1f}"
    each = took.seconds / count * 1000
    return [
        f"{took.seconds:.0f}",
        f"{each:.0f}",
        f"{took.cpu:.0f}",
        f"{took.megabytes:.0f}",
        counted,
    ]


def _forget(edge: Edge) -> None:
    _log(edge, "DELETE")


def _log(edge: Edge, method: str) -> requests.Response:
    url, key = f"{edge.url}/__localedge__/requests", {"localedge-token": edge.token}
    answer = requests.request(method, url, headers=key, timeout=60)
    answer.raise_for_status()
    return answer


if __name__ == "__main__":
    main()
