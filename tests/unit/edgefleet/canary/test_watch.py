from typing import Any

import pytest

from edgefleet.canary.models import Counts, Table, Window
from edgefleet.canary.sources import SourceUnread
from edgefleet.canary.watch import CanaryWatch, Watched
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.records.canary_steps import CanaryStep, Verdict
from edgefleet.state.canary_state import CanaryState, canary_state
from support.canaries import ScriptedSource, served
from support.clock import FakeClock

SOAK = 10.0
UNREAD = SourceUnread("no answer")
SLOW = Window(Table(Counts(160), Counts(40)), Table(Counts(160, 8), Counts(40, 30)))


def policy(**more: Any) -> CanaryPolicy:
    given = {"soak": "10s", "deadline": "60s", "warmUp": "0s", "minimumRequests": 100, **more}
    return CanaryPolicy.model_validate(given)


def no_probes(count: int) -> Window:
    raise AssertionError(f"{count} probes were not expected")


def watched(
    *looks: Window | SourceUnread, probed: Window | None = None, delay: float = 0.0, **more: Any
) -> tuple[CanaryStep, list[CanaryStep]]:
    """Return how a step ended, and how it stood at each look before."""
    seen: list[CanaryStep] = []
    probes = no_probes if probed is None else lambda _: probed
    source = ScriptedSource(*looks, delay=delay)
    watch = CanaryWatch(Watched(policy(**more), source, probes, FakeClock(), "acme"))
    return watch.step(5, seen.append), seen


def test_a_step_is_good_once_its_time_is_over() -> None:
    step, seen = watched(served(0, 1))

    assert step.verdict is Verdict.GOOD
    assert (step.share, step.source, step.looks) == (5, "worker", 11)
    assert (step.new.requests, step.new.errors) == (400, 0)
    assert (step.old.requests, step.old.errors) == (1600, 10)
    assert all(one.verdict is None for one in seen)


def test_a_bad_version_is_not_watched_to_the_end() -> None:
    step, seen = watched(served(20, 1))

    assert step.verdict is Verdict.BAD
    assert step.reason.startswith("its errors are no chance: ")
    assert len(seen) == 1
    assert step.evidence > 250


def test_slow_answers_make_a_version_bad() -> None:
    step, _ = watched(SLOW)

    assert step.verdict is Verdict.BAD
    assert step.reason.startswith("its slow answers are no chance")
    assert (step.old.slow, step.new.slow) == (8, 30)


def test_slow_answers_of_the_warm_up_do_not_count() -> None:
    step, _ = watched(SLOW, warmUp="30s")

    assert step.verdict is Verdict.GOOD
    assert step.new.slow is None


def test_a_step_waits_for_its_minimum_of_requests() -> None:
    step, _ = watched(served(new=4))

    assert step.verdict is Verdict.GOOD
    assert step.new.requests == 100
    assert step.seconds > SOAK


def test_the_old_version_needs_its_minimum_too() -> None:
    step, _ = watched(served(old=0))

    assert step.verdict is Verdict.TOO_LITTLE_TRAFFIC


def test_too_little_traffic_is_no_good_verdict() -> None:
    step, _ = watched(served(new=1, old=4), minimumRequests=1000)

    assert step.verdict is Verdict.TOO_LITTLE_TRAFFIC
    assert "requests of the 1000 that it takes" in step.reason
    assert 60 <= step.seconds < 62


def test_the_deadline_waits_for_a_late_source() -> None:
    step, _ = watched(served(new=0), delay=30)

    assert 90 <= step.seconds < 92


def test_probes_decide_where_traffic_lacks() -> None:
    probed = served(new=100, old=100)

    step, _ = watched(served(new=0), probed=probed, tooLittleTraffic="probe")

    assert (step.verdict, step.reason) == (Verdict.GOOD, "decided by 100 probes")
    assert (step.probes, step.new.requests) == (100, 100)


def test_probes_that_fail_make_a_version_bad() -> None:
    probed = served(90, 0, new=100, old=100)

    step, _ = watched(served(new=0), probed=probed, tooLittleTraffic="probe")

    assert step.verdict is Verdict.BAD


def test_a_source_that_fails_on_end_has_failed() -> None:
    step, _ = watched(served(), UNREAD)

    assert (step.verdict, step.reason) == (Verdict.SOURCE_FAILED, "no answer")
    assert (step.looks, step.failed_looks) == (6, 4)


def test_a_source_that_fails_now_and_then_goes_on() -> None:
    looks = [one for _ in range(12) for one in (UNREAD, UNREAD, served())]

    step, _ = watched(*looks)

    assert step.verdict is Verdict.GOOD
    assert step.failed_looks > 10


def test_evidence_adds_up_over_steps() -> None:
    source = ScriptedSource(*[served(1, 1)] * 11, served(2, 1))
    watch = CanaryWatch(Watched(policy(), source, no_probes, FakeClock(), "acme"))

    first, second = (watch.step(share, lambda _: None) for share in (5, 25))

    assert first.verdict is Verdict.GOOD
    assert first.evidence > 1
    assert second.verdict is Verdict.BAD


def test_what_a_look_raises_ends_the_canary() -> None:
    watch = CanaryWatch(Watched(policy(), ScriptedSource(served()), no_probes, FakeClock(), "acme"))

    def stop(_: CanaryStep) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch.step(5, stop)


BEGUN = FakeClock().now()


def continued(
    *looks: Window | SourceUnread, state: CanaryState | None = None, after: float = 5, **more: Any
) -> tuple[CanaryStep, CanaryState]:
    """Return what one look shows, and the state that the next one begins with."""
    clock = FakeClock()
    clock.sleep(after)
    before = state or CanaryState(
        version="new", policy=policy(**more), begun=BEGUN, step=0, since=BEGUN
    )
    assert canary_state(before.text())
    before = canary_state(before.text()) or before  # as another command reads it
    watch = CanaryWatch(
        Watched(before.policy, ScriptedSource(*looks), lambda _: served(), clock, "acme")
    )
    step = watch.once(before, BEGUN)
    return step, before.model_copy(update={"looked": watch.looked()})


def test_looks_of_several_commands_add_up() -> None:
    step, state = continued(served(0, 1), soak="2s", minimumRequests=80)
    assert (step.verdict, step.new.requests, step.looks) == (None, 40, 1)

    step, _ = continued(served(0, 1), state=state)

    assert (step.verdict, step.new.requests, step.looks) == (Verdict.GOOD, 80, 2)
    assert (step.old.requests, step.old.errors) == (320, 2)


def test_evidence_of_several_commands_adds_up() -> None:
    foreground, _ = watched(*[served(2, 1)] * 5)
    state, step = None, foreground
    for _ in range(20):
        step, state = continued(served(2, 1), state=state)
        if step.verdict:
            break

    assert step.verdict is Verdict.BAD
    assert step.looks == foreground.looks - 1  # a run in the foreground begins with one more
    assert step.evidence == pytest.approx(foreground.evidence, rel=1e-3)


def test_a_command_asks_a_source_that_fails_again() -> None:
    step, state = continued(UNREAD, UNREAD, served(), minimumRequests=40)
    assert (step.verdict, step.looks, step.failed_looks) == (None, 3, 2)

    step, _ = continued(UNREAD, state=state)

    assert (step.verdict, step.reason) == (Verdict.SOURCE_FAILED, "no answer")


def test_slow_answers_since_the_warm_up_count() -> None:
    cold, _ = continued(SLOW, warmUp="30s", after=60)
    warm, _ = continued(SLOW, warmUp="0s", after=60)

    assert (cold.new.slow, warm.new.slow) == (None, 30)


def test_a_pause_follows_too_little_traffic_at_once() -> None:
    step, _ = watched(served(new=0), tooLittleTraffic="pause")

    assert step.verdict is Verdict.TOO_LITTLE_TRAFFIC
    assert step.seconds < 12


def test_probes_decide_where_the_source_fails() -> None:
    step, _ = watched(served(), UNREAD, probed=served(new=100, old=100), sourceFailed="probe")

    assert (step.verdict, step.reason) == (Verdict.GOOD, "decided by 60 probes")
    assert step.seconds >= SOAK
