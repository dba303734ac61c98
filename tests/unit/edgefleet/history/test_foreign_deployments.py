"""A run on another machine is one entry, and what others did is never hidden in it (A10)."""

import pytest

from edgefleet.cloudflare.models import DeploymentEvent, Version
from edgefleet.history.models import HistoryEntry
from edgefleet.history.rules import joined
from edgefleet.records.models import Action, Status
from edgefleet.records.signature import RESTORED
from support.past import by_hand, made
from support.records import TARGET, deployed

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
