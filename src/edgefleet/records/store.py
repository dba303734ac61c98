"""Deployment records on disk: written whole or not at all, never half."""

import re
import threading
from bisect import bisect_left, insort
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from edgefleet.config.target import Target
from edgefleet.core import atomic_files as atomic
from edgefleet.core.foreign.record import harmless
from edgefleet.core.regular_files import read_stored
from edgefleet.records.models import Record, Status

FILE = re.compile(r"(?P<target>.+)-(?P<begun>[0-9]{8}T[0-9]{6}Z)(?:-(?P<number>[0-9]+))?\.json")
"""How a record's file is called."""
LAST = "\U0010ffff"
"""No character comes after it."""


class Records:
    """The folder `deployments/`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.written: Record | None = None
        """The record that this process wrote last, as it was written."""
        self.path: Path | None = None
        """Where it is; None where nothing is kept."""

    def create(self, record: Record) -> Path:
        """Write a new record and return its path; two in one second get different names."""
        self.written = record
        stem = f"{record.target}-{record.started:%Y%m%dT%H%M%SZ}"
        self.path = atomic.create(self.folder, stem, record)
        return self.path

    def replace(self, path: Path, record: Record) -> None:
        """Replace a record atomically: a reader sees the old one or the new one."""
        self.written = record
        atomic.replace(path, record, lasting=record.status is not Status.IN_PROGRESS)

    def of(self, target: Target) -> list[Record]:
        """Return the records of a target, newest first; files that are none are passed over."""
        found = [record for record in map(_read, self._files(target)) if record is not None]
        own = [record for record in found if record.target == target]
        return sorted(own, key=lambda record: record.started, reverse=True)

    def all(self) -> Iterator[Record]:
        """Yield the records of all targets; files that are none are passed over."""
        found = map(_read, self.folder.glob("*.json"))
        return (record for record in found if record is not None)

    def last(self, target: Target) -> Record | None:
        """Return the newest record of a target; of the others only the names are read."""
        return next(self._newest_first(target), None)

    def last_change(self, target: Target) -> Record | None:
        """Return the newest record of a target that is none of a refused attempt."""
        return next((one for one in self._newest_first(target) if not one.refused), None)

    def _newest_first(self, target: Target) -> Iterator[Record]:
        newest_first = sorted(self._files(target), key=_place, reverse=True)
        found = (record for record in map(_read, newest_first) if record is not None)
        return (record for record in found if record.target == target)

    def _files(self, target: Target) -> list[Path]:
        # Not as a pattern: the name of a target is what a file or a user says.
        name = f"{target}-"
        return [path for path in self.folder.glob("*.json") if path.name.startswith(name)]


class ListedRecords(Records):
    """The folder as it is now, with what is added through this: for a run over many targets.

    A folder of thousands is not listed again for each of thousands.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._lock = threading.Lock()
        # In order, those of a target stand together; a list of paths for each takes more room.
        self._names = sorted(path.name for path in folder.glob("*.json"))

    def create(self, record: Record) -> Path:
        """Write a new record and return its path."""
        path = super().create(record)
        with self._lock:
            insort(self._names, path.name)
        return path

    def _files(self, target: Target) -> list[Path]:
        prefix = f"{target}-"
        with self._lock:
            first = bisect_left(self._names, prefix)
            after = bisect_left(self._names, prefix + LAST)
            return [self.folder / name for name in self._names[first:after]]


class DryRecords(Records):
    """Keeps nothing: for a dry run, which does nothing that a record could tell."""

    def create(self, record: Record) -> Path:
        """Write nothing."""
        self.written = record
        return self.folder

    def replace(self, path: Path, record: Record) -> None:  # noqa: ARG002 - the same signature
        """Write nothing."""
        self.written = record


def _place(path: Path) -> tuple[str, int]:
    """Return the place of a record among all of its target, by its name."""
    match = FILE.fullmatch(path.name)
    return (match["begun"], int(match["number"] or 1)) if match else ("", 0)


def _read(path: Path) -> Record | None:
    try:
        return harmless(Record.model_validate_json(read_stored(path)))
    except (OSError, ValidationError):
        return None
