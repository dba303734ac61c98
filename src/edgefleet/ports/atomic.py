"""JSON files that are written whole or not at all, never half."""

import os
from contextlib import suppress
from itertools import count
from pathlib import Path
from secrets import token_hex

from edgefleet.errors import UsageError
from edgefleet.model.base import Model
from edgefleet.ports.redact import known_secrets


def create(folder: Path, stem: str, model: Model) -> Path:
    """Write a new file and return its path; two of one stem get names of their own.

    It does not have to outlast the machine's power: what it tells of has only begun.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = _write(folder, model, lasting=False)
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written: {error.strerror}",
            hint="nothing is deployed without a record; make the folder writable",
        ) from error
    try:
        for number in count(1):
            path = folder / (f"{stem}.json" if number == 1 else f"{stem}-{number}.json")
            with suppress(FileExistsError):
                path.hardlink_to(written)
                return path
    finally:
        written.unlink()
    raise AssertionError("count() has no end")


def replace(path: Path, model: Model, *, lasting: bool = True) -> None:
    """Replace a file atomically: a reader sees the old one or the new one.

    What does not have to outlast the machine's power is not waited for: a disk may take longer
    over twenty such files than a whole deploy does. The end of our process loses nothing.
    """
    _write(path.parent, model, lasting=lasting).replace(path)


def _write(folder: Path, model: Model, *, lasting: bool) -> Path:
    path = folder / f".{token_hex(8)}.tmp"
    with path.open("xb") as file:
        file.write(f"{known_secrets(model.model_dump_json(indent=2))}\n".encode())
        if lasting:
            file.flush()
            os.fsync(file.fileno())
    return path
