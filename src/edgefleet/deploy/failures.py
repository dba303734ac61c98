"""How the failure of a run is recorded, whatever raised it."""

from collections.abc import Iterator
from contextlib import contextmanager

from edgefleet.deploy.recovery import history_command
from edgefleet.errors import EdgefleetError, Interrupted, RestoreError
from edgefleet.records.models import UNTOUCHED, Phase, Record, Status
from edgefleet.records.recorder import Recorder


@contextmanager
def failures_recorded(recorder: Recorder) -> Iterator[None]:
    """Record how the block failed, if it does, and raise on."""
    try:
        yield
    except KeyboardInterrupt:
        error = _interrupted(recorder.record)
        recorder.fail(_status(error, recorder.record.phase), error)
        raise error from None
    except EdgefleetError as error:
        recorder.fail(_status(error, recorder.record.phase), error)
        raise
    except Exception as fault:
        # A fault of ours must not leave a record that says it is still in progress.
        recorded = as_edgefleet_error(fault)
        recorder.fail(_status(recorded, recorder.record.phase), recorded)
        raise


def as_edgefleet_error(fault: Exception) -> EdgefleetError:
    """Return a fault of ours, or of this machine, as records keep it."""
    return EdgefleetError(f"{type(fault).__name__}: {fault}")


def _interrupted(record: Record) -> EdgefleetError:
    if record.phase in UNTOUCHED:
        return Interrupted(f"interrupted during {record.phase}; nothing was touched")
    # `restore_on_error` raises `Interrupted` itself: this signal came outside of it.
    return RestoreError(
        f"{record.script}: interrupted during {record.phase}; what is live was not checked",
        hint=f"{history_command(record)} shows what is live",
    )


def _status(error: EdgefleetError, phase: Phase) -> Status:
    if isinstance(error, Interrupted):
        return Status.INTERRUPTED
    if isinstance(error, RestoreError):
        return Status.RESTORE_FAILED
    return Status.RESTORED if phase is Phase.RESTORE else Status.FAILED
