"""How long `edgefleet validate` takes for 10, 100 and 1,000 tenants in two environments.

CPU time is what to compare on a machine that does other things; start-up is that of one tenant.
"""

import sys
from pathlib import Path
from statistics import median

from bench.harness import goal, interleaved, machine, ratio, run, sizes, table
from bench.stage import ROOT, environment, fleet

FLOOR = "floor: read and parse"
PRODUCT = "edgefleet validate"
START = "edgefleet validate, one tenant"


def main() -> None:
    """Print a table for each size."""
    machine()
    for count in sizes(10, 100, 1000):
        measure(count, whole=False)
        measure(count, whole=True)


def measure(tenants: int, *, whole: bool) -> None:
    """Print the table of one size, of overlays or of whole wrangler files."""
    reader = [sys.executable, str(Path(__file__).with_name("read_all.py"))]
    with fleet(tenants, whole=whole) as made:
        env = environment(None, made.root.parent)
        took = interleaved(
            {
                FLOOR: lambda: run(reader, cwd=made.root, env=env),
                PRODUCT: lambda: run(["edgefleet", "validate"], cwd=made.root, env=env),
                START: lambda: run(["edgefleet", "validate"], cwd=ROOT, env=env),
            }
        )
    files = "whole files" if whole else "overlays"
    table(f"validate, {tenants} tenants x 2 environments, {files}", took, FLOOR)
    if tenants == 1000:
        goal(f"validate, times the floor, {files}", ratio(took[PRODUCT], took[FLOOR]), most=4)
        each = zip(took[PRODUCT], took[START], took[FLOOR], strict=True)
        work = median((one.cpu - start.cpu) / floor.cpu for one, start, floor in each)
        goal(f"its CPU time after start-up, times the floor's, {files}", work, most=4)
        goal(f"validate, MB, {files}", max(one.megabytes for one in took[PRODUCT]), most=150)


if __name__ == "__main__":
    main()
