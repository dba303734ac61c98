"""Who deployed what is live: edgefleet, on any machine, or another tool (A13)."""

import pytest

from edgefleet.cloudflare.models import Deployment, DeploymentEvent, LiveState, Version
from edgefleet.history.standing import foreign_words, standing
from support.past import by_hand, made
from support.records import deployed, run

COMMIT = "0123456789ab"
OWN = f"edgefleet 1.0.0, commit {COMMIT}, by octocat"
UPLOADED = {"message": "Automatic deployment on upload.", "triggered_by": "upload"}


def live(*history: DeploymentEvent, versions: tuple[Version, ...]) -> LiveState:
    """Return a script with these deployments, newest first."""
    now = history[0]
    return LiveState(
        deployment=Deployment(id=now.id, created_on="", versions=now.versions),
        history=history,
        versions=versions,
    )


def secret(number: int) -> Version:
    """Return a version that was made by setting a secret."""
    return Version(id=f"v{number}", number=number, set_secret=True)


def test_a_message_of_ours_tells_that_edgefleet_deployed() -> None:
    found = standing(live(deployed(9, "v1", message=OWN), versions=(by_hand(1),)))
    assert (found.foreign, found.commit) == (None, COMMIT)


def test_a_whole_upload_is_known_by_its_tag() -> None:
    found = standing(live(deployed(9, "v1", **UPLOADED), versions=(made(1, COMMIT),)))
    assert (found.foreign, found.commit) == (None, COMMIT)


def test_a_whole_upload_without_a_tag_is_known_by_its_record() -> None:
    now = live(deployed(9, "v1", **UPLOADED), versions=(by_hand(1),))
    assert standing(now).foreign == now.history[0]
    records = [run(1, 2, version_id="v1", git_commit=COMMIT)]
    assert standing(now, records) == (None, COMMIT, None)


def test_another_version_is_foreign() -> None:
    now = live(
        deployed(9, "v2", message="bob full"),
        deployed(5, "v1", message=OWN),
        versions=(by_hand(2), made(1, COMMIT)),
    )
    assert standing(now).foreign == now.history[0]


@pytest.mark.parametrize("message", [None, "bob is back"])
def test_own_version_deployed_by_hand_is_foreign(message: str | None) -> None:
    now = live(
        deployed(9, "v1", message=message),
        deployed(5, "v2", message=OWN),
        deployed(3, "v1", message=OWN),
        versions=(made(2), made(1, COMMIT)),
    )
    found = standing(now)
    assert (found.foreign, found.commit) == (now.history[0], COMMIT)


def test_a_secret_that_was_set_is_no_deploy_of_others() -> None:
    own = deployed(5, "v1", message=OWN)
    now = live(
        deployed(9, "v3", triggered_by="secret"),
        deployed(8, "v2", triggered_by="secret"),
        own,
        versions=(secret(3), secret(2), made(1, COMMIT)),
    )
    assert standing(now) == (None, COMMIT, "v1")


def test_a_foreign_deployment_is_told_in_one_harmless_line() -> None:
    bob = deployed(0, "v2", source="api", message='bob "full"\n::error::x')
    assert foreign_words(bob) == (
        "what is live was not deployed by edgefleet "
        '(api, 2026-03-01 12:00 UTC, "bob "full" ::error::x")'
    )
