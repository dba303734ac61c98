"""How a canary under way ends: with everything, restored, or kept no longer."""

from typing import NoReturn

from edgefleet.deploy.automatic_rollback import restore_on_error
from edgefleet.deploy.canaries.verdicts import CanaryWorse, objection
from edgefleet.deploy.go_live import close_canary, give_everything, remove_workflows
from edgefleet.deploy.script_change import ScriptChange
from edgefleet.errors import EdgefleetError, TooLittleTraffic, UnhealthyError
from edgefleet.records.canary_steps import CanaryStep, Verdict, VersionCounts
from edgefleet.records.models import Phase, Status
from edgefleet.records.signature import restore_message
from edgefleet.state.canary_state import CanaryState, Pause
from edgefleet.underway.canary_change import CanaryChange
from edgefleet.underway.models import CanaryEnd, CanaryResult
from edgefleet.underway.outcome import CanaryOutcome, GoBack

WHOLE = 100.0


class CanaryAborted(TooLittleTraffic):
    """A person ended a canary; the version before has everything again."""

    code = "canary_aborted"


def finish(opened: CanaryChange, outcome: CanaryOutcome) -> None:
    """Give the new version everything, check it as any client, write the settings of its files.

    If it is not healthy then, the version before is restored, and the error is raised.
    """
    found, state = opened.found, opened.found.state
    change = opened.finishing()
    outcome.result = _ended(opened, CanaryEnd.RESTORED, "it was not healthy with everything")
    with restore_on_error(change):
        if state.step < 0:
            with change.recorder.phase(Phase.CANARY):
                change.check_health(found.new, opened.url, pinned=True)
        give_everything(change, found.new)
        remove_workflows(change)
    _note_end(opened, change, outcome, f"from {state.share:g} % to 100 %")


def check_kept(opened: CanaryChange, outcome: CanaryOutcome) -> None:
    """Check the new version while the one before is kept: from an unhealthy one it goes back."""
    change = opened.change()
    change.recorder.save(status=Status.UNDER_WAY)
    try:
        with change.recorder.phase(Phase.HEALTH):
            change.check_health(opened.found.new, opened.url, pinned=False)
    except UnhealthyError as error:
        outcome.back = GoBack(CanaryWorse(error.message))
        return
    target, until = opened.request.target, opened.found.state.until
    words = f"healthy; the version before is kept until {until:%H:%M:%S} UTC"
    outcome.result = CanaryResult.going_on(target, opened.found, words)


def expire(opened: CanaryChange, outcome: CanaryOutcome) -> None:
    """End a canary that is over: keep the version before no longer, or restore it."""
    found, state = opened.found, opened.found.state
    if state.kept:
        change = opened.change()
        change.traffic.assert_unchanged()
        close_canary(change, found.new)
        _note_end(opened, change, outcome, "the version before is kept no longer")
        return
    if not state.stepping:
        opened.run.recorder.save(status=Status.UNDER_WAY)
        outcome.back = GoBack(objection(_last_step(state), opened.request.target))
        return
    step = _last_step(state)
    outcome.step = step
    change = opened.change()
    change.recorder.save(canary=(step,))
    put_back(opened, change, objection(step, opened.request.target), outcome)


def abort(opened: CanaryChange, outcome: CanaryOutcome) -> None:
    """Give everything to the version before; raises `CanaryAborted` once that is done."""
    state, reason = opened.found.state, opened.request.reason
    if not state.stepping:
        opened.run.recorder.save(status=Status.UNDER_WAY)
        outcome.back = GoBack()
        return
    words = f"the canary was aborted at {state.share:g} %"
    again = f"deploy again: edgefleet deploy {opened.request.target.as_option}"
    error = CanaryAborted(f"{words}: {reason}" if reason else words, hint=again)
    put_back(opened, opened.change(), error, outcome)


def put_back(
    opened: CanaryChange, change: ScriptChange, error: EdgefleetError, outcome: CanaryOutcome
) -> NoReturn:
    """Give everything to the version before, and raise `error` with what is live then."""
    outcome.result = _ended(opened, CanaryEnd.RESTORED, error.message)
    change.traffic.restore_words = restore_message(error.message)
    with restore_on_error(change):
        change.traffic.fence.check()
        raise error
    raise AssertionError  # the block has raised


def _last_step(state: CanaryState) -> CanaryStep:
    """Return the step at which a canary stood when its deadline passed, and why it did not move."""
    verdicts = {
        Pause.TOO_LITTLE_TRAFFIC: Verdict.TOO_LITTLE_TRAFFIC,
        Pause.SOURCE_FAILED: Verdict.SOURCE_FAILED,
    }
    verdict = verdicts.get(state.paused, Verdict.EXPIRED) if state.paused else Verdict.EXPIRED
    (old, old_errors), (new, new_errors) = state.looked.old, state.looked.new
    return CanaryStep(
        share=state.share,
        started=state.since,
        source=state.policy.source or "worker",
        looks=state.looked.looks,
        failed_looks=state.looked.failed,
        old=VersionCounts(requests=old, errors=old_errors),
        new=VersionCounts(requests=new, errors=new_errors),
        verdict=verdict,
        reason="its deadline passed",
    )


def _note_end(
    opened: CanaryChange, change: ScriptChange, outcome: CanaryOutcome, words: str
) -> None:
    if change.canary is not None:
        kept = opened.found._replace(state=change.canary)
        target = opened.request.target
        outcome.result = CanaryResult.going_on(target, kept, words, moved=True)
        return
    outcome.result = _ended(opened, CanaryEnd.FINISHED, words)


def _ended(opened: CanaryChange, end: CanaryEnd, words: str) -> CanaryResult:
    share = WHOLE if end is CanaryEnd.FINISHED else 0.0
    moved = share != opened.found.state.share
    return CanaryResult(
        target=opened.request.target, state=end, share=share, words=words, moved=moved
    )
