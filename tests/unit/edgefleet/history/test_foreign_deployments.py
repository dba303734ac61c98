"""A run on another machine is one entry, and what others did is never hidden in it (A10)."""

from typing import Any

import pytest

from edgefleet.cloudflare.models import DeploymentEvent, Version
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.history.models import HistoryEntry
from edgefleet.history.rules import joined
from edgefleet.records.models import Action, Status
from edgefleet.records.signature import RESTORED, restore_message, with_canary
from edgefleet.state.canary_state import CanaryState, Looked
from support.past import by_hand, made
from support.records import NOON, TARGET, deployed

COMMIT = "0123456789ab"
DEPLOY = {"message": f"edgefleet 1.0.0, commit {COMMIT}, by octocat: weekly", "author": "token@x"}
OLD_DEPLOY = {"message": f"edgefleet 0.1.0, commit {COMMIT}", "author": "token@x"}
UPLOADED = {"message": "Automatic deployment on upload."}


def told(
    *newest_first: DeploymentEvent, versions: tuple[Version, ...] = ()
) -> tuple[HistoryEntry, ...]:
    """Return the entries of a clone without records."""
    return joined(TARGET, [], newest_first, versions)


def facts(entry: HistoryEntry) -> tuple[object, ...]:
    return entry.action, entry.result, entry.version_id, entry.commit, entry.who


def test_a_deploy_is_one_entry_with_action_commit_and_actor() -> None:
    canary, whole = deployed(4, "v1", "v2", **DEPLOY), deployed(5, "v2", **DEPLOY)
    (entry,) = told(whole, canary)
    assert facts(entry) == (Action.DEPLOY, Status.SUCCEEDED, "v2", COMMIT, "octocat")
    assert (entry.recorded, entry.why, entry.deployments) == (False, "weekly", (whole, canary))
    assert entry.when == canary.created_on


def test_older_messages_tell_what_they_can() -> None:
    (entry,) = told(deployed(5, "v2", **OLD_DEPLOY), deployed(4, "v1", "v2", **OLD_DEPLOY))
    assert facts(entry) == (Action.DEPLOY, Status.SUCCEEDED, "v2", COMMIT, "token@x")
    back = {"message": "edgefleet 0.1.0, rollback: bad"}
    versions = (made(2), made(1, COMMIT))
    (entry,) = told(deployed(7, "v1", **back), deployed(6, "v2", "v1", **back), versions=versions)
    assert facts(entry) == (Action.ROLLBACK, Status.SUCCEEDED, "v1", COMMIT, None)
    assert entry.why == "bad"


@pytest.mark.parametrize("more", [[], [deployed(5, "v2", **DEPLOY)]], ids=["canary", "traffic"])
def test_a_deploy_that_was_taken_back_says_so(more: list[DeploymentEvent]) -> None:
    back = deployed(6, "v1", message=RESTORED)
    (entry,) = told(back, *more, deployed(4, "v1", "v2", **DEPLOY))
    assert facts(entry) == (Action.DEPLOY, Status.RESTORED, "v2", COMMIT, "octocat")


def test_a_run_that_was_killed_at_nothing_is_in_progress() -> None:
    (entry,) = told(deployed(4, "v1", "v2", **DEPLOY))
    assert facts(entry)[:3] == (Action.DEPLOY, Status.IN_PROGRESS, "v2")


def step(at: float, share: float) -> DeploymentEvent:
    """Return a step of a canary in which v2 has this share."""
    shares = (("v1", 100 - share), ("v2", share))
    versions = [{"version_id": name, "percentage": percent} for name, percent in shares]
    return deployed(at, "v1", "v2", **DEPLOY, versions=versions)


def test_the_steps_of_a_canary_are_one_entry() -> None:
    steps = (step(4, 0), step(5, 20), step(6, 50))
    whole = deployed(7, "v2", **DEPLOY)
    (entry,) = told(whole, *reversed(steps))
    assert facts(entry) == (Action.DEPLOY, Status.SUCCEEDED, "v2", COMMIT, "octocat")
    assert entry.deployments == (whole, *reversed(steps))


@pytest.mark.parametrize("share", [20, 50])
def test_a_canary_that_was_killed_is_in_progress(share: float) -> None:
    (entry,) = told(step(5, share), step(4, 0))
    assert facts(entry)[:3] == (Action.DEPLOY, Status.IN_PROGRESS, "v2")


def test_equal_shares_alone_name_the_new_version() -> None:
    (entry,) = told(step(5, 50))
    assert entry.version_id == "v2"


def test_two_deploys_of_one_commit_are_two_entries() -> None:
    entries = told(
        deployed(9, "v3", **DEPLOY),
        deployed(8, "v2", "v3", **DEPLOY),
        deployed(5, "v2", **DEPLOY),
        deployed(4, "v1", "v2", **DEPLOY),
    )
    assert [entry.version_id for entry in entries] == ["v3", "v2"]


def test_a_whole_upload_is_told_by_its_version() -> None:
    version = made(1, COMMIT).model_copy(update={"message": DEPLOY["message"]})
    (entry,) = told(deployed(4, "v1", **UPLOADED), versions=(version,))
    assert facts(entry) == (Action.DEPLOY, Status.SUCCEEDED, "v1", COMMIT, "octocat")


def test_an_upload_that_edgefleet_signs_after_it_is_one_entry() -> None:
    signed, upload = deployed(5, "v1", **DEPLOY), deployed(4, "v1", **UPLOADED)
    (entry,) = told(signed, upload, versions=(by_hand(1),))
    assert facts(entry) == (Action.DEPLOY, Status.SUCCEEDED, "v1", COMMIT, "octocat")
    assert entry.deployments == (signed, upload)


def test_what_others_did_between_stands_for_itself() -> None:
    bob = deployed(7, "v1", message="bob full", source="api")
    entries = told(
        deployed(9, "v2", **DEPLOY),
        bob,
        deployed(5, "v2", **DEPLOY),
        deployed(4, "v1", "v2", **DEPLOY),
        deployed(3, "v1", **UPLOADED),
        versions=(made(2), made(1)),
    )
    assert [(entry.action, entry.why) for entry in entries] == [
        (Action.DEPLOY, "weekly"),
        (None, "bob full"),
        (Action.DEPLOY, "weekly"),
        (Action.DEPLOY, None),
    ]


def canary_step(at: float, number: int, looks: int = 0, **more: Any) -> DeploymentEvent:
    """Return a deployment of a canary that another machine continues: of a step, or of a look."""
    state = CanaryState(
        version="v2",
        policy=CanaryPolicy.model_validate({"steps": [20, 50], "source": "worker"}),
        begun=NOON,
        since=NOON,
        step=number,
        looked=Looked(looks=looks),
    )
    message = with_canary(str(DEPLOY["message"]), state)
    shares = [share.model_dump() for share in state.split("v1", "v2")]
    return deployed(at, "v1", "v2", message=message, versions=shares, **more)


def test_a_canary_goes_on_as_one_entry_whatever_its_looks() -> None:
    steps = (canary_step(4, -1), canary_step(5, 0), canary_step(6, 0, 3), canary_step(7, 1))

    (entry,) = told(*reversed(steps))

    assert facts(entry) == (Action.DEPLOY, Status.UNDER_WAY, "v2", COMMIT, "octocat")
    assert entry.why == "weekly"
    assert entry.under_way
    assert (entry.under_way.share, entry.under_way.version_id) == (50, "v2")


def test_a_canary_that_has_everything_has_succeeded() -> None:
    ends = (canary_step(8, 2), canary_step(9, 3))
    whole = deployed(10, "v2", **DEPLOY)

    (kept,) = told(*reversed(ends))
    (entry,) = told(whole, *reversed(ends))

    assert facts(kept)[:3] == (Action.DEPLOY, Status.SUCCEEDED, "v2")
    assert facts(entry)[:3] == (Action.DEPLOY, Status.SUCCEEDED, "v2")
    assert (kept.under_way is None, entry.under_way) == (False, None)


def test_a_canary_that_was_ended_says_why() -> None:
    back = deployed(9, "v1", message=restore_message("the canary was aborted at 20 %: no"))

    (entry,) = told(back, canary_step(5, 0))

    assert facts(entry)[:3] == (Action.DEPLOY, Status.RESTORED, "v2")
    assert entry.why == "the canary was aborted at 20 %: no"
