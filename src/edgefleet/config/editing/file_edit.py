"""Edit a JSONC file that a person keeps: read, change, and write it unless it changed meanwhile."""

from collections.abc import Callable
from pathlib import Path

from edgefleet.config.files.tenant_files import MAX_BYTES
from edgefleet.config.reading.jsonc import parse
from edgefleet.config.reading.positions import PositionFinder
from edgefleet.core.atomic_files import FileChangedError, replace_unchanged
from edgefleet.core.regular_files import FileTooLargeError, read_regular
from edgefleet.errors import ConfigError

NEW_FILE = "{}\n"
"""From what an edit makes a file that is not there."""

_BYTE_ORDER_MARK = "\ufeff"


def edit_file(root: Path, file: str, edit: Callable[[str], str]) -> bool:
    """Give the text of `file`, which is relative to the root, to `edit`, and write what it returns.

    A file that is not there is made. Line ends and a byte order mark stay, and the file is replaced
    as a whole. Returns whether it was written. Raises `ConfigError` if it cannot be read, is not
    valid JSONC, or was changed by another program meanwhile.
    """
    path = root / file
    try:
        before = read_regular(path, MAX_BYTES)
    except FileNotFoundError:
        before = None
    except FileTooLargeError as error:
        raise ConfigError(f"{file}: it has {error}, more than {MAX_BYTES:,}") from error
    except OSError as error:
        raise ConfigError(f"{file}: it cannot be read: {error.strerror or error}") from error
    text = NEW_FILE if before is None else _decoded(file, before)
    after = _edited(file, text, edit).encode("utf-8")
    if after == before:
        return False
    try:
        replace_unchanged(path, before, after)
    except FileChangedError as error:
        message = f"{file}: {error}; edgefleet left it as it is"
        raise ConfigError(message, hint="run the command again") from error
    except OSError as error:
        raise ConfigError(f"{file}: it cannot be written: {error.strerror or error}") from error
    return True


def _decoded(file: str, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: byte {error.start + 1} is not UTF-8") from error


def _edited(file: str, text: str, edit: Callable[[str], str]) -> str:
    mark = _BYTE_ORDER_MARK if text.startswith(_BYTE_ORDER_MARK) else ""
    text = text.removeprefix(mark)
    _, faults = parse(text)
    if faults:
        line, column = PositionFinder(text).line_and_column(faults[0].offset)
        fault = faults[0]
        message = f"{file}:{line}:{column}: {fault.rule.code}: {fault.message}; {fault.rule.fix}"
        raise ConfigError(message)
    try:
        edited = edit(text)
    except ConfigError as error:
        raise error.amended(message=f"{file}: {error.message}") from error
    return f"{mark}{edited}"
