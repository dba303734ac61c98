from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from edgefleet.cloudflare.limits import MESSAGE_BYTES
from edgefleet.cloudflare.models import TrafficShare
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.state.canary_state import (
    CanaryState,
    Looked,
    Pause,
    canary_state,
    policy_digest,
)

BEGUN = datetime(2026, 11, 28, 18, tzinfo=UTC)
LARGE = 10**15
FULL = Looked(
    old=(LARGE, LARGE),
    new=(LARGE, LARGE),
    slow=(LARGE, LARGE),
    looks=100,
    failed=3,
    interval=10.5,
    mark=(*[float(LARGE)] * 8, 342.5),
    judged=(-12.3456, 0.5, 699.123, *[float(LARGE)] * 4, -0.125, 2.0, 3.0, *[float(LARGE)] * 4),
)


def policy(**keys: Any) -> CanaryPolicy:
    given = {"steps": [5, 25, 50], "source": "worker", **keys}
    return CanaryPolicy.model_validate(given)


def state(step: int = 0, **more: Any) -> CanaryState:
    given = {"version": "1a2b3c4d", "policy": policy(), "begun": BEGUN, "since": BEGUN, **more}
    return CanaryState(step=step, **given)


def test_what_is_written_is_read_again() -> None:
    longest = policy(
        steps=[1, 2, 3, 4, 5, 6, 7.5, 50],
        minimumRequests=1_000_000,
        deadline="999999h",
        source="analytics",
        tooLittleTraffic="restore",
        sourceFailed="pause",
        keep="999999h",
    )
    given = state(7, policy=longest, digest="0a1b2c3d", dirty=True, paused=Pause.TOO_LITTLE_TRAFFIC)
    given = given.model_copy(update={"looked": FULL})

    text = given.text()

    assert canary_state(text) == given
    assert len(text.encode()) < MESSAGE_BYTES - 200
    assert not set(text) & set(":,")


def test_a_canary_without_steps_is_written_and_read() -> None:
    given = state(1, policy=policy(steps=[], keep="1h"))

    assert canary_state(given.text()) == given
    assert given.kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "canary",
        "canary 1a2b3c4d",
        state().text().replace("step 0", "step 9"),
        state().text().replace("step 0", "step many"),
        state().text().replace("steps 5/25/50", "steps 50/5"),
        state().text().replace("seen 0/0/0/0/0/0", "seen 0"),
        state().text().replace("begun 2026", "begun x026"),
        state().text().replace("source worker", "source tail"),
        state().text().replace(" soak 600", ""),
    ],
)
def test_what_another_wrote_is_no_state(text: str) -> None:
    assert canary_state(text) is None


def test_words_of_a_newer_edgefleet_are_passed_over() -> None:
    assert canary_state(f"{state().text()} more 12") == state()


@pytest.mark.parametrize(
    ("step", "share", "kept"), [(-1, 0, False), (1, 25, False), (3, 100, False), (4, 100, True)]
)
def test_a_step_has_its_share(step: int, share: float, kept: bool) -> None:
    given = state(step)

    assert (given.share, given.kept) == (share, kept)
    assert given.split("old", "new") == (
        TrafficShare(version_id="old", percentage=100 - share),
        TrafficShare(version_id="new", percentage=share),
    )


def test_it_is_over_at_its_deadline_and_what_is_kept_later() -> None:
    lasting = policy(deadline="2h", keep="1h")
    later = BEGUN + timedelta(hours=5)

    assert state(2, policy=lasting, since=later).until == BEGUN + timedelta(hours=2)
    assert state(4, policy=lasting, since=later).until == later + timedelta(hours=1)


def test_a_late_source_makes_a_step_longer() -> None:
    late = policy(source="logs", soak="10m", delay="5m")

    assert state().step_until == BEGUN + timedelta(minutes=10)
    assert state(policy=late).step_until == BEGUN + timedelta(minutes=15)


def test_the_next_step_keeps_what_the_tests_have_seen() -> None:
    moved = state(looked=FULL, paused=Pause.PERSON).at(1, BEGUN + timedelta(minutes=10))

    assert (moved.step, moved.paused, moved.begun) == (1, None, BEGUN)
    assert moved.looked == Looked(judged=FULL.judged)


def test_the_canary_begins_with_its_first_step() -> None:
    later = BEGUN + timedelta(minutes=1)

    assert state(-1).at(0, later).begun == later


def test_a_digest_tells_policies_apart() -> None:
    assert policy_digest(policy()) == policy_digest(policy())
    assert len({policy_digest(one) for one in (None, policy(), policy(soak="9m"))}) == 3
