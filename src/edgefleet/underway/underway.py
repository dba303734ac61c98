"""One command and the canary of one target: continue, pause, abort, finish, or end what is over."""

from collections.abc import Callable
from typing import NamedTuple

from edgefleet.config.account_session import open_account
from edgefleet.deploy.checks.canaries import policy_of_files
from edgefleet.deploy.checks.holds import TargetHeld, hold
from edgefleet.deploy.request import NO_UPLOAD, Dependencies
from edgefleet.deploy.run import start_run
from edgefleet.errors import EdgefleetError, ExitCode, Interrupted
from edgefleet.records.canary_under_way import CanaryUnderWay, canary_in
from edgefleet.records.models import Action, Phase, Status
from edgefleet.rollback.request import RollbackRequest
from edgefleet.rollback.rollback import rollback
from edgefleet.state.canary_state import Pause, policy_digest
from edgefleet.underway.canary_change import CanaryChange, open_canary
from edgefleet.underway.ends import CanaryAborted, abort, expire, finish
from edgefleet.underway.models import CanaryEnd, CanaryResult
from edgefleet.underway.outcome import CanaryOutcome, GoBack
from edgefleet.underway.request import CanaryAction, CanaryRequest
from edgefleet.underway.steps import go_on

VERDICTS = (ExitCode.UNHEALTHY, ExitCode.TOO_LITTLE_TRAFFIC, ExitCode.SOURCE_FAILED)
"""The exit codes of what a verdict leads to: the canary is restored or paused, as the result says.
"""


class Acted(NamedTuple):
    """What a command left of the canary of one target, and the error that it ends with."""

    result: CanaryResult
    error: EdgefleetError | None = None


def look_for_canary(request: CanaryRequest, deps: Dependencies) -> CanaryUnderWay | None:
    """Return the canary of a target, as anybody may read it: no lock, no record."""
    tenant, target = request.load(), request.target
    session = open_account(tenant, target, deps.credentials, deps.connect)
    script = str(tenant.resolved(target.environment)["name"])
    return canary_in(next(session.account.script(script).deployments.history(), None))


def act_on_canary(request: CanaryRequest, deps: Dependencies) -> Acted:
    """Do one thing with the canary of a target, under its lock, with a record.

    What a verdict leads to is returned with its result; every other error is raised, and leaves the
    canary where it is.
    """
    outcome = CanaryOutcome()
    try:
        _act(request, deps, outcome)
    except CanaryAborted:
        return Acted(_told(request, outcome))
    except EdgefleetError as error:
        told = outcome.told()
        if told is None or error.exit_code not in VERDICTS or error.interrupted:
            raise
        return Acted(told.failed(error), error)
    if outcome.back is None:
        return Acted(_told(request, outcome))
    result, error_then = _roll_back(request, deps, outcome.back), outcome.back.error
    return Acted(result.failed(error_then) if error_then else result, error_then)


def _act(request: CanaryRequest, deps: Dependencies, outcome: CanaryOutcome) -> None:
    with start_run(request, Action.DEPLOY, deps, engine=NO_UPLOAD) as run:
        opened = open_canary(request, deps, run)
        if opened is None:
            run.recorder.save(status=Status.UNCHANGED)
        else:
            opened.record_versions()
            _say_policy(opened)
            try:
                ACTIONS[request.action](opened, outcome)
            except KeyboardInterrupt:
                raise _interrupted(opened) from None
    run.recorder.succeed()


def _interrupted(opened: CanaryChange) -> Interrupted:
    """Return the error of a signal between two writes: the canary stays, as after any other end."""
    phase, target = opened.run.recorder.record.phase, opened.request.target
    return Interrupted(
        f"interrupted during {phase}; the canary stays at its step",
        hint=f"edgefleet canary continue {target.as_selector}",
    )


def _told(request: CanaryRequest, outcome: CanaryOutcome) -> CanaryResult:
    return outcome.told() or nothing(request)


def nothing(request: CanaryRequest) -> CanaryResult:
    """Return the result of a target at which no canary is under way."""
    return CanaryResult(target=request.target, state=CanaryEnd.NONE, words="no canary is under way")


def _say_policy(opened: CanaryChange) -> None:
    tenant, environment = opened.run.validated, opened.request.target.environment
    now = policy_digest(policy_of_files(tenant, environment))
    if now != opened.found.state.digest:
        opened.deps.progress.say(
            "  note: the canary policy of the files has changed since; that of its start holds"
        )


def _pause(opened: CanaryChange, outcome: CanaryOutcome) -> None:
    state, target = opened.found.state, opened.request.target
    if not state.stepping:
        words = "nothing to pause: the new version has everything"
        outcome.result = CanaryResult.going_on(target, opened.found, words)
        opened.run.recorder.save(status=Status.UNDER_WAY)
        return
    held = state.model_copy(update={"paused": Pause.PERSON})
    if held != state:
        change = opened.change()
        change.canary = held
        with change.recorder.phase(Phase.TRAFFIC) as shown:
            change.traffic.assert_unchanged()
            change.shift_traffic(held.split(opened.found.old, opened.found.new))
            shown.note = f"still {held.share:g} %"
    opened.run.recorder.save(status=Status.UNDER_WAY)
    found = opened.found._replace(state=held)
    words = f"paused at {held.share:g} % until 'continue --resume', or its deadline"
    outcome.result = CanaryResult.going_on(target, found, words)


def _finish(opened: CanaryChange, outcome: CanaryOutcome) -> None:
    request, deps = opened.request, opened.deps
    if opened.found.state.kept:
        expire(opened, outcome)
        return
    why = hold(opened.run.validated.config, deps.clock.now(), request.origin)
    if why is not None and request.heed_hold:
        raise TargetHeld(
            f"{request.target.tenant} is {why}",
            hint=f"edgefleet canary abort {request.target.as_selector}; or all the same: "
            f"edgefleet canary finish {request.target.as_selector} --ignore-hold",
        )
    finish(opened, outcome)


def _expire(opened: CanaryChange, outcome: CanaryOutcome) -> None:
    if opened.found.overdue(opened.deps.clock.now()):
        expire(opened, outcome)


ACTIONS: dict[CanaryAction, Callable[[CanaryChange, CanaryOutcome], None]] = {
    CanaryAction.CONTINUE: go_on,
    CanaryAction.PAUSE: _pause,
    CanaryAction.ABORT: abort,
    CanaryAction.FINISH: _finish,
    CanaryAction.EXPIRE: _expire,
}


def _roll_back(request: CanaryRequest, deps: Dependencies, back: GoBack) -> CanaryResult:
    """Return to the version before, whose settings are written, too; raises as `rollback`."""
    asked = RollbackRequest(
        target=request.target,
        load=request.load,
        load_at=request.load_at,
        root=request.root,
        origin=request.origin,
        reason=request.reason or (back.error.message if back.error else "the canary was aborted"),
        wait=request.wait,
    )
    rollback(asked, deps)
    words = "the version before has everything again, with its settings"
    return CanaryResult(
        target=request.target, state=CanaryEnd.RESTORED, share=0.0, words=words, moved=True
    )
