"""Scripts that edgefleet made and that no target names any more."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest

from edgefleet.cloudflare.models import DeploymentEvent
from edgefleet.config.account_api import AccountApi
from edgefleet.config.shared_keys import DriftSettings
from edgefleet.config.target import DEFAULT_ENVIRONMENTS, PRODUCTION, STAGING, Target
from edgefleet.config.tenant import Tenant
from edgefleet.config.validate import require_valid, validate
from edgefleet.drift.models import DriftFinding
from edgefleet.drift.orphans import Orphans, searched
from support.drifts import drift_of
from support.fleet import make_fleet
from support.records import deployed

TODAY = date(2026, 11, 21)
ALDER = Target(tenant="alder", environment=STAGING)
OWN = "edgefleet 0.1.0, commit 1f0c9ad1f0c9"


@dataclass
class Account:
    """An account of which only the history of scripts is asked."""

    id: str
    messages: dict[str, str | None]
    asked: list[str] = field(default_factory=list)

    def script(self, name: str) -> "Account":
        self.asked.append(name)
        return self

    @property
    def deployments(self) -> "Account":
        return self

    def history(self) -> Iterator[DeploymentEvent]:
        yield deployed(60, "v1", message=self.messages[self.asked[-1]])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_fleet(tmp_path)


def tenants(root: Path) -> Sequence[Tenant]:
    return require_valid(root, ("alder", "birch"), DEFAULT_ENVIRONMENTS, today=TODAY)


def search(root: Path) -> Orphans:
    found = validate(root, ("alder", "birch"), DEFAULT_ENVIRONMENTS, today=TODAY)
    orphans = searched(found.tenants, DEFAULT_ENVIRONMENTS, found.scripts)
    assert orphans is not None
    return orphans


def orphans(
    root: Path, tenant: Tenant, target: Target = ALDER, **messages: str | None
) -> tuple[list[DriftFinding], list[str]]:
    """Return what is found in an account with these scripts, and of which it asked."""
    named = {name.replace("_", "-"): message for name, message in messages.items()}
    account = Account(tenant.config.account_id, named)
    found = search(root).of(tenant, target, cast("AccountApi", account), named.keys())
    return list(found), account.asked


def test_only_a_script_that_edgefleet_made_is_a_finding(root: Path) -> None:
    alder, _ = tenants(root)
    found, asked = orphans(
        root, alder, old_worker_staging=OWN, shop_staging=None, alder_worker_staging=OWN
    )
    assert [one.change.path for one in found] == ["scripts.old-worker-staging"]
    assert asked == ["old-worker-staging", "shop-staging"]
    command = f"CLOUDFLARE_ACCOUNT_ID={alder.config.account_id} npx wrangler delete "
    assert found[0].looks_like.endswith(f"{command}--name old-worker-staging")


def test_scripts_of_other_environments_are_not_asked(root: Path) -> None:
    alder, _ = tenants(root)
    assert orphans(root, alder, old_production=OWN, portal=OWN) == ([], [])
    production = Target(tenant="alder", environment=PRODUCTION)
    assert len(orphans(root, alder, production, old_production=OWN)[0]) == 1


def test_an_exception_of_the_tenant_allows_one(root: Path) -> None:
    alder, _ = tenants(root)
    entry = {"path": "scripts.old-staging", "reason": "until June", "expires": "2999-01-01"}
    allowed = DriftSettings.model_validate({"ignore": [entry]})
    config = alder.config.model_copy(update={"drift": allowed})
    assert orphans(root, replace(alder, config=config), old_staging=OWN)[0] == []


def test_a_script_of_the_same_name_in_another_account_is_none(root: Path) -> None:
    _, birch = tenants(root)
    target = Target(tenant="birch", environment=STAGING)
    found, _ = orphans(root, birch, target, alder_worker_staging=OWN)
    assert [one.change.path for one in found] == ["scripts.alder-worker-staging"]


def test_a_removed_tenant_is_found_by_another_of_its_account(root: Path) -> None:
    alder, _ = tenants(root)
    shutil.rmtree(root / "tenants" / "birch")
    found = validate(root, ("alder",), (STAGING,), today=TODAY)
    looking = searched(found.tenants, (STAGING,), found.scripts)
    assert looking is not None
    account = Account(alder.config.account_id, {"birch-worker-staging": OWN})
    names = account.messages.keys()
    assert len(list(looking.of(alder, ALDER, cast("AccountApi", account), names))) == 1


def test_one_target_looks_for_an_account_and_environment(root: Path) -> None:
    alder, _ = tenants(root)
    twin = replace(alder, name="twin")
    looking = searched((alder, twin), (STAGING,), frozenset())
    assert looking is not None
    assert looking.lookers == {ALDER}


def test_nothing_is_said_where_a_file_does_not_tell_its_script(root: Path) -> None:
    (root / "tenants" / "birch" / "wrangler.jsonc").write_text("{")
    found = validate(root, ("alder",), (STAGING,), today=TODAY)
    assert (found.scripts, searched(found.tenants, (STAGING,), found.scripts)) == (None, None)


@pytest.mark.parametrize(("own", "repaired", "left"), [(True, True, True), (False, True, False)])
def test_a_repair_does_not_remove_one(*, own: bool, repaired: bool, left: bool) -> None:
    drift = drift_of("alder", LOG_LEVEL="debug")
    finding: Any = drift.findings[0]
    path = {"path": "scripts.old-staging"}
    orphan = finding.model_copy(update={"change": finding.change.model_copy(update=path)})
    findings = (finding, orphan) if own else (finding,)
    drift = drift.model_copy(update={"findings": findings, "repaired": repaired})
    assert drift.left is left
    assert not drift.model_copy(update={"findings": (orphan,)}).repairable
