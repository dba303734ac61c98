"""Change many targets: ring by ring, several at once, each atomic by itself.

ring 0 -> (all of it proved) -> ring 1 -> ... -> record
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from edgefleet.core.clock import Clock
from edgefleet.core.output.notes import Notes
from edgefleet.core.output.progress import Progress
from edgefleet.core.signals import Cancellation, cancellation_check
from edgefleet.deploy.checks.holds import TargetHeld
from edgefleet.deploy.failures import as_edgefleet_error
from edgefleet.errors import EdgefleetError, Interrupted, RestoreError
from edgefleet.fleet.cancellation import InterruptibleClock, TargetCancellation, TargetProgress
from edgefleet.fleet.display import FleetDisplay
from edgefleet.fleet.models import FleetRecord, Outcome, RingStep, TargetResult
from edgefleet.fleet.records.recorder import FleetRecorder
from edgefleet.fleet.report import ring_step_text
from edgefleet.fleet.ring_canary.canaries import RingCanaries
from edgefleet.fleet.ring_canary.ring import RingCanary
from edgefleet.fleet.rings import by_ring, parse_max_failures
from edgefleet.fleet.smoke import SmokeFailedError
from edgefleet.records.models import Phase, Record, RecordedError, Status

ANSWER_SECONDS = 0.2
"""Within which a signal is answered."""


class ChangeTarget(Protocol):
    """Changes one target, from its beginning to its record, and raises as a deploy does."""

    def __call__(self, tenant: str, progress: Progress, clock: Clock) -> Record:
        """Change the target of this tenant."""
        ...


@dataclass(frozen=True, slots=True)
class FleetDependencies:
    """The outside world, as a run over a fleet needs it."""

    board: FleetDisplay
    clock: Clock
    halt: Cancellation
    canaries: RingCanaries | None = None
    """What judges the targets of each ring together; None: they have no canaries."""


class Fleet:
    """One run over a fleet."""

    def __init__(
        self, recorder: FleetRecorder, change: ChangeTarget, ports: FleetDependencies
    ) -> None:
        self._recorder = recorder
        self._change = change
        self._ports = ports
        record = recorder.record
        self._conduct = record.conduct
        self._canaries = ports.canaries or RingCanaries({}, self._conduct.parallel, ports.clock)
        self._most = parse_max_failures(self._conduct.max_failures, record.left)
        self._notes = Notes()
        self._lock = threading.Lock()
        self._failures = 0
        self._told = False
        self._fault: Exception | None = None

    def run(self) -> FleetRecord:
        """Change every target that is left, and return the record of it.

        What goes wrong at a target is in the record, and is not raised.
        """
        rings = by_ring(self._recorder.record.left)
        with self._ports.board:
            for ring, members in rings:
                if len(rings) > 1:
                    self._ports.board.say(f"ring {ring}: {len(members)} targets")
                self._wave(ring, members)
                for line in self._notes.lines():
                    self._ports.board.say(line)
                if self._ports.halt.requested or self._too_many:
                    break
            done = self._recorder.end(self._status())
            if self._recorder.unwritten:
                self._ports.board.say(
                    f"note: the record {self._recorder.path} could not be written "
                    f"({self._recorder.unwritten}): it does not tell how this run ended"
                )
        return done

    @property
    def _too_many(self) -> bool:
        return self._failures > self._most

    def _status(self) -> Status:
        if self._ports.halt.requested and self._recorder.record.left:
            return Status.INTERRUPTED
        return Status.FAILED if self._recorder.record.left else Status.SUCCEEDED

    def _wave(self, ring: int, members: tuple[TargetResult, ...]) -> None:
        """Change the targets of a ring, `parallel` of them at once."""
        canaries, names = self._canaries, [member.tenant for member in members]
        todo, canary = iter(members), canaries.open(ring, names, self._judged)
        threads = [
            threading.Thread(target=self._work, args=(todo, canary), name=f"edgefleet-{number}")
            for number in range(canaries.threads(names))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            # Linux may give a signal to any thread, and Python answers it in the main thread alone:
            # there nothing wakes a wait without an end.
            while thread.is_alive():
                thread.join(ANSWER_SECONDS)
        if self._fault:
            raise self._fault

    def _judged(self, step: RingStep) -> None:
        self._recorder.judged(step)
        self._ports.board.say(ring_step_text(step))

    def _work(self, todo: Iterator[TargetResult], canary: RingCanary) -> None:
        turns = self._canaries.turns
        try:
            turns.deploy()
            while member := self._next(todo, canary):
                try:
                    self._one(member.tenant)
                finally:
                    canary.end(member.tenant)
                turns.deploy()
        except Exception as fault:  # noqa: BLE001 - a thread has no caller to raise it to
            self._fault = fault
        finally:
            turns.end()

    def _next(self, todo: Iterator[TargetResult], canary: RingCanary) -> TargetResult | None:
        """Return the next target; None where there is none, or none is to be begun any more."""
        with self._lock:
            member = self._startable(todo)
            if member is None:
                canary.no_more()
            else:
                canary.begin(member.tenant)
            return member

    def _startable(self, todo: Iterator[TargetResult]) -> TargetResult | None:
        if self._ports.halt.requested:
            self._tell()
            return None
        if self._fault or (self._too_many and not self._conduct.continue_on_error):
            return None
        return next(todo, None)

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            words = "stopping: no further target is started; targets in progress are restored"
            self._ports.board.say(words)

    def _one(self, tenant: str) -> None:
        ports = self._ports
        started = ports.clock.monotonic()
        self._recorder.note(tenant, outcome=Outcome.IN_PROGRESS)
        ended = self._changed(tenant)
        spent = round(ports.clock.monotonic() - started, 3)
        member = self._recorder.note(tenant, seconds=spent, **ended)
        with self._lock:
            self._failures += member.outcome.failure
        ports.board.ended(member)

    def _changed(self, tenant: str) -> dict[str, object]:
        """Change one target; return what its part of the record says then."""
        interruption = TargetCancellation(self._ports.halt, self._ports.clock)
        progress = TargetProgress(tenant, self._ports.board, interruption, self._notes)
        clock = InterruptibleClock(self._ports.clock, interruption)
        try:
            with cancellation_check(interruption.check):
                record = self._change(tenant, progress, clock)
        except TargetHeld as held:
            return {"outcome": Outcome.HELD, "why": held.message}
        except SmokeFailedError as error:
            return {**_failed(error, Phase.DONE), **_versions(error.record)}
        except EdgefleetError as error:
            return _failed(error, progress.phase)
        except Exception as error:  # noqa: BLE001 - a fault of ours at one target spares the others
            return _failed(as_edgefleet_error(error), progress.phase)
        return {
            "outcome": Outcome(record.status),
            "phase": record.phase,
            **_versions(record),
        }


def _versions(record: Record) -> dict[str, object]:
    return {
        "version_id": record.version_id,
        "previous_version_id": record.previous_version_id,
    }


def _failed(error: EdgefleetError, phase: Phase | None) -> dict[str, object]:
    recorded = RecordedError(code=error.code, message=error.message, hint=error.hint)
    return {"outcome": _outcome(error, phase), "phase": phase, "error": recorded}


def _outcome(error: EdgefleetError, phase: Phase | None) -> Outcome:
    if isinstance(error, Interrupted):
        return Outcome.INTERRUPTED
    if isinstance(error, RestoreError):
        return Outcome.RESTORE_FAILED
    return Outcome.RESTORED if phase is Phase.RESTORE else Outcome.FAILED
