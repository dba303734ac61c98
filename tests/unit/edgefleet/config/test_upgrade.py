"""A repository of version 0.1.0: what it needs before its two tenants are valid again."""

import re
import shutil
from datetime import date
from pathlib import Path

import pyjson5
import pytest

from edgefleet.config.report import findings_text
from edgefleet.config.target import DEFAULT_ENVIRONMENTS, DEV
from edgefleet.config.validate import Validation, require_valid, validate
from support.fleet import CONTRACT, WORKER
from support.many import FLEET
from support.project import IN_FULL, ROOT

TENANTS = ("mrrainbowsmoke", "rainbowsmokeofficial")
ENVIRONMENTS = (*DEFAULT_ENVIRONMENTS, DEV)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Make one as it was: whole wrangler files, flat settings, no fleet.jsonc."""
    shutil.copytree(WORKER, tmp_path / "src/worker")
    for file in (*CONTRACT, "wrangler.jsonc"):
        (tmp_path / "src/worker" / file).unlink()
    for name in TENANTS:
        folder = tmp_path / "tenants" / name
        folder.mkdir(parents=True)
        shutil.copy(ROOT / "tenants" / name / "tenant.config.json", folder)
        shutil.copy(IN_FULL / f"{name}.jsonc", folder / "wrangler.jsonc")
    return tmp_path


def validated(root: Path) -> Validation:
    return validate(root, TENANTS, ENVIRONMENTS, today=date(2026, 11, 28))


def test_missing_file_is_named_before_missing_settings(repository: Path) -> None:
    (line,) = findings_text(validated(repository).findings).splitlines()
    smallest = line.rpartition("the smallest one is ")[2]
    (repository / "fleet.jsonc").write_text(smallest)
    found = validated(repository).findings
    assert {one.code for one in found} == {"config-unknown-key"}
    assert "contract" in found[0].action
    for file in CONTRACT:
        shutil.copy(WORKER / file, repository / "src/worker")
    contract = ' "contract": "src/worker/contract.jsonc",'
    (repository / "fleet.jsonc").write_text(smallest.replace("{", f"{{{contract}", 1))
    assert validated(repository).findings == ()


def test_an_older_commit_is_read_with_the_fleet_file_of_today(repository: Path) -> None:
    tenants = require_valid(
        repository, TENANTS, ENVIRONMENTS, today=date(2026, 11, 28), fleet=FLEET
    )
    assert [*tenants[0].settings_var] == ["TENANT_CONFIG"]


FLAT = "tenantId aiGatewayId aiModels allowedModels vectorizeNamespace rateLimit tokenBudget"
MORE = "sessionRetentionDays maxMessagesPerSession featureFlags allowedHosts apiKeyDigests"


@pytest.fixture
def upgraded(repository: Path) -> Path:
    """Write the fleet.jsonc of the page about upgrades, and the Worker's files that it names."""
    page = (ROOT / "docs" / "fleet-file.md").read_text()
    written = re.search(r"```jsonc\n(.*?)```", page.split("## Upgrade a repository")[1], re.DOTALL)
    assert written is not None
    (repository / "fleet.jsonc").write_text(written[1])
    for file in (*CONTRACT, "health.jsonc", "smoke.jsonc"):
        shutil.copy(WORKER / file, repository / "src/worker")
    return repository


@pytest.mark.parametrize("number", range(len(TENANTS)))
def test_the_page_about_upgrades_changes_nothing_deployed(upgraded: Path, number: int) -> None:
    found = validated(upgraded)
    assert found.findings == ()
    tenant = found.tenants[number]
    written = pyjson5.loads((IN_FULL / f"{TENANTS[number]}.jsonc").read_text())
    above = {key: value for key, value in written.items() if key not in {"env", "$schema"}}
    for name in ENVIRONMENTS:
        own = written["env"][name]
        expected = {**above, "name": f"{written['name']}-{name}", **own}
        assert tenant.resolved(name) == expected
    config = pyjson5.loads((tenant.folder / "tenant.config.json").read_text())
    settings = {key: config[key] for key in f"{FLAT} {MORE}".split()}
    assert tenant.settings_var == {"TENANT_CONFIG": settings}


def test_an_upgraded_fleet_asks_its_worker_as_before(upgraded: Path) -> None:
    (tenant, _) = validated(upgraded).tenants
    assert (tenant.fleet.health, tenant.fleet.smoke) == (FLEET.health, FLEET.smoke)
    assert tenant.fleet.health is not None
    assert (tenant.fleet.health.path, tenant.fleet.health.proof) == ("/health", "tenant")
