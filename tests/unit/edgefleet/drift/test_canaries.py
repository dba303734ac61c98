"""What a drift check does with a canary: nothing while it goes on, and an end once it is over."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from edgefleet.cloudflare.envelope import ApiError
from edgefleet.config.target import DEFAULT_ENVIRONMENTS
from edgefleet.config.validate import require_valid
from edgefleet.drift.canaries import OverdueCanaries
from edgefleet.drift.context import DriftContext
from edgefleet.drift.models import Baseline, Drift, DriftFinding, DriftSeverity
from edgefleet.drift.report import drift_text
from edgefleet.errors import CredentialError, RestoreError
from edgefleet.records.canary_under_way import canary_in
from edgefleet.records.models import Origin, Status
from edgefleet.state.models import Change, ChangeKind
from support.canary_scenes import ALDER, OLD, CanaryScene
from support.fleet import make_fleet

OVER = 3700


@pytest.fixture
def scene(tmp_path: Path) -> CanaryScene:
    fleet = make_fleet(tmp_path)
    (tenant,) = require_valid(fleet, ("alder",), DEFAULT_ENVIRONMENTS, today=date(2026, 11, 21))
    return CanaryScene(tmp_path, tenant)


def checked(scene: CanaryScene, deploying: Callable[[], None] = lambda: None) -> Drift:
    """Return what is left of a drift whose one difference is the split."""
    found = canary_in(scene.account.past[0])
    assert found
    traffic = DriftFinding(
        change=Change(path="traffic", kind=ChangeKind.CHANGED, before="a split", after="100 %"),
        severity=DriftSeverity.HIGH,
        looks_like="",
    )
    drift = Drift(
        target=ALDER,
        script="s",
        expected=Baseline(commit=None, why="a test"),
        findings=(traffic,),
        canary=found.view(ALDER),
    )
    scene.account.deploying = deploying
    context = SimpleNamespace(root=scene.folder, tenant_in=None, ports=scene.ports)
    return OverdueCanaries(
        cast("DriftContext", context),
        (scene.tenant,),
        lambda: Origin(edgefleet_version="1.0"),
        scene.clock.now(),
    ).end(drift)


def refuse() -> None:
    raise CredentialError("the token may only read", hint="use another")


def test_a_canary_that_goes_on_is_shown_and_stays(scene: CanaryScene) -> None:
    scene.begin()

    drift = checked(scene)

    assert (drift.canary_ended, scene.share) == (None, 10)
    assert "next: edgefleet canary continue --tenants alder --env staging" in drift_text(drift)


def test_one_whose_deadline_has_passed_is_restored(scene: CanaryScene) -> None:
    scene.begin()
    scene.clock.sleep(OVER)

    drift = checked(scene)

    assert (drift.canary_ended, drift.findings) == ("restored", ())
    assert "is ended: restored" in drift_text(drift)
    assert scene.account.shares == {OLD: 100}
    assert scene.record.status is Status.RESTORED


def test_what_is_kept_too_long_is_taken_out(scene: CanaryScene) -> None:
    scene.begin(3, keep="10m")
    scene.clock.sleep(OVER)

    assert checked(scene).canary_ended == "finished"


def test_a_token_that_only_reads_leaves_the_split_as_drift(scene: CanaryScene) -> None:
    scene.begin()
    scene.clock.sleep(OVER)

    drift = checked(scene, deploying=refuse)

    assert drift.left
    assert drift.canary_ended is None
    assert "its canary is over and could not be ended" in drift_text(drift)
    assert scene.share == 10


def test_a_restore_that_fails_ends_the_check(scene: CanaryScene) -> None:
    scene.begin()
    scene.clock.sleep(OVER)

    def fail() -> None:
        raise ApiError("no answer")

    with pytest.raises(RestoreError, match="no answer"):
        checked(scene, deploying=fail)
