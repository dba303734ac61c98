"""Canaries of several targets: each by itself, and the worst exit code of all."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.target import DEFAULT_ENVIRONMENTS, STAGING, Target
from edgefleet.config.validate import require_valid
from edgefleet.deploy.request import Dependencies
from edgefleet.errors import EdgefleetError
from edgefleet.records.models import Origin
from edgefleet.underway.fleet import act_on_canaries
from edgefleet.underway.models import CanaryResult
from edgefleet.underway.request import CanaryAction, CanaryRequest
from support.canary_scenes import NEW, UNUSED, CanaryScene
from support.fleet import make_fleet

NAMES = ("alder", "birch")


class Pair:
    """Two targets, each with an account of its tenant."""

    def __init__(self, folder: Path) -> None:
        fleet = make_fleet(folder)
        tenants = require_valid(fleet, NAMES, DEFAULT_ENVIRONMENTS, today=date(2026, 11, 21))
        self.scenes = {one.name: CanaryScene(folder, one) for one in tenants}
        for scene in self.scenes.values():
            scene.clock = self.scenes["alder"].clock
            scene.account.clock = scene.clock
        self.rows: list[CanaryResult] = []
        self.failed: list[tuple[str, EdgefleetError]] = []
        self.tokens = {f"CLOUDFLARE_API_TOKEN_{name.upper()}": name for name in NAMES}

    def act(self) -> EdgefleetError | None:
        requests = [
            CanaryRequest(
                target=Target(tenant=name, environment=STAGING),
                load=lambda scene=scene: scene.tenant,  # type: ignore[misc]
                load_at=UNUSED,
                root=scene.folder,
                origin=Origin(edgefleet_version="1.0"),
                action=CanaryAction.CONTINUE,
            )
            for name, scene in self.scenes.items()
        ]
        return act_on_canaries(
            requests,
            self.ports,
            self.rows.append,
            lambda target, error: self.failed.append((target.tenant, error)),
        )

    def ports(self) -> Dependencies:
        scene = self.scenes["alder"]
        return replace(
            scene.ports(),
            credentials=Credentials(self.tokens, scene.folder),
            connect=lambda credential, _: self.scenes[credential.token.reveal()].account,
        )


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def test_each_goes_by_itself_and_the_worst_ends_it(pair: Pair) -> None:
    alder, birch = pair.scenes.values()
    alder.begin(tooLittleTraffic="pause")
    alder.account.per_second = 1
    birch.begin()
    birch.account.failing[NEW] = 0.5
    alder.clock.sleep(70)

    worst = pair.act()

    assert worst
    assert worst.exit_code == 7
    assert [row.state for row in pair.rows] == ["paused", "restored"]
    assert [row.error and row.error.exit_code for row in pair.rows] == [11, 7]
    assert (alder.share, birch.share, pair.failed) == (10, 0, [])


def test_one_without_a_token_stops_no_other(pair: Pair) -> None:
    alder, birch = pair.scenes.values()
    alder.begin()
    birch.begin()
    del pair.tokens["CLOUDFLARE_API_TOKEN_ALDER"]
    alder.clock.sleep(70)

    worst = pair.act()

    assert worst
    assert worst.exit_code == 5
    assert [name for name, _ in pair.failed] == ["alder"]
    assert (alder.share, birch.share) == (10, 50)


def test_where_none_is_under_way_all_is_well(pair: Pair) -> None:
    assert pair.act() is None
    assert [row.state for row in pair.rows] == ["none"] * 2
