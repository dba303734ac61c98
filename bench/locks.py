"""How long it takes to hold 1 and 1,000 targets at a bare git remote on this machine, and to look.

A look is what comes before each write: as long as it takes, and the write after it, another run may
take the target over unseen.
"""

import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from bench.harness import RUNS, Took, machine, sizes, table
from bench.stage import GIT

from edgefleet.locks.lease import Lease, LockOwner, SharedLocks
from edgefleet.locks.refs import LockRefs

SIZES = (1, 1000)
FLOOR = "floor: one git ls-remote"


def main() -> None:
    """Print a table for each number of targets."""
    machine()
    with tempfile.TemporaryDirectory(prefix="edgefleet-bench-locks-") as folder:
        root = Path(folder)
        for command in (["init", "-q", "--bare", "remote.git"], ["clone", "-q", "remote.git", "a"]):
            subprocess.run([GIT, *command], cwd=root, check=True, stderr=subprocess.DEVNULL)
        refs = LockRefs(root / "a", {"PATH": "/usr/bin:/bin"})
        for count in sizes(*SIZES):
            measure(refs, [f"t{number:04d}-staging" for number in range(count)])


def measure(refs: LockRefs, names: list[str]) -> None:
    """Print how long it takes to take, to look, and to free."""
    held: list[Lease] = []
    now = datetime.now(UTC)
    locks = SharedLocks(refs, lambda _: False)

    def take() -> None:
        held.append(locks.take(names, LockOwner("deploy", "bench"), now)[0])

    def look() -> None:
        held[-1].refresh(now, 0)

    def bare() -> None:
        refs.read(["nothing"])

    def free() -> None:
        held.pop().release()

    def turn() -> dict[str, Took]:
        took: dict[str, Took] = {}
        for name, step in (("take", take), ("look", look), (FLOOR, bare), ("free", free)):
            took[name] = timed(step)
        return took

    turns = [turn() for _ in range(RUNS)]
    table(
        f"locks of {len(names)} targets, one push to take and one to free",
        {name: [one[name] for one in turns] for name in turns[0]},
        FLOOR,
    )


def timed(step: Callable[[], None]) -> Took:
    """Return how long a step takes."""
    began = perf_counter()
    step()
    return Took(perf_counter() - began)


if __name__ == "__main__":
    main()
