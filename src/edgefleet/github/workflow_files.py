"""Which files are the workflows that deploy, roll back and check for drift."""

from pathlib import Path

FOLDER = ".github/workflows"
WRITTEN = "edgefleet-"
"""Begins the names of workflows that edgefleet wrote into the repository of a fleet.

In edgefleet's own repository, and in a clone of it with a fleet, the names are without it.
"""


def workflow_file(root: Path, name: str) -> str:
    """Return the file's name in the repository at `root`, as `gh workflow run` takes it.

    `name` is `deploy`, `rollback`, `canary` or `drift`.
    """
    written = f"{WRITTEN}{name}.yml"
    return written if (root / FOLDER / written).is_file() else f"{name}.yml"
