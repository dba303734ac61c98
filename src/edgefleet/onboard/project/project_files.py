"""Compare wanted files with a repository, show the difference, and write what is missing.

A file that is there stays as it is: it may have been written by a person.
"""

import os
from collections.abc import Iterable, Mapping
from difflib import unified_diff
from pathlib import Path

from edgefleet.config.files.tenant_files import read_text
from edgefleet.core.atomic_files import FileChangedError, replace_unchanged
from edgefleet.core.git import git_output
from edgefleet.errors import UsageError
from edgefleet.onboard.project.models import FileState, ProjectFile

IGNORE_FILE = ".gitignore"
IGNORE_HEAD = "# edgefleet: what it builds and records, and tokens"


def compared(root: Path, wanted: Mapping[str, str]) -> tuple[ProjectFile, ...]:
    """Return each wanted file, new or kept. Raises `UsageError` where one cannot be written."""
    return tuple(_compared(root, path, text) for path, text in wanted.items())


def _compared(root: Path, path: str, text: str) -> ProjectFile:
    if os.path.lexists(root / path):
        return ProjectFile(path=path, state=FileState.KEPT)
    for parent in Path(path).parents:
        place = root / parent
        if os.path.lexists(place) and (place.is_symlink() or not place.is_dir()):
            raise UsageError(
                f"{path} cannot be written: {parent} is no folder",
                hint=f"move {place} away, and run the command again",
            )
    return ProjectFile(path=path, state=FileState.NEW, text=text)


def with_ignored(root: Path, names: Iterable[str]) -> ProjectFile:
    """Return .gitignore with a line for each of these names that git does not ignore yet."""
    before, problem = read_text(root, IGNORE_FILE)
    there = os.path.lexists(root / IGNORE_FILE)
    if there and problem is not None:
        raise UsageError(
            f"{IGNORE_FILE} cannot be read: {problem.message}",
            hint=f"make {IGNORE_FILE} a file of this folder, in UTF-8, and run the command again",
        )
    missing = [name for name in names if not _ignored(root, name, before)]
    if not missing:
        return ProjectFile(path=IGNORE_FILE, state=FileState.KEPT)
    return _appended(IGNORE_FILE, before, [IGNORE_HEAD, *missing], there=there)


def with_line(root: Path, path: str, line: str) -> ProjectFile:
    """Return a file with one more line; without a change where it has that line."""
    before, problem = read_text(root, path)
    if problem is not None or line in before.splitlines():
        return ProjectFile(path=path, state=FileState.KEPT)
    return _appended(path, before, [line], there=True)


def without_line(root: Path, path: str, line: str) -> ProjectFile:
    """Return a file without a line; without a change where it does not have that line."""
    before, problem = read_text(root, path)
    left = [one for one in before.splitlines(keepends=True) if one.rstrip("\r\n") != line]
    text = "".join(left)
    if problem is not None or text == before:
        return ProjectFile(path=path, state=FileState.KEPT)
    return ProjectFile(path=path, state=FileState.CHANGED, before=before, text=text)


def _appended(path: str, before: str, lines: list[str], *, there: bool) -> ProjectFile:
    end = "\r\n" if "\r\n" in before else "\n"
    joint = "" if not before or before.endswith("\n") else end
    text = before + joint + "".join(f"{line}{end}" for line in lines)
    state = FileState.APPENDED if there else FileState.NEW
    return ProjectFile(path=path, state=state, before=before if there else None, text=text)


def _ignored(root: Path, name: str, before: str) -> bool:
    if {name, f"/{name}", name.rstrip("/")} & {line.strip() for line in before.splitlines()}:
        return True
    inside = f"{name}x" if name.endswith("/") else name
    return git_output(root, "check-ignore", "--no-index", "--", inside) is not None


def difference(file: ProjectFile) -> str:
    """Return a unified diff of what a file was and will be; of a new one, all of its lines."""
    before = (file.before or "").splitlines(keepends=True)
    name = "/dev/null" if file.before is None else f"a/{file.path}"
    lines = unified_diff(before, file.text.splitlines(keepends=True), name, f"b/{file.path}")
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def write_files(root: Path, files: Iterable[ProjectFile]) -> None:
    """Write what is new or changed, each file whole or not at all. Raises `UsageError`."""
    for file in files:
        if not file.is_written:
            continue
        path = root / file.path
        before = None if file.before is None else file.before.encode()
        try:
            replace_unchanged(path, before, file.text.encode())
        except FileChangedError as error:
            raise UsageError(f"{path}: {error}", hint="run the command again") from error
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}") from error
