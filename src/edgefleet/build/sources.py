"""Which files a command of the Worker's may read, and a copy of them for it to work in.

The command gets no others, so they are all that can change what it builds: a file that git ignores
(an .env, what an earlier build left) or one of another folder has no part in it. Nothing that the
command writes reaches the repository.
"""

import os
import posixpath
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from edgefleet.build.package_managers import MANAGERS, PACKAGE_FILES, PACKAGE_FOLDERS
from edgefleet.config.files.base_file import BASE_FILES
from edgefleet.config.overlay.section import WorkerSection, folders_above
from edgefleet.core.git import known_files, literal
from edgefleet.core.node_modules import NOT_BUNDLED, TREE

NEVER = NOT_BUNDLED | {"tenants"}
"""Entries at the top of a repository that no command reads."""
LONGEST_BUILD = 3600.0
"""Seconds: an installation, a script and the bundler end before, or are ended."""
PREFIX = "edgefleet-build-"
"""Begins the names of folders in which commands work."""
UNTRACKED = (".env", ".dev.vars", ".git", ".venv", ".wrangler/state", ".wrangler/tmp")
"""Beginnings of names that are no sources where there is no git to say so."""


def build_paths(worker: WorkerSection) -> tuple[str, ...]:
    """Return git's pathspecs for what a command of the Worker's may read, relative to the root."""
    named = [*worker.inputs, *(posixpath.join(worker.folder, name) for name in BASE_FILES)]
    for folder in folders_above(worker.folder):
        named += [posixpath.join(folder, name) for name in (*PACKAGE_FILES, *PACKAGE_FOLDERS)]
    specs = [literal(posixpath.normpath(name)) for name in named]
    if worker.build.tool in MANAGERS:
        specs.append(":(glob)**/package.json")  # of workspaces: an installation reads all of them
    return tuple(specs)


def sources(root: Path, worker: WorkerSection) -> tuple[str, ...]:
    """Return the files, relative to `root`, that a command of the Worker's may read, in order."""
    found = known_files(root, build_paths(worker))
    if found is None:  # no git repository
        found = [*_walked(root, worker)]
    here = (name for each in found for name in _files(root, each) if _is_source(name))
    return tuple(sorted(set(here)))


def _files(root: Path, name: str) -> Iterator[str]:
    """Yield what git names: a file that is there, or the files of a submodule."""
    path = root / name
    if path.is_symlink() or path.is_file():
        yield name
        return
    for place, folders, names in os.walk(path):
        folders[:] = [folder for folder in folders if folder != ".git"]
        within = Path(place).relative_to(root)
        yield from ((within / each).as_posix() for each in names if each != ".git")


def _is_source(name: str) -> bool:
    parts = name.split("/")
    return parts[0] not in NEVER and TREE not in parts


def _walked(root: Path, worker: WorkerSection) -> Iterator[str]:
    for folder in folders_above(worker.folder):
        yield from (posixpath.normpath(f"{folder}/{name}") for name in PACKAGE_FILES)
    for entry in (*worker.inputs, *(f"{worker.folder}/{name}" for name in BASE_FILES)):
        if not (root / entry).is_dir():
            yield entry
        for place, folders, names in os.walk(root / entry):
            within = Path(place).relative_to(root)
            folders[:] = [name for name in folders if name != TREE and _kept(within / name)]
            yield from ((within / name).as_posix() for name in names if _kept(within / name))


def _kept(path: Path) -> bool:
    whole = f"/{path.as_posix()}"
    return path.parts[0] not in NEVER and not any(f"/{each}" in whole for each in UNTRACKED)


@contextmanager
def copied(root: Path, files: Iterable[str], key: str) -> Iterator[Path]:
    """Yield a folder, outside of the repository, with copies of these files.

    `key` names it: many tools write the folder's path into what they build, and the same files are
    then built in the same place, wherever the repository is. While that is in use, another is.
    """
    with _place(key) as name:
        place = Path(name).resolve() / "tree"
        place.mkdir()
        for file in files:
            source, target = root / file, place / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
        yield place


@contextmanager
def _place(key: str) -> Iterator[str]:
    named = f"{gettempdir()}/{PREFIX}{key[:16]}"
    if _was_left(named):
        shutil.rmtree(named, ignore_errors=True)
    try:
        os.mkdir(named, 0o700)  # noqa: PTH102 - of this user alone, and new
    except FileExistsError:
        with TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as other:
            yield other
        return
    try:
        yield named
    finally:
        shutil.rmtree(named, ignore_errors=True)


def _was_left(folder: str) -> bool:
    """Whether a folder is one of this user's whose build was killed long ago."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    old = time.time() - found.st_mtime > LONGEST_BUILD
    return old and stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
