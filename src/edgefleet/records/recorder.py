"""Keeps the record of a run while it runs: on disk at every step, whatever happens next.

A record that cannot be written stops a run that goes forward. It stops no restore and does not
change how a run ends: edgefleet prints what it could not record.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from edgefleet.core.clock import Clock
from edgefleet.core.output.progress import Progress, ProgressStep
from edgefleet.errors import EdgefleetError
from edgefleet.http.retry import DEFAULT, RESTORE, Pauses
from edgefleet.records.models import Phase, Record, RecordedError, Status
from edgefleet.records.store import Records


class Recorder:
    """One record, written as `in_progress` first and replaced at each step."""

    def __init__(self, record: Record, records: Records, clock: Clock, progress: Progress) -> None:
        self._records = records
        self._clock = clock
        self._progress = progress
        self.record = record
        self.path = records.create(record)

    def save(self, **fields: Any) -> None:
        """Write down what has been found out."""
        self.set(**fields)
        self._records.replace(self.path, self.record)

    def set(self, **fields: Any) -> None:
        """Keep what has been read and changed nothing: the next note, which is near, writes it."""
        self.record = self.record.model_copy(update=fields)

    def now(self) -> datetime:
        """Return the time of day, UTC."""
        return self._clock.now()

    def wait(self, seconds: float) -> None:
        """Let time pass, by the clock that times the phases."""
        self._clock.sleep(seconds)

    def say(self, text: str) -> None:
        """Say something that people must know."""
        self._progress.say(text)

    def pauses(self, *, restoring: bool = False) -> Pauses:
        """Return the waits between the attempts at one thing, by the same clock."""
        policy = RESTORE if restoring else DEFAULT
        return Pauses(self._clock.sleep, policy, monotonic=self._clock.monotonic)

    @contextmanager
    def phase(self, phase: Phase) -> Iterator[ProgressStep]:
        """Run one phase: on screen, in the record, and with its seconds."""
        if self.record.phase is not phase:  # it begins with the first
            self.save(phase=phase)
        with self._timed(phase), self._progress.step(phase) as step:
            yield step

    @contextmanager
    def restoring(self) -> Iterator[ProgressStep]:
        """Run the phase that neither a record nor a screen may stop: the record comes after it."""
        self.set(phase=Phase.RESTORE)
        try:
            with self._timed(Phase.RESTORE), _shown(self._progress) as step:
                yield step
        finally:
            self._try_to_note()

    @contextmanager
    def _timed(self, phase: Phase) -> Iterator[None]:
        started = self._clock.monotonic()
        try:
            yield
        finally:
            known = self.record.seconds  # of the same phase, too: health may be checked twice
            spent = known.get(phase, 0) + self._clock.monotonic() - started
            self.set(seconds={**known, phase: round(spent, 3)})

    def succeed(self) -> Record:
        """End the record well; what was found unchanged, or a canary that goes on, stays so."""
        status = self.record.status
        if status is Status.UNDER_WAY:
            return self._end(status, None)
        unchanged = status is Status.UNCHANGED
        return self._end(status if unchanged else Status.SUCCEEDED, None, phase=Phase.DONE)

    def fail(self, status: Status, error: EdgefleetError) -> Record:
        """End the record with the error that ended the run."""
        recorded = RecordedError(code=error.code, message=error.message, hint=error.hint)
        return self._end(status, recorded)

    def _end(self, status: Status, error: RecordedError | None, **more: Any) -> Record:
        self.set(status=status, error=error, finished=self._clock.now(), **more)
        self._try_to_note()
        return self.record

    def _try_to_note(self) -> None:
        try:
            self.save()
        except Exception as error:  # noqa: BLE001 - whatever it is, the run ended as it ended
            why = error.strerror if isinstance(error, OSError) else type(error).__name__
            with suppress(Exception):
                self.say(
                    f"  note: the record {self.path} could not be written ({why}): it does not "
                    f"tell that this {self.record.action} is '{self.record.status}', in its "
                    f"phase {self.record.phase}"
                )


@contextmanager
def _shown(progress: Progress) -> Iterator[ProgressStep]:
    """Show a step, if that can be done; whatever the screen raises is passed over."""
    shown, step = progress.step(Phase.RESTORE), ProgressStep()
    # A wish to stop, which a fleet's screen tells of, comes too late here.
    with suppress(Exception, KeyboardInterrupt):
        step = shown.__enter__()
    try:
        yield step
    except BaseException as error:
        with suppress(BaseException):
            shown.__exit__(type(error), error, error.__traceback__)
        raise
    with suppress(Exception, KeyboardInterrupt):
        shown.__exit__(None, None, None)
