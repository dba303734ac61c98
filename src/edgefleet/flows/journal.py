"""Keeps the record of a run while it runs: on disk at every step, whatever happens next."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from edgefleet.errors import EdgefleetError
from edgefleet.model.record import Phase, Record, RecordedError, Status
from edgefleet.ports.clock import Clock
from edgefleet.ports.progress import Progress, Step
from edgefleet.ports.records import Records


class Journal:
    """One record, written as `in_progress` first and replaced at each step."""

    def __init__(self, record: Record, records: Records, clock: Clock, progress: Progress) -> None:
        self._records = records
        self._clock = clock
        self._progress = progress
        self.record = record
        self.path = records.create(record)

    def note(self, **fields: Any) -> None:
        """Write down what has been found out."""
        self.keep(**fields)
        self._records.replace(self.path, self.record)

    def keep(self, **fields: Any) -> None:
        """Keep what has been read and changed nothing: the next note, which is near, writes it."""
        self.record = self.record.model_copy(update=fields)

    def wait(self, seconds: float) -> None:
        """Let time pass, by the clock that times the phases."""
        self._clock.sleep(seconds)

    @contextmanager
    def phase(self, phase: Phase) -> Iterator[Step]:
        """Run one phase: on screen, in the record, and with its seconds."""
        if self.record.phase is not phase:  # it begins with the first
            self.note(phase=phase)
        started = self._clock.monotonic()
        try:
            with self._progress.step(phase) as step:
                yield step
        finally:
            known = self.record.seconds  # of the same phase, too: health may be asked twice
            spent = known.get(phase, 0) + self._clock.monotonic() - started
            self.keep(seconds={**known, phase: round(spent, 3)})

    def succeed(self) -> Record:
        """End the record well; what was found unchanged stays so."""
        unchanged = self.record.status is Status.UNCHANGED
        status = Status.UNCHANGED if unchanged else Status.SUCCEEDED
        return self._end(status, None, phase=Phase.DONE)

    def fail(self, status: Status, error: EdgefleetError) -> Record:
        """End the record with the error that ended the run."""
        recorded = RecordedError(code=error.code, message=error.message, hint=error.hint)
        return self._end(status, recorded)

    def _end(self, status: Status, error: RecordedError | None, **more: Any) -> Record:
        self.note(status=status, error=error, finished=self._clock.now(), **more)
        return self.record
