"""Read the git repository: commits, files, tags, and the state of the working tree."""

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.model import Model
from edgefleet.core.process import GIT, ProgramMissing, child_environment, run
from edgefleet.errors import UsageError

COMMIT = "# branch.oid "
UNBORN = "(initial)"
"""https://git-scm.com/docs/git-status#_branch_headers"""
UNTRACKED = "? "
RENAMED = "2 "
FIELDS_BEFORE_NAME = {"1 ": 8, RENAMED: 9, "u ": 10}
"""https://git-scm.com/docs/git-status#_changed_tracked_entries"""
TENANTS = "tenants"
"""A folder in which an untracked file becomes part of a deploy."""


class Checkout(Model):
    """The state of the working tree; every field is None or empty outside a git repository."""

    commit: str | None = None
    uncommitted: tuple[str, ...] = ()
    """Files that differ from the commit: tracked ones, and untracked ones that a build reads."""
    user: str | None = None

    @property
    def dirty(self) -> bool | None:
        """Whether the working tree differs from the commit."""
        return None if self.commit is None else bool(self.uncommitted)


def checkout(root: Path, read: Sequence[str] = (TENANTS,)) -> Checkout:
    """Describe the working tree at `root`.

    `read` names the files and folders, relative to `root`, that a deploy reads: an untracked file
    elsewhere is no change. "." is the whole tree.
    """
    user = git_output(root, "config", "user.name")
    status = git_output(root, "status", "--porcelain=v2", "--branch", "--untracked-files=all", "-z")
    entries = iter((status or "").split("\0"))
    commit, uncommitted = UNBORN, []
    for entry in entries:
        if entry.startswith(COMMIT):
            commit = entry[len(COMMIT) :]
        elif name := _uncommitted(entry, read):
            uncommitted.append(name)
            if entry.startswith(RENAMED):
                next(entries, None)  # the name before
    if commit == UNBORN:
        return Checkout(user=user)
    return Checkout(commit=commit, uncommitted=tuple(uncommitted), user=user)


def _uncommitted(entry: str, read: Sequence[str]) -> str | None:
    """Return the file that an entry of `git status` names, if a deploy may depend on it."""
    if entry.startswith(UNTRACKED):
        name = entry[len(UNTRACKED) :]
        # git names a file from the top of the repository, which may lie above `root`.
        known = "." in read or any(f"/{each}/" in f"/{name}/" for each in read)
        return name if known else None
    before = FIELDS_BEFORE_NAME.get(entry[:2])
    return None if before is None else entry.split(" ", before)[before]


def git_output(root: Path, *arguments: str) -> str | None:
    """Run git at `root`; return its output, or None if it failed or is not installed."""
    try:
        finished = run(["git", *arguments], cwd=root, env=child_environment(os.environ, *GIT))
    except ProgramMissing:
        return None
    return finished.stdout.strip() if finished.exit_code == 0 else None


def resolve_commit(root: Path, ref: str) -> str | None:
    """Return the full commit of a branch, tag or abbreviated commit; None if there is none."""
    return git_output(
        root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"
    )


def content(root: Path, commit: str, path: str) -> str | None:
    """Return the text of a file of a commit, `path` relative to `root`; None if there is none."""
    return git_output(root, "show", "--end-of-options", f"{commit}:./{path}")


def is_shallow(root: Path) -> bool:
    """Whether the repository is a shallow clone, which lacks older commits."""
    return git_output(root, "rev-parse", "--is-shallow-repository") == "true"


def fetch_command(root: Path) -> str:
    """Return the command that fetches missing commits; git unshallows shallow clones only."""
    return f"git fetch {'--unshallow' if is_shallow(root) else '--all'} --tags"


def is_ancestor(root: Path, ancestor: str, commit: str) -> bool | None:
    """Whether `commit` contains `ancestor`, or is it; None if git does not know one of them.

    Both are full commits (https://git-scm.com/docs/git-merge-base).
    """
    command = ["git", "merge-base", "--is-ancestor", ancestor, commit]
    try:
        code = run(command, cwd=root, env=os.environ).exit_code
    except ProgramMissing:
        return None
    return {0: True, 1: False}.get(code)


def committed_on(root: Path) -> date | None:
    """Return the date of the checked-out commit."""
    day = git_output(root, "show", "--no-patch", "--format=%cs", "HEAD")
    return date.fromisoformat(day) if day else None


def changed_since(root: Path, commit: str, paths: Sequence[str]) -> bool:
    """Whether any of these paths differs between a commit and HEAD.

    A commit that this repository lacks differs in every path.
    """
    arguments = ("diff", "--name-only", "--end-of-options", commit, "HEAD", "--", *paths)
    names = git_output(root, *arguments)
    return names is None or bool(names)


def merge_base(root: Path, commit: str) -> str | None:
    """Return the newest commit that HEAD and another have in common; None where there is none."""
    return git_output(root, "merge-base", "--end-of-options", commit, "HEAD") or None


def in_repository(root: Path) -> bool:
    """Whether `root` is in a git repository."""
    return git_output(root, "rev-parse", "--git-dir") is not None


def tracked(root: Path, *patterns: str) -> list[str]:
    """Return the tracked files that match these patterns."""
    names = git_output(root, "ls-files", "-z", "--", *patterns)
    return [name for name in (names or "").split("\0") if name]


def literal(path: str) -> str:
    """Return the pathspec of this path, whatever characters are in it."""
    return f":(literal){path}"


def known_files(root: Path, specs: Sequence[str]) -> list[str] | None:
    """Return the files at `root` that match pathspecs and that git does not ignore.

    Committed or not; None outside a git repository.
    """
    listed = ("--cached", "--others", "--exclude-standard")
    names = git_output(root, "ls-files", "-z", *listed, "--", *specs)
    return None if names is None else [name for name in names.split("\0") if name]


class Tags:
    """The tags of the repository at `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def commit(self, ref: str) -> str | None:
        """Return the commit of a tag or another revision; None if there is none."""
        return resolve_commit(self._root, ref)

    def fetch_command(self) -> str:
        """Return the command that fetches what the repository does not have."""
        return fetch_command(self._root)

    def create(self, name: str, commit: str, message: str) -> None:
        """Create an annotated tag. Raises `UsageError` with the last line that git printed."""
        command = ["git", "tag", "--annotate", "--message", message, "--", name, commit]
        finished = run(command, cwd=self._root, env=child_environment(os.environ, *GIT))
        if finished.exit_code != 0:
            reasons = finished.stderr.strip().splitlines() or ["no reason given"]
            raise UsageError(
                f"git did not create the tag {name}: {foreign_text(reasons[-1])}",
                hint="git config user.name NAME && git config user.email ADDRESS",
            )
