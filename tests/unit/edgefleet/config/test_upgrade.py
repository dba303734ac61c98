"""A repository of version 0.1.0: what it needs before its two tenants are valid again."""

import shutil
from datetime import date
from pathlib import Path

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
