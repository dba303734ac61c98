"""Check out commits beside the working tree, for as long as a run needs them."""

import fcntl
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from edgefleet.core.git import TENANTS, checkout, fetch_command, git_output, resolve_commit
from edgefleet.core.node_modules import link_node_modules
from edgefleet.errors import UsageError


@contextmanager
def worktree(root: Path, commit: str) -> Iterator[Path]:
    """Check a commit out into a temporary folder, which is removed afterwards.

    `node_modules` is shared: wrangler bundles with the packages that are installed now.
    Raises `UsageError` where the commit cannot be checked out.
    """
    with TemporaryDirectory(prefix="edgefleet-tree-") as scratch:
        folder = Path(scratch) / "tree"
        with _alone(root):
            added = git_output(root, "worktree", "add", "--detach", "--quiet", str(folder), commit)
        if added is None:
            raise UsageError(
                f"git cannot check out commit {commit}",
                hint=fetch_command(root),
            )
        try:
            link_node_modules(root, folder)
            yield folder
        finally:
            with _alone(root):
                git_output(root, "worktree", "remove", "--force", str(folder))


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Hold a lock against other edgefleet processes and threads.

    Two `git worktree` commands at once fail (git 2.39).
    """
    descriptor = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class Worktrees:
    """Commits of the repository at `root`: each resolved once and checked out once.

    Several threads may use it at once.
    """

    def __init__(self, root: Path, read: Sequence[str] = (TENANTS,)) -> None:
        """Prepare; `read` names what a deploy reads, as `checkout` takes it."""
        self.root = root
        self._here = checkout(root, read)
        self._commits: dict[str, str | None] = {}
        self._folders: dict[str, Path] = {}
        self._open = ExitStack()
        self._lock = threading.Lock()

    def __enter__(self) -> "Worktrees":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)

    @property
    def head(self) -> str | None:
        """The commit of the working tree; None outside a git repository."""
        return self._here.commit

    def commit(self, ref: str) -> str | None:
        """Return the full commit that a branch, tag or short commit names, if there is one."""
        with self._lock:
            if ref not in self._commits:
                self._commits[ref] = resolve_commit(self.root, ref)
            return self._commits[ref]

    def folder(self, commit: str | None) -> Path:
        """Return where a commit is checked out; None means the working tree as it is.

        The folder exists until the run ends. Raises `UsageError` if git cannot check out the
        commit.
        """
        if commit is None or (commit == self._here.commit and not self._here.dirty):
            return self.root
        with self._lock:
            if commit not in self._folders:
                self._folders[commit] = self._open.enter_context(worktree(self.root, commit))
            return self._folders[commit]
