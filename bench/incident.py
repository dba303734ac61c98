"""How long the commands of an incident take for a fleet, 16 targets at once or one at a time."""

from bench.drift import command
from bench.harness import FULL, interleaved, machine, run, sizes, table
from bench.stage import Edge, Fleet, environment, fleet, localedge

from edgefleet.core.parallel import MAX_PARALLEL

COMMANDS = {
    "health": ("health", "--tenants", "all", "--env", "staging"),
    "plan": ("plan", "--tenants", "all", "--env", "staging"),
    "history": ("history", "--tenants", "all", "--env", "staging", "--limit", "3"),
    "validate --remote": ("validate", "--remote", "--tenants", "all", "--env", "staging"),
    "drift": ("drift", "--tenants", "all", "--env", "staging"),
}
SIZES = (40,)
LATENCY = 100
"""Milliseconds that each request takes."""
ALONE = "one at a time"
TOGETHER = f"{MAX_PARALLEL} at once"


def main() -> None:
    """Print a table for each command."""
    machine()
    for count in sizes(*SIZES):
        with fleet(count) as made, localedge(made, "none") as edge:
            command("deploy-all", "--env", "staging", "--parallel", "16", made=made, edge=edge)
            edge.delay(LATENCY)
            for name, words in COMMANDS.items():
                measure(name, words, made, edge)


def measure(name: str, words: tuple[str, ...], made: Fleet, edge: Edge) -> None:
    """Print the table of one command."""
    env = environment(edge, made.root.parent)
    together = ["edgefleet", *words]
    alone = [*together, "--parallel", "1"]
    contenders = {TOGETHER: lambda: run(together, cwd=made.root, env=env)}
    if FULL:
        contenders[ALONE] = lambda: run(alone, cwd=made.root, env=env)
    took = interleaved(contenders)
    table(f"{name}, {len(made.names)} targets, {LATENCY} ms", took, TOGETHER)


if __name__ == "__main__":
    main()
