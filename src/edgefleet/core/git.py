"""Git: which commit the working tree is at, and who works on it."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from edgefleet.core.child_environment import GIT, child_environment
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.model import Model
from edgefleet.core.node_modules import link_node_modules
from edgefleet.core.process import ProgramMissing, run
from edgefleet.errors import UsageError

COMMIT = "# branch.oid "
UNBORN = "(initial)"
"""https://git-scm.com/docs/git-status#_branch_headers"""
UNTRACKED = "? "
RENAMED = "2 "
FIELDS_BEFORE_NAME = {"1 ": 8, RENAMED: 9, "u ": 10}
"""https://git-scm.com/docs/git-status#_changed_tracked_entries"""
READ_BY_BUILDS = ("/src/worker/", "/tenants/")
"""Folders in which a new file that git does not track yet becomes part of a deploy."""


class Checkout(Model):
    """Where a deploy comes from; all None outside a git repository."""

    commit: str | None = None
    uncommitted: tuple[str, ...] = ()
    """Files that differ from the commit: tracked ones, and new ones where a build would read."""
    user: str | None = None

    @property
    def dirty(self) -> bool | None:
        """Whether the working tree holds something that the commit does not."""
        return None if self.commit is None else bool(self.uncommitted)


def checkout(root: Path) -> Checkout:
    """Describe the working tree at `root`."""
    user = _git(root, "config", "user.name")
    status = _git(root, "status", "--porcelain=v2", "--branch", "--untracked-files=all", "-z")
    entries = iter((status or "").split("\0"))
    commit, uncommitted = UNBORN, []
    for entry in entries:
        if entry.startswith(COMMIT):
            commit = entry[len(COMMIT) :]
        elif name := _uncommitted(entry):
            uncommitted.append(name)
            if entry.startswith(RENAMED):
                next(entries, None)  # the name before
    if commit == UNBORN:
        return Checkout(user=user)
    return Checkout(commit=commit, uncommitted=tuple(uncommitted), user=user)


def _uncommitted(entry: str) -> str | None:
    """Return the file that an entry of `git status` names, if a deploy may depend on it."""
    if entry.startswith(UNTRACKED):
        name = entry[len(UNTRACKED) :]
        return name if any(folder in f"/{name}" for folder in READ_BY_BUILDS) else None
    before = FIELDS_BEFORE_NAME.get(entry[:2])
    return None if before is None else entry.split(" ", before)[before]


def _git(root: Path, *arguments: str) -> str | None:
    try:
        finished = run(["git", *arguments], cwd=root, env=child_environment(os.environ, *GIT))
    except ProgramMissing:
        return None
    return finished.stdout.strip() if finished.exit_code == 0 else None


def resolve_commit(root: Path, ref: str) -> str | None:
    """Return the full commit that a branch, tag or abbreviated commit names, if there is one."""
    return _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")


def content(root: Path, commit: str, path: str) -> str | None:
    """Return the text of a file of a commit, `path` relative to `root`; None if there is none."""
    return _git(root, "show", "--end-of-options", f"{commit}:./{path}")


def is_shallow(root: Path) -> bool:
    """Whether the repository is a shallow clone, which lacks older commits."""
    return _git(root, "rev-parse", "--is-shallow-repository") == "true"


def fetch_command(root: Path) -> str:
    """Return what brings commits that are missing here; git refuses to unshallow a whole clone."""
    return f"git fetch {'--unshallow' if is_shallow(root) else '--all'} --tags"


def is_ancestor(root: Path, ancestor: str, commit: str) -> bool | None:
    """Whether `commit` contains `ancestor`, or is it; None where git does not know them.

    Both are full commits (https://git-scm.com/docs/git-merge-base).
    """
    command = ["git", "merge-base", "--is-ancestor", ancestor, commit]
    try:
        code = run(command, cwd=root, env=os.environ).exit_code
    except ProgramMissing:
        return None
    return {0: True, 1: False}.get(code)


def committed_on(root: Path) -> date | None:
    """Return the day on which the checked-out commit was made."""
    day = _git(root, "show", "--no-patch", "--format=%cs", "HEAD")
    return date.fromisoformat(day) if day else None


def changed_since(root: Path, commit: str, paths: Sequence[str]) -> bool:
    """Whether any of these paths differs between a commit and HEAD.

    A commit that is not known here differs in everything.
    """
    arguments = ("diff", "--name-only", "--end-of-options", commit, "HEAD", "--", *paths)
    names = _git(root, *arguments)
    return names is None or bool(names)


def tracked(root: Path, *patterns: str) -> list[str]:
    """Return the files below these patterns that git tracks."""
    names = _git(root, "ls-files", "-z", "--", *patterns)
    return [name for name in (names or "").split("\0") if name]


@contextmanager
def worktree(root: Path, commit: str) -> Iterator[Path]:
    """Check a commit out into a folder of its own, beside nobody's work; it is gone afterwards.

    The npm tree is shared: wrangler bundles with what is installed now.
    Raises `UsageError` where the commit cannot be checked out.
    """
    with TemporaryDirectory(prefix="edgefleet-tree-") as scratch:
        folder = Path(scratch) / "tree"
        with _alone(root):
            added = _git(root, "worktree", "add", "--detach", "--quiet", str(folder), commit)
        if added is None:
            raise UsageError(
                f"commit {commit} cannot be checked out",
                hint=f"fetch the whole history: {fetch_command(root)}",
            )
        try:
            link_node_modules(root, folder)
            yield folder
        finally:
            with _alone(root):
                _git(root, "worktree", "remove", "--force", str(folder))


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Keep others of our processes and threads out: git itself (2.39) lets two of them collide."""
    descriptor = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class Tags:
    """The tags of the repository at `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def commit(self, ref: str) -> str | None:
        """Return the commit that a tag, or anything else of git's, names; None for none."""
        return resolve_commit(self._root, ref)

    def create(self, name: str, commit: str, message: str) -> None:
        """Make an annotated tag. Raises `UsageError` in git's words."""
        command = ["git", "tag", "--annotate", "--message", message, "--", name, commit]
        finished = run(command, cwd=self._root, env=child_environment(os.environ, *GIT))
        if finished.exit_code != 0:
            said = finished.stderr.strip().splitlines() or ["no reason given"]
            raise UsageError(
                f"git did not make the tag {name}: {foreign_text(said[-1])}",
                hint="git needs a name for it: git config user.name, git config user.email",
            )
