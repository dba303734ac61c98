"""A rollback goes to a proved version, never to one that was marked as bad."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgefleet.cloudflare.models import Deployment, TrafficShare
from edgefleet.records.models import Action, RecordedError, Status
from edgefleet.records.signature import Signed
from edgefleet.rollback.models import TrafficEvent, VersionSource
from edgefleet.rollback.rules import (
    KilledRollback,
    abandoned_events,
    events_of_deployments,
    events_of_records,
    killed_rollback,
    named_version,
    previous_version,
    version_source,
    versions_made_elsewhere,
)
from support.past import by_hand, made
from support.records import deployed, run

NAMES = "abcdef"
UNHEALTHY = RecordedError(code="unhealthy", message="500")
moves = st.lists(
    st.builds(
        TrafficEvent,
        version_id=st.none() | st.sampled_from(NAMES),
        abandoned=st.none() | st.sampled_from(NAMES),
    )
)


def deploys(*versions: str) -> list[Any]:
    """Return records of good deploys, newest first."""
    return [run(at, at + 1, version_id=one) for at, one in enumerate(versions)][::-1]


def back(at: float, version: str, before: str, **fields: Any) -> Any:
    given = {"version_id": version, "previous_version_id": before, **fields}
    return run(at, at + 1, action=Action.ROLLBACK, **given)


def chosen(records: list[Any], live: str) -> str | None:
    return previous_version(list(events_of_records(records)), live)


@given(moves, st.sampled_from(NAMES))
def test_candidate_is_not_live_and_proved_since_marked_bad(
    past: list[TrafficEvent], live: str
) -> None:
    found = previous_version(past, live)
    if found is None:
        return
    assert found != live
    since = past[: [move.version_id for move in past].index(found) + 1]
    assert found not in [event.abandoned for event in since]


@given(moves, st.sampled_from(NAMES))
def test_no_candidate_if_all_were_marked_bad_since(past: list[TrafficEvent], live: str) -> None:
    if previous_version(past, live) is not None:
        return
    for at, move in enumerate(past):
        later = {one.abandoned for one in past[: at + 1]}
        assert move.version_id in {None, live} | later


@given(moves, st.sampled_from(NAMES))
def test_repeated_rollbacks_end_and_come_to_no_version_twice(
    past: list[TrafficEvent], live: str
) -> None:
    seen = [live]
    while (found := previous_version(past, seen[-1])) is not None:
        past = [TrafficEvent(version_id=found, abandoned=seen[-1]), *past]
        seen.append(found)
        assert len(seen) <= len(NAMES)
    assert len(set(seen)) == len(seen)


def test_version_is_named_by_id_or_known_prefix() -> None:
    full = "0d9f1c22-5b08-40f9-a698-498dbc508a41"
    twin = "0d9f1c22-ffff-40f9-a698-498dbc508a41"
    records = [full]
    assert named_version(full, []) == full
    assert named_version("0d9f1c22", records) == full
    assert named_version("0d9f1c2", records) is None
    assert named_version("0d9f1c22", []) is None
    assert named_version("0d9f1c22", [full, twin]) is None
    assert named_version("previous", records) is None


def test_previous_is_the_deploy_before_the_live_one() -> None:
    assert chosen(deploys("a", "b", "c"), "c") == "b"
    assert chosen(deploys("a"), "a") is None


@pytest.mark.parametrize("status", [Status.FAILED, Status.RESTORED, Status.UNCHANGED, None])
def test_what_was_never_healthy_is_no_candidate(status: Status | None) -> None:
    bad = run(5, None if status is None else 6, version_id="x", **_status(status))
    assert chosen([bad, *deploys("a", "b")], "b") == "a"


def _status(status: Status | None) -> dict[str, Any]:
    return {} if status is None else {"status": status}


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.IN_PROGRESS, Status.RESTORED])
def test_rolled_back_version_is_never_a_candidate(status: Status) -> None:
    records = [back(9, "b", "c", status=status), *deploys("a", "b", "c")]
    assert chosen(records, "b") == "a"
    assert chosen([run(20, 21, version_id="d"), *records], "d") == "b"


def test_a_version_that_was_proved_again_is_one_again() -> None:
    records = [back(9, "c", "b"), back(7, "b", "c"), *deploys("a", "b", "c")]
    assert chosen([run(20, 21, version_id="d"), *records], "d") == "c"


def test_unhealthy_rollback_target_is_skipped() -> None:
    failed = back(9, "b", "c", status=Status.RESTORED, error=UNHEALTHY)
    assert chosen([failed, *deploys("a", "b", "c")], "c") == "a"
    throttled = UNHEALTHY.model_copy(update={"code": "cloudflare_api"})
    retried = back(9, "b", "c", status=Status.RESTORED, error=throttled)
    assert chosen([retried, *deploys("a", "b", "c")], "c") == "b"


def test_settings_that_failed_do_not_tell_against_their_version() -> None:
    failed = run(
        9, 10, version_id="b", previous_version_id="b", status=Status.RESTORED, error=UNHEALTHY
    )
    assert chosen([run(20, 21, version_id="c"), failed, *deploys("a", "b")], "c") == "b"


def test_history_shows_versions_left_by_a_rollback() -> None:
    numbers = {"a": 1, "b": 2, "c": 3, "d": 4}
    past = [deployed(at, one) for at, one in enumerate(["a", "b", "c", "b", "d"])][::-1]
    assert previous_version(list(events_of_deployments(past, numbers)), "d") == "b"
    assert previous_version(list(events_of_deployments(past[1:], numbers)), "b") == "a"


def test_undeployable_version_is_no_candidate() -> None:
    past = [deployed(at, one) for at, one in enumerate(["a", "old", "c"])][::-1]
    assert previous_version(list(events_of_deployments(past, {"a": 101, "c": 103})), "c") == "a"


def test_a_canary_is_no_move() -> None:
    past = [deployed(3, "a"), deployed(2, "a", "b"), deployed(1, "a")]
    assert previous_version(list(events_of_deployments(past, {"a": 1, "b": 2})), "a") is None


def in_force(*versions: str) -> Deployment:
    shares = tuple(TrafficShare(version_id=one, percentage=0) for one in versions)
    return Deployment(id="d", created_on="", versions=shares)


def test_only_a_rollback_that_was_killed_on_its_way_is_taken_up() -> None:
    record = back(1, "a", "b", status=Status.IN_PROGRESS)
    assert killed_rollback(record, in_force("b", "a"), None) == KilledRollback("a", "b")
    assert killed_rollback(record, in_force("b"), None) is None
    assert (
        killed_rollback(record.model_copy(update={"version_id": None}), in_force("a"), None) is None
    )
    deploy = record.model_copy(update={"action": Action.DEPLOY})
    assert killed_rollback(deploy, in_force("a"), None) is None
    assert killed_rollback(back(1, "a", "b"), in_force("a"), None) is None
    assert killed_rollback(None, in_force("a"), None) is None


def test_killed_rollback_elsewhere_is_known_by_message() -> None:
    """R27."""
    both = (
        TrafficShare(version_id="live", percentage=100),
        TrafficShare(version_id="older", percentage=0),
    )
    split = Deployment(id="d", created_on="", versions=both)
    whole = Deployment(id="d", created_on="", versions=both[:1])
    signed = Signed(Action.ROLLBACK)
    assert killed_rollback(None, split, signed) == KilledRollback("older", "live")
    assert killed_rollback(None, split, Signed(Action.DEPLOY)) is None
    assert killed_rollback(None, whole, signed) is None


def test_commit_comes_from_the_last_good_record_or_the_tag() -> None:
    digest, commit = "0123456789abcdef", "a1b2c3d4e5f6"
    record = run(1, 2, version_id="a", git_commit=commit * 3, dirty=True, bundle_digest=digest)
    failed = run(3, 4, version_id="a", git_commit="x", status=Status.RESTORED)
    found = version_source("a", [failed, record], "")
    assert found == VersionSource(commit=commit * 3, dirty=True, bundle_digest=digest)
    assert version_source("b", [record], f"{digest}-{commit}") == VersionSource(commit=commit)
    assert version_source("b", [record], "by hand") == VersionSource()


def test_what_was_given_up_and_proved_since_is_not_given_up() -> None:
    past = [
        TrafficEvent(version_id="b", abandoned="c"),
        TrafficEvent(version_id="c", abandoned="a"),
        TrafficEvent(abandoned="c"),
    ]
    assert list(abandoned_events(past)) == [
        TrafficEvent(abandoned="c"),
        TrafficEvent(abandoned="a"),
    ]
    assert list(abandoned_events([TrafficEvent(version_id="a"), TrafficEvent(abandoned="a")])) == []


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [("v1", "v4", True), ("v2", "v3", True), ("v3", "v4", False), ("v1", "v2", False)],
)
def test_versions_of_other_machines_count_in_between(
    since: str, until: str, *, expected: bool
) -> None:
    versions = [made(1), made(2), made(3), by_hand(4)]
    assert versions_made_elsewhere(versions, deploys("v1", "v2"), since, until) is expected


def test_a_live_version_beyond_the_list_is_newer_than_all() -> None:
    assert versions_made_elsewhere([made(2)], deploys("v1"), "v1", "unlisted")
