"""Write files atomically: those that edgefleet keeps, and those that a person edits."""

import errno
import json
import os
import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from secrets import token_hex

from pydantic_core import PydanticSerializationError

from edgefleet.core.model import Model
from edgefleet.core.redaction import known_secrets
from edgefleet.core.regular_files import LARGEST, read_regular
from edgefleet.errors import UsageError


class FileChangedError(OSError):
    """Another program changed the file, or wrote a new one, while edgefleet worked on it."""


def create(folder: Path, stem: str, model: Model) -> Path:
    """Write a new file and return its path; a second file of the same stem gets a number.

    It is not synced to the disk, since the run has only begun. Raises `UsageError` if it cannot be
    written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = _write(folder, model, lasting=False)
        try:
            return _linked(written, folder, stem)
        finally:
            with suppress(OSError):
                written.unlink()
    except OSError as error:
        raise UsageError(
            f"edgefleet changes nothing without a record, and cannot write to {folder}: "
            f"{error.strerror}",
            hint=access_command(folder, error),
        ) from error


def access_command(folder: Path, error: OSError) -> str:
    """Return the command that makes a folder one to write to, or that shows what it is."""
    there = next(place for place in (folder, *folder.parents) if os.path.lexists(place))
    quoted = shlex.quote(str(there))
    if not there.is_dir():
        return f"mv {quoted} {quoted}.old"
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"df -h {quoted}"
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"chmod u+rwx {quoted}"
    return f"ls -ld {quoted}"


def _linked(written: Path, folder: Path, stem: str) -> Path:
    for number in count(1):
        path = folder / (f"{stem}.json" if number == 1 else f"{stem}-{number}.json")
        with suppress(FileExistsError):
            path.hardlink_to(written)
            return path
    raise AssertionError("count() has no end")


def replace(path: Path, model: Model, *, lasting: bool = True, entries: str = "") -> None:
    """Replace a file atomically: a reader sees the old one or the new one.

    Without `lasting` it is not synced to the disk, which may take longer for twenty files than a
    whole deploy; only a power failure loses it then. `entries` names a list of models that may be
    thousands: they are written one by one. A missing folder is created. Raises `OSError`.
    """
    try:
        written = _write(path.parent, model, lasting=lasting, entries=entries)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        written = _write(path.parent, model, lasting=lasting, entries=entries)
    try:
        written.replace(path)
    except OSError:
        with suppress(OSError):
            written.unlink()
        raise


def replace_unchanged(path: Path, before: bytes | None, after: bytes) -> None:
    """Replace a file that holds `before`, or make one where None is, and sync it to the disk.

    Its permissions stay. A missing folder is created. Raises `FileChangedError` where the file
    holds anything else by now, and `OSError`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    written = _write_bytes(path.parent, (after,), lasting=True)
    try:
        if before is None:
            _link_new(written, path)
            return
        if read_regular(path, LARGEST) != before:
            raise FileChangedError("it was changed meanwhile")
        written.chmod(path.stat().st_mode & 0o7777)
        written.replace(path)
    finally:
        with suppress(OSError):
            written.unlink()


def _link_new(written: Path, path: Path) -> None:
    try:
        path.hardlink_to(written)
    except FileExistsError as error:
        raise FileChangedError("another program made it meanwhile") from error


def _write(folder: Path, model: Model, *, lasting: bool, entries: str = "") -> Path:
    texts = _pieces(model, entries) if entries else iter((_text(model), "\n"))
    return _write_bytes(folder, (text.encode(errors="replace") for text in texts), lasting=lasting)


def _write_bytes(folder: Path, content: Iterable[bytes], *, lasting: bool) -> Path:
    path = folder / f".{token_hex(8)}.tmp"
    try:
        with path.open("xb") as file:
            file.writelines(content)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            path.unlink()
        raise
    return path


def _pieces(model: Model, entries: str) -> Iterator[str]:
    """Yield the text of a model piece by piece, of which each entry of a list is one."""
    found: Sequence[Model] = getattr(model, entries)
    others = _text(model.model_copy(update={entries: ()}))
    before, key, after = others.partition(f'\n  "{entries}": [')
    yield before + key
    for number, entry in enumerate(found):
        separator = ",\n" if number else "\n"
        yield f"{separator}{_text(entry)}".replace("\n", "\n    ")
    yield ("\n  " if found else "") + after + "\n"


def _text(model: Model) -> str:
    try:
        text = model.model_dump_json(indent=2)
    except PydanticSerializationError:
        # UTF-8 cannot encode half a surrogate pair, which foreign text may hold; '?' replaces it.
        text = json.dumps(model.model_dump(), indent=2, ensure_ascii=False, default=str)
    return known_secrets(text)
