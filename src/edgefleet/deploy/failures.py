"""How the failure of a run is recorded, whatever raised it."""

from collections.abc import Iterator
from contextlib import contextmanager

from edgefleet.deploy.recovery import history_command, repeat_command
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
        recorder.fail(_status(error, recorder.record), error)
        raise error from None
    except EdgefleetError as error:
        ended = _with_taken_over(error, recorder.record)
        recorder.fail(_status(ended, recorder.record), ended)
        if ended is error:
            raise
        raise ended from error
    except Exception as fault:
        # A fault of ours must not leave a record that says it is still in progress.
        recorded = as_edgefleet_error(fault)
        recorder.fail(_status(recorded, recorder.record), recorded)
        raise


def as_edgefleet_error(fault: Exception) -> EdgefleetError:
    """Return a fault of ours, or of this machine, as records keep it."""
    return EdgefleetError(f"{type(fault).__name__}: {fault}")


def _interrupted(record: Record) -> EdgefleetError:
    if record.phase in UNTOUCHED:
        error = Interrupted(f"interrupted during {record.phase}; nothing was touched")
        return _with_taken_over(error, record)
    # `restore_on_error` raises `Interrupted` itself: this signal came outside of it.
    return RestoreError(
        f"{record.script}: interrupted during {record.phase}; what is live was not checked",
        hint=f"{history_command(record)} shows what is live",
    )


def _with_taken_over(error: EdgefleetError, record: Record) -> EdgefleetError:
    """Return the error with what the run leaves behind whose lock this one took over.

    That run restores nothing, and this one changed nothing: its version may still be live.
    """
    if record.lock_took_over is None or record.phase not in UNTOUCHED:
        return error
    return error.amended(
        message=f"{error.message}; run {record.lock_took_over}, whose lock it took over, restores "
        "nothing: its version may have traffic",
        hint=error.hint or repeat_command(record),
    )


def _status(error: EdgefleetError, record: Record) -> Status:
    if record.status is Status.UNDER_WAY:
        return record.status
    if isinstance(error, Interrupted):
        return Status.INTERRUPTED
    if isinstance(error, RestoreError):
        return Status.RESTORE_FAILED
    return Status.RESTORED if record.phase is Phase.RESTORE else Status.FAILED
