"""How much memory each further target of deploy-all and of drift takes, in the largest process.

A fleet of the larger size is deployed once; each command then runs over some of it and over all of
it, so that what it reads of the whole fleet is the same. BENCH_FULL=1 takes 1,000 of 10,000.
"""

from statistics import median

import click
from bench.fleet import PARALLEL
from bench.harness import FULL, RUNS, goal, machine, run, sizes
from bench.stage import Edge, Fleet, environment, fleet, localedge

KILOBYTES = 1024
COMMANDS = {
    "deploy-all": ("deploy-all", "--force", "--parallel", str(PARALLEL)),
    "drift": ("drift",),
}


def main() -> None:
    """Print a row for each command."""
    machine()
    asked = sizes(*((1000, 10_000) if FULL else (200, 1000)))
    every = max(asked)
    some = min(asked) if len(asked) > 1 else every // 2
    with fleet(every) as made, localedge(made, "none") as edge:
        measured(made, edge, "deploy-all", every)
        click.echo(f"\n| | MB of {some} | MB of {every} | KB a target |")
        click.echo("| --- | ---: | ---: | ---: |")
        for name in COMMANDS:
            few, many = (
                median(measured(made, edge, name, count) for _ in range(RUNS))
                for count in (some, every)
            )
            each = (many - few) * KILOBYTES / (every - some)
            click.echo(f"| {name} | {few:.1f} | {many:.1f} | {each:.1f} |")
            goal(f"{name}: KB for each further target", each, most=10)


def measured(made: Fleet, edge: Edge, name: str, count: int) -> float:
    """Run a command over so many targets; return the megabytes of its largest process."""
    words = ["edgefleet", *COMMANDS[name], "--env", "staging"]
    words += ["--tenants", ",".join(made.names[:count])]
    return run(words, cwd=made.root, env=environment(edge, made.root.parent)).megabytes


if __name__ == "__main__":
    main()
