"""Check out commits beside the working tree, for as long as a run needs them."""

import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from edgefleet.core.git import TENANTS, checkout, fetch_command, git_output, resolve_commit
from edgefleet.core.node_modules import link_node_modules
from edgefleet.core.process import GIT, child_environment, run
from edgefleet.errors import UsageError


@contextmanager
def worktree(root: Path, commit: str) -> Iterator[Path]:
    """Check a commit out into a temporary folder, which is removed afterwards.

    Yields what `root` is in that commit: the folder, or the one below it where `root` is below
    the top of its repository. `node_modules` is shared: wrangler bundles with the packages that
    are installed now. Raises `UsageError` where the commit cannot be checked out.
    """
    with TemporaryDirectory(prefix="edgefleet-tree-") as scratch:
        folder = Path(scratch) / "tree"
        place = folder / (git_output(root, "rev-parse", "--show-prefix") or "")
        if not _checked_out(root, folder, commit) or not place.is_dir():
            raise UsageError(
                f"git cannot check out commit {commit}",
                hint=fetch_command(root),
            )
        link_node_modules(root, place)
        yield place


def _checked_out(root: Path, folder: Path, commit: str) -> bool:
    """Make a repository of a commit that borrows the objects of the one at `root`.

    `git worktree add` would note the folder in the repository at `root`, first with a HEAD that
    is no object. Where it is killed then, each later `git fetch` fails there (git 2.39).
    """
    found = git_output(
        root, "rev-parse", "--git-path", "objects", "--git-path", "shallow", "--show-object-format"
    )
    if found is None:
        return False
    objects, shallow, kind = found.splitlines()
    made = ("init", "--quiet", "--template=", f"--object-format={kind}", str(folder))
    if git_output(root, *made) is None:
        return False
    own = folder / ".git"
    (own / "objects" / "info").mkdir(exist_ok=True)
    (own / "objects" / "info" / "alternates").write_text(f"{(root / objects).resolve()}\n")
    if (root / shallow).is_file():
        shutil.copy(root / shallow, own / "shallow")
    (own / "HEAD").write_text(f"{commit}\n")
    return _filled(root, folder, commit)


def _filled(root: Path, folder: Path, commit: str) -> bool:
    """Write the files, as git at `root` would: with its filters, and what it has to fetch."""
    files = ("-c", "core.sparseCheckout=false", f"--work-tree={folder}")
    environ = {
        **child_environment(os.environ, *GIT),
        "GIT_INDEX_FILE": str(folder / ".git" / "index"),
    }
    command = ["git", *files, "read-tree", "--reset", "-u", commit]
    return run(command, cwd=root, env=environ).exit_code == 0


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
