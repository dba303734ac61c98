"""Git: which commit the working tree is at, and who works on it."""

import os
from pathlib import Path

from edgefleet.model.base import Model
from edgefleet.ports.process import ProgramMissing, run


class Checkout(Model):
    """Where a deploy comes from; all None outside a git repository."""

    commit: str | None = None
    dirty: bool | None = None
    """Whether tracked or new files differ from the commit."""
    user: str | None = None


def checkout(root: Path) -> Checkout:
    """Describe the working tree at `root`."""
    commit = _git(root, "rev-parse", "HEAD")
    if commit is None:
        return Checkout(user=_git(root, "config", "user.name"))
    changes = _git(root, "status", "--porcelain", "--untracked-files=normal")
    return Checkout(commit=commit, dirty=bool(changes), user=_git(root, "config", "user.name"))


def _git(root: Path, *arguments: str) -> str | None:
    try:
        finished = run(["git", *arguments], cwd=root, env=os.environ)
    except ProgramMissing:
        return None
    return finished.stdout.strip() if finished.exit_code == 0 else None
