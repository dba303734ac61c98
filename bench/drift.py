"""How long `edgefleet drift` takes for 10, 100 and 1,000 targets, next to its bare requests."""

import os
import subprocess
import sys
from pathlib import Path

from bench import bare
from bench.harness import FULL, goal, interleaved, machine, ratio, run, sizes, table
from bench.recorder import Exchange, recorder
from bench.stage import ROOT, Edge, Fleet, environment, fleet, localedge

from edgefleet.core.parallel import MAX_PARALLEL
from edgefleet.drift.run import MIN_OWNERS_PER_PROCESS

FLOOR = "floor: the same requests"
PRODUCT = "edgefleet drift"
SIZES = (10, 100, 1000)


def main() -> None:
    """Print a table for each size and latency."""
    machine()
    for count in sizes(*SIZES):
        with fleet(count) as made, localedge(made, "none") as edge:
            command("deploy-all", "--env", "staging", "--parallel", "16", made=made, edge=edge)
            # What is measured is the second look, of versions that this machine has seen.
            command("drift", "--tenants", "all", "--env", "staging", made=made, edge=edge)
            exchanges = recorded(made, edge)
            # A thousand targets at 50 ms take a minute each time.
            for latency in (0, 50) if FULL or count < max(SIZES) else (0,):
                edge.delay(latency)
                measure(made, edge, exchanges, latency)


def measure(made: Fleet, edge: Edge, exchanges: list[Exchange], latency: int) -> None:
    """Print the table of one size and latency."""
    env = environment(edge, made.root.parent)
    plan = made.root.parent / "requests"
    at_once = MAX_PARALLEL * processes(len(made.names))
    bare.save(plan, edge.port, at_once, exchanges, [made.names_of(one) for one in made.names])
    floor = [sys.executable, "-m", "bench.bare", str(plan)]
    product = ["edgefleet", "drift", "--tenants", "all", "--env", "staging"]
    took = interleaved(
        {
            FLOOR: lambda: run(floor, cwd=ROOT, env=env),
            PRODUCT: lambda: run(product, cwd=made.root, env=env),
        }
    )
    count = len(made.names)
    note = f"{len(exchanges)} requests a target, {at_once} at once"
    table(f"drift, {count} targets, {latency} ms", took, FLOOR, note)
    if count >= 100:
        what = f"drift of {count} targets at {latency} ms, times the floor"
        goal(what, ratio(took[PRODUCT], took[FLOOR]), most=1.4 if latency == 0 else 1.1)


def processes(count: int) -> int:
    """Return in how many processes edgefleet looks at so many targets, each of an owner's own."""
    return max(min(len(os.sched_getaffinity(0)), count // MIN_OWNERS_PER_PROCESS), 1)


def recorded(made: Fleet, edge: Edge) -> list[Exchange]:
    """Return what a look at the first target asks and is answered."""
    with recorder(edge.port) as recording:
        env = {**environment(edge, made.root.parent), **edge.environ(recording.port)}
        command("drift", "--tenants", made.names[0], "--env", "staging", made=made, env=env)
        return recording.exchanges


def command(
    *arguments: str, made: Fleet, edge: Edge | None = None, env: dict[str, str] | None = None
) -> None:
    """Run edgefleet to its end, which must be a good one."""
    subprocess.run(
        [Path(sys.executable).with_name("edgefleet"), *arguments],
        cwd=made.root,
        env=env or environment(edge, made.root.parent),
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    main()
