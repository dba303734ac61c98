"""The one policy of waits between attempts."""

import pytest

from edgefleet.errors import UsageError
from edgefleet.http.retry import (
    DEFAULT,
    NOT_SHOWN_WAITS,
    RESTORE,
    VARIABLE,
    Pauses,
    RetryPolicy,
    poll,
)
from support.clock import FakeClock


def pauses(clock: FakeClock, policy: RetryPolicy = DEFAULT, *, chance: float = 0) -> Pauses:
    return Pauses(clock.sleep, policy, monotonic=clock.monotonic, jitter=lambda: chance)


def test_waits_grow_up_to_a_minute_in_sum() -> None:
    clock = FakeClock()
    ours = pauses(clock)
    while ours.wait():
        pass
    assert clock.slept == list(DEFAULT.waits())
    assert sum(clock.slept) == pytest.approx(DEFAULT.seconds, rel=0.05)


def test_chance_makes_waits_shorter_and_never_longer() -> None:
    clock = FakeClock()
    ours = pauses(clock, chance=1)
    while ours.wait():
        pass
    assert clock.slept == [planned * (1 - DEFAULT.jitter) for planned in DEFAULT.waits()]


def test_requested_wait_is_kept_while_time_lasts() -> None:
    clock = FakeClock()
    ours = pauses(clock)
    assert [ours.wait(40), ours.wait(40), ours.wait(40)] == [True, True, False]
    assert clock.slept == [40, 20]


def test_a_restore_waits_out_cloudflares_own_refusals() -> None:
    clock = FakeClock()
    ours = pauses(clock, RESTORE)
    assert ours.wait(300)
    assert clock.slept == [300]


def test_attempts_that_took_long_leave_less_time() -> None:
    clock = FakeClock()
    ours = pauses(clock)
    clock.elapsed += DEFAULT.seconds
    assert not ours.wait()


def test_policy_without_attempts_or_shortened_waits() -> None:
    clock = FakeClock()
    policy = RetryPolicy(
        seconds=10, attempts=None, first_wait=1, longest_wait=4, jitter=0, shorten_last=False
    )
    ours = pauses(clock, policy)
    while ours.wait():
        pass
    assert clock.slept == [1, 2, 4]


def test_a_wish_to_stop_ends_the_wait() -> None:
    def stop(_seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Pauses(stop).wait()


def test_it_is_looked_again_only_while_the_caller_asks() -> None:
    clock = FakeClock()
    seen = iter([False, False, True, True])
    assert any(poll(lambda: next(seen), clock.sleep))
    assert clock.slept == list(NOT_SHOWN_WAITS[:2])


def test_the_environment_may_name_another_time_for_all_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, "6")
    clock = FakeClock()
    ours = pauses(clock)
    while ours.wait():
        pass
    assert clock.slept == pytest.approx([planned / 10 for planned in DEFAULT.waits()])


@pytest.mark.parametrize("written", ["soon", "-1", "nan", "1e9"])
def test_a_time_that_is_none_is_named(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, written)
    with pytest.raises(UsageError, match=VARIABLE):
        pauses(FakeClock())
