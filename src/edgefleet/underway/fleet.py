"""One command and the canaries of many targets: each under its own lock, none stops another."""

from collections.abc import Callable, Sequence

from edgefleet.config.target import Target
from edgefleet.core.parallel import MAX_PARALLEL, in_parallel
from edgefleet.deploy.request import Dependencies
from edgefleet.errors import EdgefleetError, ExitCode, Interrupted
from edgefleet.underway.models import CanaryResult
from edgefleet.underway.request import CanaryRequest
from edgefleet.underway.underway import act_on_canary, look_for_canary, nothing

WORST_FIRST = (
    ExitCode.INTERRUPTED,
    ExitCode.RESTORE_FAILED,
    ExitCode.UNHEALTHY,
    ExitCode.SOURCE_FAILED,
    ExitCode.TOO_LITTLE_TRAFFIC,
    ExitCode.FAULT,
    ExitCode.EXTERNAL,
    ExitCode.BUSY,
    ExitCode.CREDENTIALS,
    ExitCode.CONFIG,
    ExitCode.USAGE,
)
"""Which exit code a command ends with where targets end with several."""

OnError = Callable[[Target, EdgefleetError], None]
"""Takes a target and the error that stopped the command there, so that nothing is known of it."""
EachResult = Callable[[CanaryResult], None]


def act_on_canaries(
    requests: Sequence[CanaryRequest],
    ports: Callable[[], Dependencies],
    each: EachResult,
    on_error: OnError,
) -> EdgefleetError | None:
    """Do the same with the canary of each target, one after the other; return the worst error.

    Which of them have a canary is read of all together first. Raises `Interrupted`.
    """
    found = in_parallel(requests, lambda one: look_for_canary(one, ports()), parallel=MAX_PARALLEL)
    errors: list[EdgefleetError] = []
    for request, canary in zip(requests, list(found), strict=True):
        if isinstance(canary, EdgefleetError):
            on_error(request.target, canary)
            errors.append(canary)
        elif canary is None:
            each(nothing(request))
        else:
            errors += _one(request, ports(), each, on_error)
    return min(errors, key=_badness, default=None)


def _one(
    request: CanaryRequest, deps: Dependencies, each: EachResult, on_error: OnError
) -> list[EdgefleetError]:
    deps.progress.heading(f"canary {request.action}: {request.target}")
    try:
        acted = act_on_canary(request, deps)
    except Interrupted:
        raise
    except EdgefleetError as error:
        on_error(request.target, error)
        return [error]
    each(acted.result)
    return [acted.error] if acted.error else []


def _badness(error: EdgefleetError) -> int:
    code = error.exit_code
    return WORST_FIRST.index(code) if code in WORST_FIRST else len(WORST_FIRST)
