"""Keeps the record of a run over a fleet while it runs; threads write it together."""

import threading
from typing import Any

from edgefleet.core.clock import Clock
from edgefleet.core.model import lean
from edgefleet.fleet.models import FleetRecord, RingStep, TargetResult
from edgefleet.fleet.records.store import FleetRecords
from edgefleet.records.models import Status

WRITTEN_EVERY_SECONDS = 1.0
"""A record of thousands is not written anew at each step; what a killed run did in its last
second stands in the records of its targets."""


class FleetRecorder:
    """One record, written as `in_progress` first and replaced while the run goes on.

    Where it cannot be replaced, nothing new is begun; how a run ended stays so.
    """

    def __init__(self, record: FleetRecord, fleets: FleetRecords, clock: Clock) -> None:
        self._fleets = fleets
        self._clock = clock
        self._lock = threading.Lock()
        self._members = {member.tenant: member for member in record.members}
        self.path = fleets.create(record)
        self._record = record.model_copy(update={"members": ()})  # no second copy of each
        self._written = clock.monotonic()
        self.unwritten = ""
        """Why the record on disk does not tell how the run ended; empty where it does."""

    @property
    def record(self) -> FleetRecord:
        """The record as it is now."""
        return self._record.model_copy(update={"members": tuple(self._members.values())})

    def note(self, tenant: str, **fields: Any) -> TargetResult:
        """Write down how far a target came; return its part."""
        with self._lock:
            before = self._members[tenant]
            member = lean(before.model_copy(update=fields))
            self._members[tenant] = member
            if self._clock.monotonic() - self._written >= WRITTEN_EVERY_SECONDS:
                self._write()
        return member

    def judged(self, step: RingStep) -> None:
        """Write down what was judged of a ring."""
        with self._lock:
            canaries = (*self._record.canaries, step)
            self._record = self._record.model_copy(update={"canaries": canaries})
            self._write()

    def end(self, status: Status) -> FleetRecord:
        """End the record."""
        with self._lock:
            update = {"status": status, "finished": self._clock.now()}
            self._record = self._record.model_copy(update=update)
            try:
                self._write()
            except OSError as error:
                self.unwritten = error.strerror or str(error)
            return self.record

    def _write(self) -> None:
        self._fleets.replace(self.path, self.record)
        self._written = self._clock.monotonic()
