"""What a pin or a freeze stops, and what goes on all the same."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from edgefleet.config.shared_keys import TenantDefaults
from edgefleet.config.target import STAGING, Target
from edgefleet.config.tenant import Tenant
from edgefleet.deploy.checks.holds import TargetHeld, check_hold
from edgefleet.deploy.request import Dependencies, DeployRequest
from edgefleet.records.models import Action, Origin
from support.clock import FakeClock
from support.many import tenant_of

FREEZE = {"from": "2026-03-01T00:00:00Z", "until": "2026-03-02T00:00:00Z", "reason": "an audit"}
WORDS = "t000 is frozen until 2026-03-02 00:00 UTC: an audit"


@dataclass
class Said:
    """The part of the outside world that is looked at: the clock, and what is said."""

    clock: FakeClock = field(default_factory=FakeClock)
    words: list[str] = field(default_factory=list)

    @property
    def progress(self) -> "Said":
        return self

    def say(self, text: str) -> None:
        self.words.append(text)


def said(folder: Path, **asked: Any) -> list[str]:
    """Check a frozen tenant; return what people read."""
    return check(tenant_of(folder, "t000", freeze=FREEZE), **asked)


def check(tenant: Tenant, **asked: Any) -> list[str]:
    """Check a tenant; return what people read."""
    request = DeployRequest(
        target=Target(tenant="t000", environment=STAGING),
        load=lambda: tenant,
        bundle=lambda _: pytest.fail("nothing is built"),
        origin=Origin(edgefleet_version="0"),
        **asked,
    )
    ports = Said()
    check_hold(tenant, request, cast("Dependencies", ports))
    return ports.words


def test_a_deploy_is_refused_and_told_how_it_would_go_on(tmp_path: Path) -> None:
    with pytest.raises(TargetHeld) as caught:
        said(tmp_path)
    assert (caught.value.message, caught.value.code) == (WORDS, "held")
    assert "tenants/t000/tenant.config.json" in caught.value.hint
    assert "--ignore-hold" in caught.value.hint


def test_force_is_no_word_about_a_hold(tmp_path: Path) -> None:
    with pytest.raises(TargetHeld):
        said(tmp_path, force=True)


def test_who_goes_over_a_hold_goes_on_and_is_told_of_it(tmp_path: Path) -> None:
    assert said(tmp_path, heed_hold=False) == [f"  note: {WORDS}"]


def test_a_rollback_goes_on(tmp_path: Path) -> None:
    assert said(tmp_path, action=Action.ROLLBACK) == []


def test_a_freeze_of_the_whole_fleet_names_its_file(tmp_path: Path) -> None:
    tenant = tenant_of(tmp_path, "t000", freeze=FREEZE)
    defaults = TenantDefaults.model_validate({"freeze": FREEZE})
    tenant = replace(tenant, fleet=tenant.fleet.model_copy(update={"defaults": defaults}))
    with pytest.raises(TargetHeld, match="t000 is frozen") as caught:
        check(tenant)
    assert caught.value.hint.startswith("change defaults.freeze of fleet.jsonc; or ")
