"""What a verdict on a step leads to: an error, with its exit code, or a pause."""

from edgefleet.canary.watch import PAUSE
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.config.target import Target
from edgefleet.errors import EdgefleetError, EvidenceFailed, TooLittleTraffic, UnhealthyError
from edgefleet.records.canary_steps import CanaryStep, Verdict, VersionCounts
from edgefleet.state.canary_state import Pause


class CanaryWorse(UnhealthyError):
    """Under traffic the new version was worse than the old one."""

    code = "canary_bad"


class CanaryExpired(TooLittleTraffic):
    """The deadline of a canary passed before its new version had everything."""

    code = "canary_expired"


def pause_of(verdict: Verdict | None, policy: CanaryPolicy) -> Pause | None:
    """Return why a canary pauses after a verdict; None where its policy says anything else."""
    if verdict is Verdict.TOO_LITTLE_TRAFFIC and policy.too_little_traffic == PAUSE:
        return Pause.TOO_LITTLE_TRAFFIC
    if verdict is Verdict.SOURCE_FAILED and policy.source_failed == PAUSE:
        return Pause.SOURCE_FAILED
    return None


def paused(error: EdgefleetError, target: Target) -> EdgefleetError:
    """Return the error of a canary that stays under way, with the command that continues it."""
    return error.amended(
        message=f"{error.message}; it is paused, and keeps its share",
        hint=f"edgefleet canary continue {target.as_selector}",
    )


def objection(step: CanaryStep, target: Target) -> EdgefleetError:
    """Return the error that a verdict other than good leads to."""
    at = f"at {step.share:g} % of the traffic"
    again = f"edgefleet deploy {target.as_option}"
    if step.verdict is Verdict.BAD:
        return CanaryWorse(f"the new version was worse {at}: {step_words(step)}")
    if step.verdict is Verdict.SOURCE_FAILED:
        return EvidenceFailed(
            f"{step.source}, which counts, failed {at}: {step.reason}",
            hint=f"once it works: {again}; or without a canary: {again} --canary none",
        )
    if step.verdict is Verdict.EXPIRED:
        return CanaryExpired(
            f"the canary was {at} when its deadline passed", hint=f"deploy again: {again}"
        )
    return TooLittleTraffic(
        f"there was too little traffic {at} to judge the new version: {step.reason}",
        hint="raise 'deadline' or lower 'minimumRequests' of the canary policy "
        f"(docs/canaries.md); or deploy without a canary: {again} --canary none",
    )


def step_words(step: CanaryStep) -> str:
    """Return what a step showed: `good: 1 error in 240 requests of the new version, ...`."""
    verdict = (step.verdict or "under way").replace("_", " ")
    new, old = errors_words(step.new), errors_words(step.old)
    words = f"{verdict}: {new} of the new version, {old} of the old"
    return f"{words}; {step.reason}" if step.reason else words


def errors_words(counts: VersionCounts) -> str:
    """Return what was counted of one version: `1 error in 240 requests`."""
    errors = f"{counts.errors:,} error{'' if counts.errors == 1 else 's'}"
    slow = "" if counts.slow is None else f" and {counts.slow:,} slow"
    return f"{errors}{slow} in {counts.requests:,} requests"
