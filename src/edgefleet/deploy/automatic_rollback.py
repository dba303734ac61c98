"""Automatic rollback: when a change is undone, and with which error it ends then."""

from collections.abc import Iterator
from contextlib import contextmanager

from edgefleet.cloudflare.envelope import ApiError
from edgefleet.deploy.checks.permissions import lacking
from edgefleet.deploy.recovery import history_command, repeat_command
from edgefleet.deploy.restore import Restore, RestoreResult
from edgefleet.deploy.script_change import ScriptChange
from edgefleet.errors import EdgefleetError, Interrupted, UnexpectedError, UnhealthyError
from edgefleet.locks.lease import LockLost
from edgefleet.records.models import Action, Record


@contextmanager
def restore_on_error(change: ScriptChange) -> Iterator[None]:
    """Restore what was live if the block fails, then raise its error with what is live now.

    Ctrl-C is raised as `Interrupted`, a fault of ours as `UnexpectedError`, a first write that the
    token may not make as `CredentialError`. Raises `RestoreError` if what was live cannot be
    restored, and `LockLost` without a restore if another run holds the target: what is live is that
    run's business.
    """
    recorder = change.recorder
    recorder.set(previous_version_id=change.before.version_id)
    try:
        yield
    except KeyboardInterrupt:
        phase = recorder.record.phase
        result = _restore_unless_lost(change, None)
        raise Interrupted(
            f"interrupted during {phase}; {result.state}", hint=repeat_command(recorder.record)
        ) from None
    except EdgefleetError as error:
        result = _restore_unless_lost(change, error)
        if isinstance(error, ApiError) and error.permission and result.untouched:
            raise lacking(change, error).amended(interrupted=result.interrupted) from error
        raise error.amended(
            message="; ".join(filter(None, (error.message, result.state))),
            hint=error.hint or _next_command(error, recorder.record),
            interrupted=result.interrupted,
        ) from error
    except Exception as error:
        result = _restore_unless_lost(change, error)
        raise UnexpectedError(error, result.state, interrupted=result.interrupted) from error


def _next_command(error: EdgefleetError, record: Record) -> str:
    if isinstance(error, LockLost):
        return history_command(record)
    if not isinstance(error, UnhealthyError):
        return repeat_command(record)
    if record.action is Action.ROLLBACK:
        return f"choose another version: {history_command(record)}"
    return f"mend the Worker, then: {repeat_command(record)}"


def _restore_unless_lost(change: ScriptChange, error: Exception | None) -> RestoreResult:
    lost = _lock_lost(change)
    if lost is None:
        return Restore(change).run(error)
    change.recorder.say(f"  note: nothing is restored: {lost.message}")
    if isinstance(error, LockLost):
        return RestoreResult("nothing was restored", interrupted=False)
    raise lost.amended(hint=history_command(change.recorder.record)) from error


def _lock_lost(change: ScriptChange) -> LockLost | None:
    """Return the error of a lost lock if the remote reports one soon.

    If the lock cannot be read, because of a signal or a full disk, the restore goes on.
    """
    try:
        return change.traffic.fence.lost_to()
    except (Exception, KeyboardInterrupt):  # noqa: BLE001 - a restore waits for nothing else
        return None
