"""Which run explains which deployment."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgefleet.cloudflare.models import DeploymentEvent
from edgefleet.history.models import HistoryEntry
from edgefleet.history.rules import joined
from edgefleet.records.models import Action, Record, RecordedError, Status
from edgefleet.records.signature import RESTORED
from support.records import TARGET, at, deployed, run

OURS = {"message": "edgefleet 1.0.0, commit c"}


def only(record: Record, deployment: DeploymentEvent) -> tuple[HistoryEntry, ...]:
    return joined(TARGET, [record], [deployment])


def test_one_entry_for_a_run_with_all_that_it_deployed() -> None:
    canary, whole = deployed(3, "old", "new", **OURS), deployed(5, "new", **OURS)
    record = run(
        0, 9.5, version_id="new", previous_version_id="old", actor="ada", git_commit="c" * 40
    )
    (entry,) = joined(TARGET, [record], [whole, canary])
    assert entry.recorded
    assert entry.deployments == (whole, canary)
    assert (entry.when, entry.who, entry.commit) == (record.started, "ada", "c" * 40)
    assert (entry.action, entry.result, entry.version_id) == ("deploy", "succeeded", "new")
    assert entry.seconds == 9.5


def test_what_no_record_explains_is_told_as_cloudflare_tells_it() -> None:
    other = deployed(3, "theirs", source="dash", author="eve@example.com", message="quick fix")
    (entry,) = joined(TARGET, [], [other])
    assert not entry.recorded
    assert (entry.who, entry.source, entry.why) == ("eve@example.com", "dash", "quick fix")
    assert (entry.action, entry.result, entry.commit, entry.seconds) == (None, None, None, None)
    assert (entry.version_id, entry.when, entry.deployments) == (
        "theirs",
        other.created_on,
        (other,),
    )


@pytest.mark.parametrize(
    ("made", "explained"),
    [(-6, False), (-4, True), (0, True), (9, True), (14, True), (16, False)],
)
def test_run_explains_deployments_of_its_time_with_clock_skew(made: float, explained: bool) -> None:
    entries = only(run(0, 10, version_id="v"), deployed(made, "v"))
    assert [entry.recorded for entry in entries].count(False) == (0 if explained else 1)


def test_foreign_version_is_not_ours_during_our_run() -> None:
    entries = only(run(0, 10, version_id="v"), deployed(5, "theirs"))
    assert [entry.recorded for entry in entries] == [False, True]


def test_what_others_did_during_a_run_is_never_hidden_in_it() -> None:
    """A10."""
    bob = deployed(5, "old", "theirs", message="bob tries")
    entries = only(run(0, 10, version_id="new", previous_version_id="old"), bob)
    assert [entry.why for entry in entries if not entry.recorded] == ["bob tries"]


def test_restore_is_explained_by_its_version() -> None:
    back = deployed(8, "old", message=RESTORED)
    failed = run(0, 10, status=Status.RESTORED, version_id="bad", previous_version_id="old")
    (entry,) = only(failed, back)
    assert entry.deployments == (back,)


def test_a_run_that_changed_nothing_explains_nothing() -> None:
    unchanged = run(0, 10, status=Status.UNCHANGED, version_id="v")
    assert len(only(unchanged, deployed(5, "v"))) == 2


def test_killed_run_explains_only_a_short_time_after() -> None:
    killed = run(0, None, version_id="v")
    assert len(only(killed, deployed(600, "v"))) == 1
    assert len(only(killed, deployed(2 * 86_400, "v"))) == 2


def test_a_killed_canary_explains_what_came_soon_after() -> None:
    step = {"share": 20, "started": at(10_000), "source": "worker"}
    killed = run(0, None, version_id="v", canary=[step])
    assert len(only(killed, deployed(12_000, "v"))) == 1


def test_the_verdict_of_a_canary_is_told() -> None:
    step = {"share": 20, "started": at(1), "source": "worker", "verdict": "good"}
    (entry,) = joined(TARGET, [run(0, 9, version_id="v", canary=[step])], None)
    assert (entry.canary, entry.why) == ("good", "canary good at 20 %")


def test_after_a_killed_run_the_next_one_explains_its_own() -> None:
    killed = run(0, None, version_id="a", previous_version_id="live")
    again = run(60, 70, version_id="b", previous_version_id="live")
    back = deployed(65, "live", message=RESTORED)
    entries = joined(TARGET, [killed, again], [back])
    assert [(entry.version_id, entry.deployments) for entry in entries] == [
        ("b", (back,)),
        ("a", ()),
    ]


def test_between_two_runs_the_nearer_one_explains_it() -> None:
    first, second = run(0, 10, version_id="v"), run(14, 20, version_id="v")
    entries = joined(TARGET, [first, second], [deployed(11, "v")])
    assert [len(entry.deployments or ()) for entry in entries] == [0, 1]


def test_a_record_stays_though_cloudflare_shows_nothing_of_it() -> None:
    (entry,) = joined(TARGET, [run(0, 10, version_id="v")], [])
    assert (entry.result, entry.deployments) == ("succeeded", ())


def test_unread_deployments_are_not_mentioned() -> None:
    (entry,) = joined(TARGET, [run(0, 10, version_id="v")], None)
    assert entry.deployments is None


def test_the_error_of_a_run_says_why() -> None:
    error = RecordedError(code="unhealthy", message="/health answered 500")
    (entry,) = joined(TARGET, [run(0, 10, status=Status.FAILED, error=error)], [])
    assert entry.why == "/health answered 500"


def test_the_reason_that_was_given_comes_before_the_error() -> None:
    error = RecordedError(code="unhealthy", message="/health answered 500")
    given = run(0, 10, action=Action.ROLLBACK, reason="checkout broken")
    failed = given.model_copy(update={"status": Status.FAILED, "error": error})
    assert [entry.why for entry in joined(TARGET, [given], [])] == ["checkout broken"]
    assert [entry.why for entry in joined(TARGET, [failed], [])] == [
        "checkout broken: /health answered 500"
    ]


def test_an_unfinished_run_has_no_duration() -> None:
    (entry,) = joined(TARGET, [run(0, None, action=Action.ROLLBACK)], [])
    assert (entry.action, entry.result, entry.seconds) == ("rollback", "in_progress", None)


versions = st.sampled_from(["a", "b", "c"])
moments = st.integers(0, 200)
runs = st.builds(
    lambda start, length, status, new, old: run(
        start,
        None if length is None else start + length,
        status=status,
        version_id=new,
        previous_version_id=old,
    ),
    moments,
    st.none() | st.integers(0, 60),
    st.sampled_from(Status),
    st.none() | versions,
    st.none() | versions,
)
deployments = st.builds(deployed, moments, versions, versions)


@given(st.lists(runs, max_size=6), st.lists(deployments, max_size=8))
def test_entries_appear_once_and_newest_first(
    records: list[Record], made: list[DeploymentEvent]
) -> None:
    entries = joined(TARGET, records, made)
    told = [one for entry in entries for one in entry.deployments or ()]
    assert Counter(one.id for one in told) == Counter(one.id for one in made)
    assert sum(entry.recorded for entry in entries) == len(records)
    times = [entry.when for entry in entries]
    assert times == sorted(times, reverse=True)
