"""Deploy one target: it ends live and proved healthy, or as it was before.

lock -> validate -> credentials -> build -> render -> rollout -> record
"""

from collections.abc import Iterator
from contextlib import contextmanager

from edgefleet.errors import EdgefleetError, Interrupted, RestoreError, UsageError
from edgefleet.flows.journal import Journal
from edgefleet.flows.request import Ports, Request
from edgefleet.flows.steps import Steps
from edgefleet.model.record import Action, Phase, Record, Status
from edgefleet.model.target import Environment


def deploy(request: Request, ports: Ports) -> Record:
    """Deploy, and return the record of it. Every failure is recorded before it is raised."""
    _check_origin(request)
    last = ports.records.last(request.target)
    record = Record(
        tenant=request.target.tenant,
        environment=request.target.environment,
        action=Action.DEPLOY,
        engine=request.engine,
        started=ports.clock.now(),
        **request.origin.model_dump(),
    )
    journal = Journal(record, ports.records, ports.clock, ports.progress)
    with _recorded(journal):
        actor = request.origin.actor
        with ports.locks.hold(request.target, record.action, actor, record.started) as died:
            if died:
                ports.progress.say(f"  note: {died} ended without letting the target go")
            Steps(request, ports, journal, last).run()
    return journal.succeed()


@contextmanager
def _recorded(journal: Journal) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        error = Interrupted(f"interrupted during {journal.record.phase}; nothing was touched")
        journal.fail(Status.INTERRUPTED, error)
        raise error from None
    except EdgefleetError as error:
        journal.fail(_status(error, journal.record.phase), error)
        raise
    except Exception as error:
        # A fault of ours must not leave a record that says it is still in progress.
        said = EdgefleetError(f"{type(error).__name__}: {error}")
        journal.fail(_status(said, journal.record.phase), said)
        raise


def _check_origin(request: Request) -> None:
    production = request.target.environment is Environment.PRODUCTION
    if production and request.origin.dirty and not request.force:
        raise UsageError(
            "production is deployed from a commit, and there are uncommitted changes",
            hint="commit them, or deploy them all the same with --force",
        )


def _status(error: EdgefleetError, phase: Phase) -> Status:
    if isinstance(error, Interrupted):
        return Status.INTERRUPTED
    if isinstance(error, RestoreError):
        return Status.RESTORE_FAILED
    return Status.RESTORED if phase is Phase.RESTORE else Status.FAILED
