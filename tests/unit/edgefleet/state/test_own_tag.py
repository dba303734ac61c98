"""Which assets a live version has, as edgefleet's own tags and messages say."""

from datetime import UTC, datetime

import pytest

from edgefleet.cloudflare.models import (
    Deployment,
    DeploymentEvent,
    LiveState,
    TrafficShare,
    Version,
)
from edgefleet.records.models import Action, Origin
from edgefleet.records.signature import commit_of_tag, message_of, own_tag, read_message
from edgefleet.state.own_tag import live_assets, tag_of

BUNDLE, COMMIT, ASSETS = "ab" * 32, "c" * 40, "0123456789abcdef"
TAG = tag_of(BUNDLE, COMMIT, ASSETS)


def live(
    *versions: Version, messages: tuple[str, ...] = (), canary: tuple[TrafficShare, ...] = ()
) -> LiveState:
    """Return a script whose last version here is live; each message is a deployment of it."""
    share = (TrafficShare(version_id=versions[-1].id, percentage=100), *canary)
    return LiveState(
        deployment=Deployment(id="d", created_on="", versions=share),
        versions=tuple(reversed(versions)),
        history=tuple(
            DeploymentEvent(
                id=str(number),
                created_on=datetime(2026, 11, 1, tzinfo=UTC),
                versions=share,
                message=message,
            )
            for number, message in enumerate(messages)
        ),
    )


def test_a_tag_names_bundle_commit_and_assets() -> None:
    assert tag_of(BUNDLE, COMMIT, ASSETS) == f"{'ab' * 8}-{'c' * 12}-{ASSETS}"
    assert tag_of(BUNDLE, None, None) == f"{'ab' * 8}-no-commit"
    assert own_tag(TAG)
    assert commit_of_tag(TAG) == "c" * 12


@pytest.mark.parametrize(
    ("tag", "assets"),
    [(TAG, ASSETS), (tag_of(BUNDLE, COMMIT, None), ""), ("v1.2.3", None), ("", None)],
)
def test_the_tag_of_the_live_version_tells(tag: str, assets: str | None) -> None:
    assert live_assets(live(Version(id="v", number=1, tag=tag))) == assets


def test_a_version_that_set_a_secret_has_the_assets_below() -> None:
    secrets = [Version(id=f"s{number}", number=number, set_secret=True) for number in (2, 3)]
    assert live_assets(live(Version(id="v", number=1, tag=TAG), *secrets)) == ASSETS


def test_a_version_above_the_live_one_tells_nothing() -> None:
    newer = Version(id="n", number=2, tag=TAG)
    older = Version(id="v", number=1, tag="other")
    assert live_assets(live(newer, older)) is None


def test_a_message_tells_where_wrangler_left_no_tag() -> None:
    origin = Origin(edgefleet_version="0.2.0", actor="ann")
    message = message_of(Action.DEPLOY, origin, COMMIT, "why, assets 0", ASSETS)
    signed = read_message(message)
    assert signed is not None
    assert (signed.commit, signed.actor, signed.reason) == ("c" * 12, "ann", "why, assets 0")
    untagged = Version(id="v", number=1)
    assert live_assets(live(untagged, messages=(message,))) == ASSETS
    other = (TrafficShare(version_id="n", percentage=0),)
    assert live_assets(live(untagged, messages=(message,), canary=other)) is None
    plain = message_of(Action.DEPLOY, origin, COMMIT, f"assets {ASSETS}, and more", None)
    assert live_assets(live(untagged, messages=(plain,))) is None


def test_nothing_tells_of_a_version_that_is_not_listed() -> None:
    assert live_assets(LiveState(deployment=None)) is None
