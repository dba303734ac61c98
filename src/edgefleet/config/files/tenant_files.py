"""The folder of a fleet: where it is, its tenants, their files."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edgefleet.config.fleet_config import NO_FLEET, FleetConfig
from edgefleet.config.overlay.layers import Base
from edgefleet.config.reading import jsonc
from edgefleet.config.reading.file_rules import (
    FILE_ENCODING,
    FILE_LINK,
    FILE_MISSING,
    FILE_TOO_LARGE,
    FILE_UNREADABLE,
    WRANGLER_FILE_SECOND,
)
from edgefleet.config.reading.rule import Problem, Severity
from edgefleet.config.reading.views import Document, TenantFiles
from edgefleet.core.model import Json
from edgefleet.core.regular_files import (
    FileTooLargeError,
    NotRegularFileError,
    SymlinkError,
    read_regular,
)
from edgefleet.errors import UsageError

TENANTS = "tenants"
CONFIG_FILE = "tenant.config.json"
WRANGLER_FILE = "wrangler.jsonc"
MAX_BYTES = 256 * 1024
REDIRECTION = ".wrangler/deploy/config.json"
SECOND_FILES = {
    "wrangler.json": "it hides wrangler.jsonc from wrangler; edgefleet reads wrangler.jsonc",
    "wrangler.toml": "neither wrangler nor edgefleet reads it beside wrangler.jsonc",
    REDIRECTION: "a build tool wrote it: wrangler deploys the configuration that it names, and "
    "edgefleet reads wrangler.jsonc",
}
"""Files that wrangler knows besides the one that edgefleet reads -> what becomes of them."""
MAX_SOURCE_BYTES = 16 * 1024 * 1024

TOOLS_OWN = frozenset({".wrangler", "node_modules"})
"""Folders that tools write and git ignores."""

Parse = Callable[[str], tuple[Mapping[str, Json] | None, list[jsonc.Fault]]]
"""Reads an object from a text, and says what is wrong with it."""

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
        if (candidate / TENANTS).is_symlink():
            raise UsageError(
                f"{candidate / TENANTS} is a symbolic link",
                hint=f"replace the link with the folder {TENANTS}/",
            )
        if (candidate / TENANTS).is_dir():
            return candidate.resolve()
    where = f"in {explicit}" if explicit else f"in {start} or any folder above it"
    raise UsageError(
        f"there is no folder {TENANTS}/ {where}",
        hint="add --root DIR, with the folder of the repository",
    )


def tenant_names(root: Path) -> tuple[str, ...]:
    """Return the tenants: the folders in `tenants/` but hidden ones, in order; no links to some."""
    return tuple(entry.name for entry in _listed(root / TENANTS) if _is_tenant(entry))


def load_tenant(
    root: Path, name: str, fleet: FleetConfig = NO_FLEET, base: Base | None = None
) -> Loaded:
    """Read both files of a tenant of a fleet. Nothing raises: what is wrong is in `problems`.

    With a base, a tenant needs no wrangler file.
    """
    config, wrong_config = read_document(root, f"{TENANTS}/{name}/{CONFIG_FILE}")
    wrangler, wrong_wrangler = read_document(root, f"{TENANTS}/{name}/{WRANGLER_FILE}")
    if base is not None and [problem.rule for problem in wrong_wrangler] == [FILE_MISSING]:
        wrangler, wrong_wrangler = Document(wrangler.file, value={}), []
    files = TenantFiles(name, root / TENANTS / name, config, wrangler, fleet, base)
    return Loaded(files, (*wrong_config, *wrong_wrangler))


def account_of(root: Path, name: str) -> str | None:
    """Return the account that a tenant's own file names, as far as it can be read."""
    document, _ = read_document(root, f"{TENANTS}/{name}/{CONFIG_FILE}")
    named = document.keys.get("accountId")
    return named if isinstance(named, str) else None


def second_wrangler_files(root: Path, folder: str) -> Iterator[Problem]:
    """Yield a problem for each file that wrangler, started in a folder, may read besides.

    `folder` is relative to the root; of the root itself only a build tool's redirection counts,
    which wrangler looks for in all folders above.
    """
    names = SECOND_FILES if folder else (REDIRECTION,)
    for name in names:
        file = f"{folder}/{name}".lstrip("/")
        if os.path.lexists(f"{root}/{file}"):
            mild = name.endswith(".toml")
            message = SECOND_FILES[name]
            severity = Severity.WARNING if mild else None
            yield WRANGLER_FILE_SECOND.broken(file, 0, message, severity=severity)


def other_files(root: Path, tenants: Sequence[str]) -> Iterator[tuple[Document, Problem | None]]:
    """Yield every other file below these tenants' folders, and those beside the folders.

    A file that is too large comes with a warning; a link, a device or a pipe is an error.
    """
    home = root / TENANTS
    beside = (home / entry.name for entry in _listed(home) if not _is_folder(entry))
    below = (path for name in tenants for path in _below(home / name))
    for path in (*beside, *below):
        file = path.relative_to(root).as_posix()
        text, problem = read_text(root, file)
        if problem and problem.rule is FILE_ENCODING:
            problem = None  # a logo is not text
        if problem and problem.rule not in (FILE_LINK, FILE_UNREADABLE):
            problem = replace(problem, severity=Severity.WARNING)
        yield Document(file, text), problem


def read_source(path: Path) -> str | None:
    """Return the text of a source file; None where there is no such file."""
    try:
        return read_regular(path, MAX_SOURCE_BYTES, follow=True).decode("utf-8")
    # ValueError: not UTF-8, or a path that cannot exist
    except (NotRegularFileError, FileTooLargeError, OSError, ValueError):
        return None


def read_text(root: Path, file: str) -> tuple[str, Problem | None]:
    """Return the text of `file`, from the root, as far as it can be read, and what is wrong."""
    try:
        return _decode(file, read_regular(f"{root}/{file}", MAX_BYTES))
    except FileTooLargeError as error:
        size = f"it has {error.size:,} bytes, more than {MAX_BYTES:,}"
        return "", FILE_TOO_LARGE.broken(file, 0, size)
    except SymlinkError as error:
        return "", FILE_LINK.broken(file, 0, str(error))
    except NotRegularFileError as error:
        return "", FILE_UNREADABLE.broken(file, 0, str(error))
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


def read_document(
    root: Path, file: str, parse: Parse = jsonc.parse
) -> tuple[Document, list[Problem]]:
    """Read a file whose path is relative to the root, and say what is wrong with it."""
    text, problem = read_text(root, file)
    if problem and not text:
        return Document(file), [problem]
    value, faults = parse(text)
    problems = [fault.rule.broken(file, fault.offset, fault.message) for fault in faults]
    return Document(file, text, value), [*([problem] if problem else []), *problems]


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


def _is_tenant(entry: os.DirEntry[str]) -> bool:
    return _is_folder(entry) and entry.name[0] != "."


def _below(folder: Path) -> Iterator[Path]:
    """Yield every file below a tenant's folder but its two."""
    skipped = {CONFIG_FILE, WRANGLER_FILE}
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - TOOLS_OWN)
        links = {name for name in folders if Path(parent, name).is_symlink()}
        yield from (Path(parent, file) for file in sorted((set(files) | links) - skipped))
        skipped = set()
