"""How long edgefleet takes to say anything, next to Python and to wrangler."""

from bench.harness import goal, interleaved, machine, ratio, run, table
from bench.stage import OLDEST, environment, fleet

PYTHON, WRANGLER = "python -c pass", "wrangler --version"
OLD = "wrangler 4.63.0 --version"
HELP, VALIDATE = "edgefleet --help", "edgefleet validate --tenants t0000"


def main() -> None:
    """Print the table."""
    machine()
    with fleet(1) as made:
        env = environment(None, made.root.parent)
        took = interleaved(
            {
                PYTHON: lambda: run(["python", "-c", "pass"], cwd=made.root, env=env),
                HELP: lambda: run(HELP.split(), cwd=made.root, env=env),
                VALIDATE: lambda: run(VALIDATE.split(), cwd=made.root, env=env),
                WRANGLER: lambda: run(WRANGLER.split(), cwd=made.root, env=env),
                OLD: lambda: run([str(OLDEST), "--version"], cwd=made.root, env=env),
            }
        )
    table("start-up", took, WRANGLER)
    for wrangler in (WRANGLER, OLD):
        goal(f"{HELP}, times {wrangler}", ratio(took[HELP], took[wrangler]), most=1 / 3)
        goal(f"validate, times {wrangler}", ratio(took[VALIDATE], took[wrangler]), most=0.15)


if __name__ == "__main__":
    main()
