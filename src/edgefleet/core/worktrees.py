"""The commits that one run looks at: each found once, checked out once, and gone at its end."""

import threading
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from edgefleet.core.git import checkout, resolve_commit, worktree


class Worktrees:
    """Folders with commits of the repository at `root`, for several threads at once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._here = checkout(root)
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

        The folder is there until the run ends. Raises `UsageError` where it cannot be.
        """
        if commit is None or (commit == self._here.commit and not self._here.dirty):
            return self.root
        with self._lock:
            if commit not in self._folders:
                self._folders[commit] = self._open.enter_context(worktree(self.root, commit))
            return self._folders[commit]
