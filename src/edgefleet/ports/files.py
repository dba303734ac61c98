"""The folder of a fleet: where it is, its tenants, their files."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edgefleet.errors import UsageError
from edgefleet.model.finding import Severity
from edgefleet.rules.validation import jsonc
from edgefleet.rules.validation.files import (
    FILE_ENCODING,
    FILE_MISSING,
    FILE_TOO_LARGE,
    FILE_UNREADABLE,
)
from edgefleet.rules.validation.rule import Problem
from edgefleet.rules.validation.subject import Document, TenantFiles

TENANTS = "tenants"
CONFIG_FILE = "tenant.config.json"
WRANGLER_FILE = "wrangler.jsonc"
MAX_BYTES = 256 * 1024

TOOLS_OWN = frozenset({".wrangler", "node_modules"})
"""Folders that tools write and git ignores."""

_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A tenant's folder as read, and what was wrong with reading it."""

    files: TenantFiles
    problems: tuple[Problem, ...]


def find_root(start: Path, explicit: Path | None) -> Path:
    """Return the folder that has `tenants/`: `explicit`, or the nearest from `start` upward.

    Raises `UsageError` where there is none.
    """
    for candidate in [explicit] if explicit else [start, *start.parents]:
        if (candidate / TENANTS).is_dir():
            return candidate.resolve()
    where = f"in {explicit}" if explicit else f"in {start} or any folder above it"
    raise UsageError(
        f"there is no folder {TENANTS}/ {where}",
        hint="go to the repository's folder, or name it with --root DIR",
    )


def tenant_names(root: Path) -> tuple[str, ...]:
    """Return the tenants: the folders in `tenants/` but hidden ones, in order."""
    entries = _listed(root / TENANTS)
    return tuple(entry.name for entry in entries if entry.is_dir() and entry.name[0] != ".")


def load_tenant(root: Path, name: str) -> Loaded:
    """Read both files of a tenant. Nothing raises: what is wrong is in `problems`."""
    config, wrong_config = _document(root, f"{TENANTS}/{name}/{CONFIG_FILE}")
    wrangler, wrong_wrangler = _document(root, f"{TENANTS}/{name}/{WRANGLER_FILE}")
    files = TenantFiles(name, root / TENANTS / name, config, wrangler)
    return Loaded(files, (*wrong_config, *wrong_wrangler))


def other_files(root: Path, tenants: Sequence[str]) -> Iterator[tuple[Document, Problem | None]]:
    """Yield every other file below these tenants' folders, and those beside the folders.

    A file that cannot be read as text comes with a warning; what could be read is in its `text`.
    """
    home = root / TENANTS
    beside = (home / entry.name for entry in _listed(home) if not entry.is_dir())
    below = (path for name in tenants for path in _below(home / name))
    for path in (*beside, *below):
        file = path.relative_to(root).as_posix()
        text, problem = read_text(root, file)
        if problem and problem.rule is FILE_ENCODING:
            problem = None  # a logo need not be text
        if problem:
            problem = replace(problem, severity=Severity.WARNING)
        yield Document(file, text), problem


def read_source(path: Path) -> str | None:
    """Return the text of a source file; None where there is no such file."""
    try:
        return path.read_text("utf-8") if path.is_file() else None
    except (OSError, ValueError):  # ValueError: not UTF-8, or a path that cannot exist
        return None


def read_text(root: Path, file: str) -> tuple[str, Problem | None]:
    """Return the text of `file`, from the root, as far as it can be read, and what is wrong."""
    path = f"{root}/{file}"
    try:
        found = os.stat(path)  # noqa: PTH116 - a Path costs more than the call
        if not stat.S_ISREG(found.st_mode):
            return "", FILE_UNREADABLE.broken(file, 0, "it is not a regular file")
        if found.st_size > MAX_BYTES:
            size = f"it has {found.st_size:,} bytes, more than {MAX_BYTES:,}"
            return "", FILE_TOO_LARGE.broken(file, 0, size)
        with open(path, "rb") as opened:  # noqa: PTH123 - as above
            return _decode(file, opened.read())
    except FileNotFoundError:
        return "", FILE_MISSING.broken(file, 0, "there is no such file")
    except OSError as error:
        return "", FILE_UNREADABLE.broken(file, 0, f"it cannot be read: {error.strerror}")


def _decode(file: str, data: bytes) -> tuple[str, Problem | None]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        offset = len(data[: error.start].decode("utf-8"))
        wrong = FILE_ENCODING.broken(file, offset, f"byte {error.start + 1} is not UTF-8")
        return data.decode("utf-8", "replace"), wrong
    if text.startswith(_BYTE_ORDER_MARK):
        # A blank in its place keeps every other position right.
        return f" {text[1:]}", FILE_ENCODING.broken(file, 0, "it begins with a byte order mark")
    return text, None


def _document(root: Path, file: str) -> tuple[Document, list[Problem]]:
    text, problem = read_text(root, file)
    if problem and not text:
        return Document(file), [problem]
    value, faults = jsonc.parse(text)
    problems = [fault.rule.broken(file, fault.offset, fault.message) for fault in faults]
    return Document(file, text, value), [*([problem] if problem else []), *problems]


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _below(folder: Path) -> Iterator[Path]:
    """Yield every file below a tenant's folder but its two."""
    skipped = {CONFIG_FILE, WRANGLER_FILE}
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - TOOLS_OWN)
        yield from (Path(parent, file) for file in sorted(set(files) - skipped))
        skipped = set()
