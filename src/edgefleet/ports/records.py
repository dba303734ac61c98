"""Deployment records on disk: written whole or not at all, never half."""

import os
from contextlib import suppress
from itertools import count
from pathlib import Path
from tempfile import NamedTemporaryFile

from pydantic import ValidationError

from edgefleet.errors import UsageError
from edgefleet.model.record import Record
from edgefleet.model.target import Target


class Records:
    """The folder `deployments/`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self, record: Record) -> Path:
        """Write a new record and return its path; two in one second get names of their own."""
        stem = f"{record.target}-{record.started:%Y%m%dT%H%M%SZ}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            written = self._write(record)
        except OSError as error:
            raise UsageError(
                f"{self.folder} cannot be written: {error.strerror}",
                hint="nothing is deployed without a record; make the folder writable",
            ) from error
        try:
            for number in count(1):
                path = self.folder / (f"{stem}.json" if number == 1 else f"{stem}-{number}.json")
                with suppress(FileExistsError):
                    path.hardlink_to(written)
                    return path
        finally:
            written.unlink()
        raise AssertionError("count() has no end")

    def replace(self, path: Path, record: Record) -> None:
        """Replace a record atomically: a reader sees the old one or the new one."""
        self._write(record).replace(path)

    def of(self, target: Target) -> list[Record]:
        """Return the records of a target, newest first; files that are none are passed over."""
        found = [record for record in map(_read, self._files(target)) if record is not None]
        own = [record for record in found if record.target == target]
        return sorted(own, key=lambda record: record.started, reverse=True)

    def last(self, target: Target) -> Record | None:
        """Return the newest record of a target."""
        return next(iter(self.of(target)), None)

    def _write(self, record: Record) -> Path:
        with NamedTemporaryFile(
            "w", dir=self.folder, prefix=".", suffix=".tmp", delete=False, encoding="utf-8"
        ) as file:
            file.write(record.model_dump_json(indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        return Path(file.name)

    def _files(self, target: Target) -> list[Path]:
        return list(self.folder.glob(f"{target}-*.json"))


class DryRecords(Records):
    """Keeps nothing: for a dry run, which does nothing that a record could tell."""

    def create(self, record: Record) -> Path:  # noqa: ARG002 - the same signature
        """Write nothing."""
        return self.folder

    def replace(self, path: Path, record: Record) -> None:
        """Write nothing."""


def _read(path: Path) -> Record | None:
    try:
        return Record.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
