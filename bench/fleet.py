"""How long it takes to deploy 1, 10 and 100 targets: wrangler in a loop, deploy-all, the floor.

Every contender deploys the same bundle once more to scripts that exist. wrangler's part is linear
in the number of targets, so that only some of them are run and the time is multiplied; the table
says so. BENCH_FULL=1 runs all of them.
"""

import sys
from functools import partial
from statistics import median

import click
from bench import bare
from bench.drift import command
from bench.harness import (
    FULL,
    Contender,
    Took,
    goal,
    interleaved,
    machine,
    ratio,
    run,
    sizes,
    table,
)
from bench.recorder import Exchange, recorder
from bench.stage import OLDEST, ROOT, Edge, Fleet, environment, fleet, localedge

PARALLEL = 16
WRANGLERS = 4
"""wranglers at once: each takes a core and 150 MB."""

FLOOR = "floor: the same requests"
API = "edgefleet --engine api"
LOOP = "wrangler deploy, in a loop"
OLD = "wrangler 4.63.0 deploy, in a loop"
ENGINE = "edgefleet --engine wrangler"
SAMPLE = {LOOP: 2, ENGINE: 4}
SIZES = (1, 10, 100)
LARGE = 1000
"""With BENCH_FULL=1, to see how time and memory grow; without wrangler, which would take hours."""


def main() -> None:
    """Print a table for each runtime, size and latency."""
    machine()
    for runtime in ("none", "workerd"):
        for count in sizes(*SIZES, *([LARGE] if FULL else [])):
            if runtime == "workerd" and count > (max(SIZES) if FULL else 10):
                continue  # a hundred runtimes on two cores take longer than all the rest
            # `wrangler deploy` knows no overlays.
            with fleet(count, whole=True) as made, localedge(made, runtime) as edge:
                deploy_all(made, edge)
                exchanges = recorded(made, edge)
                for latency in (0, 50) if runtime == "none" else (0,):
                    edge.delay(latency)
                    measure(made, edge, exchanges, runtime, latency)


def measure(made: Fleet, edge: Edge, exchanges: list[Exchange], runtime: str, latency: int) -> None:
    """Print the table of one runtime, size and latency."""
    count = len(made.names)
    compared = contenders(made, edge, exchanges)
    took = interleaved(dict(compared[:2] if count >= LARGE else compared))
    ran = "Workers run in workerd" if runtime == "workerd" else "no Worker runs: /health simulated"
    partly = [f"{min(part, count)} of {count} run of '{name}'" for name, part in SAMPLE.items()]
    shown = ", ".join([ran, f"{len(exchanges)} requests a target", *([] if FULL else partly)])
    table(f"deploy {count} targets, --runtime {runtime}, {latency} ms", took, FLOOR, shown)
    where = f"{count} targets, --runtime {runtime}, {latency} ms"
    click.echo(
        f"\n{median(one.seconds for one in took[API]) / count * 1000:.0f} ms for each target"
    )
    if count == 1 and latency == 0:
        for name in (LOOP, OLD):
            goal(f"{where}: times faster than {name}", ratio(took[name], took[API]), least=6)
    if count >= LARGE and latency:
        goal(f"{where}: times the floor", ratio(took[API], took[FLOOR]), most=1.1)
    if count == max(SIZES) and runtime == "none":
        if latency == 0:
            faster = ratio(took[LOOP], took[API])
            goal(f"{where}: times faster than wrangler deploy", faster, least=20)
        floor = ratio(took[API], took[FLOOR])
        goal(f"{where}: times the floor", floor, most=1.5 if latency else 2)


def contenders(made: Fleet, edge: Edge, exchanges: list[Exchange]) -> list[tuple[str, Contender]]:
    """Return what is compared."""
    plan = made.root.parent / "requests"
    parallel = min(PARALLEL, len(made.names))
    bare.save(plan, edge.port, parallel, exchanges, [made.names_of(one) for one in made.names])
    env = environment(edge, made.root.parent)
    floor = [sys.executable, "-m", "bench.bare", str(plan)]
    some = made.names if FULL else made.names[: SAMPLE[ENGINE]]
    return [
        (FLOOR, lambda: run(floor, cwd=ROOT, env=env)),
        (API, partial(deploy_one if len(made.names) == 1 else deploy_all, made, edge)),
        (LOOP, partial(loop, made, edge, "wrangler")),
        (ENGINE, partial(engine, made, edge, some)),
        *([(OLD, partial(loop, made, edge, str(OLDEST)))] if len(made.names) == 1 else []),
    ]


def deploy_all(made: Fleet, edge: Edge, *more: str, parallel: int = PARALLEL) -> Took:
    """Deploy all targets, or those that `more` names."""
    words = ["edgefleet", "deploy-all", "--env", "staging", "--parallel", str(parallel), "--force"]
    return run([*words, *more], cwd=made.root, env=environment(edge, made.root.parent))


def deploy_one(made: Fleet, edge: Edge) -> Took:
    """Deploy the only target as one deploys one: without deploy-all."""
    words = ["edgefleet", "deploy", "--tenant", made.names[0], "--env", "staging"]
    env = environment(edge, made.root.parent)
    return run([*words, "--engine", "api", "--force"], cwd=made.root, env=env)


def engine(made: Fleet, edge: Edge, names: tuple[str, ...]) -> Took:
    """Deploy some targets with wrangler's engine."""
    only = ("--tenants", ",".join(names), "--engine", "wrangler")
    return deploy_all(made, edge, *only, parallel=WRANGLERS).times(len(made.names) / len(names))


def loop(made: Fleet, edge: Edge, wrangler: str) -> Took:
    """Run `wrangler deploy` for one target after the other, as a shell loop does."""
    names = made.names if FULL else made.names[: SAMPLE[LOOP]]
    took = [_wrangler(made, edge, wrangler, name) for name in names]
    whole = Took(
        sum(one.seconds for one in took),
        sum(one.cpu for one in took),
        max(one.megabytes for one in took),
    )
    return whole.times(len(made.names) / len(names))


def _wrangler(made: Fleet, edge: Edge, wrangler: str, name: str) -> Took:
    env = {**environment(edge, made.root.parent), "CLOUDFLARE_API_TOKEN": made.token(name)}
    folder = made.wrangler_file(name).parent
    return run([wrangler, "deploy", "--env", "staging"], cwd=folder, env=env)


def recorded(made: Fleet, edge: Edge) -> list[Exchange]:
    """Return what a deploy of the first target asks and is answered."""
    with recorder(edge.port) as recording:
        env = {**environment(edge, made.root.parent), **edge.environ(recording.port)}
        words = ("deploy-all", "--env", "staging", "--tenants", made.names[0], "--force")
        command(*words, made=made, env=env)
        return recording.exchanges


if __name__ == "__main__":
    main()
