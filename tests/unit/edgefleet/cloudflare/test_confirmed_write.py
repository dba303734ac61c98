"""A lost answer is looked after before anything is repeated."""

from collections.abc import Callable

import pytest

from edgefleet.cloudflare.confirmed_write import LATE_SECONDS, uploaded, write_and_confirm
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.errors import CloudflareError
from edgefleet.http.retry import DEFAULT, Pauses
from support.clock import FakeClock

NO_ANSWER = ApiError("dropped")


def pauses(clock: FakeClock) -> Pauses:
    return Pauses(clock.sleep, monotonic=clock.monotonic, jitter=lambda: 0)


def failing(*errors: ApiError) -> tuple[Callable[[], None], list[ApiError | None]]:
    """Return a write that fails in these ways, one after the other, and the list of its calls."""
    left, made = list(errors), list[ApiError | None]()

    def write() -> None:
        made.append(left.pop(0) if left else None)
        if made[-1]:
            raise made[-1]

    return write, made


def test_a_change_that_comes_late_is_waited_for_and_not_repeated() -> None:
    clock = FakeClock()
    write, made = failing(NO_ANSWER)
    write_and_confirm(write, lambda: clock.elapsed >= sum(LATE_SECONDS), pauses(clock))
    assert made == [NO_ANSWER]


def test_a_change_that_never_comes_is_made_once_more() -> None:
    write, made = failing(NO_ANSWER)
    write_and_confirm(write, lambda: False, pauses(FakeClock()))
    assert made == [NO_ANSWER, None]


def test_a7_failing_server_is_retried_for_a_minute() -> None:
    clock = FakeClock()
    trouble = ApiError("HTTP 500", status=500)
    write, made = failing(*[trouble] * len(list(DEFAULT.waits())))
    write_and_confirm(write, lambda: False, pauses(clock))
    assert made[-1] is None
    assert clock.slept == list(DEFAULT.waits())


def test_a7_trouble_that_lasts_longer_is_an_error() -> None:
    trouble = ApiError("HTTP 500", status=500)
    write, made = failing(*[trouble] * 50)
    with pytest.raises(ApiError, match="HTTP 500"):
        write_and_confirm(write, lambda: False, pauses(FakeClock()))
    assert len(made) == DEFAULT.attempts


def test_server_that_answered_is_waited_for_as_it_asks() -> None:
    clock = FakeClock()
    write, _ = failing(ApiError("throttled", status=429, retry_after=7))
    write_and_confirm(write, lambda: False, pauses(clock))
    assert clock.slept == [7]


def test_a_refusal_is_no_lost_answer() -> None:
    write, made = failing(ApiError("no", codes=(10220,), status=400))
    with pytest.raises(ApiError, match="no"):
        write_and_confirm(write, lambda: True, pauses(FakeClock()))
    assert len(made) == 1


def test_conflict_after_a_lost_attempt_is_success() -> None:
    write, made = failing(NO_ANSWER, ApiError("it is gone", codes=(10007,), status=404))
    write_and_confirm(write, lambda: len(made) == 2, pauses(FakeClock()))
    assert len(made) == 2


def uploading(*ends: str | ApiError) -> Callable[[], str]:
    left = list(ends)

    def upload() -> str:
        end = left.pop(0)
        if isinstance(end, ApiError):
            raise end
        return end

    return upload


def test_a7_an_upload_is_made_again_after_a_servers_fault() -> None:
    upload = uploading(ApiError("HTTP 500", status=500), "v2")
    assert uploaded(upload, lambda: None, pauses(FakeClock())) == ("v2", False)


def test_an_upload_that_happened_is_not_made_again() -> None:
    assert uploaded(uploading(NO_ANSWER), lambda: "v2", pauses(FakeClock())) == ("v2", True)


def test_refusal_after_an_unclear_upload_is_not_final() -> None:
    refusal = ApiError("the migration was applied", codes=(10079,), status=412)
    with pytest.raises(CloudflareError, match="the migration was applied") as caught:
        uploaded(uploading(NO_ANSWER, refusal), lambda: None, pauses(FakeClock()))
    assert not isinstance(caught.value, ApiError)
