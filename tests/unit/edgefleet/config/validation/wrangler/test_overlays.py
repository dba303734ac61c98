"""What validation says of tenants' overlays, and of the Worker's file below them."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyjson5
import pytest

from edgefleet.config.reading.rule import Finding
from edgefleet.config.target import DEFAULT_ENVIRONMENTS
from edgefleet.config.validate import Validation, validate
from support.fleet import make_fleet, short

TODAY = date(2026, 11, 1)
BASE = "src/worker/wrangler.jsonc"
OWN = "tenants/alder/wrangler.jsonc"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a fleet in which `alder` has an overlay of nothing, and its file is the Worker's."""
    root = make_fleet(tmp_path)
    base = pyjson5.loads((root / OWN).read_text())
    base["main"] = "index.ts"
    del base["account_id"]
    write(root, BASE, base)
    write(root, OWN, {})
    return root


def write(root: Path, file: str, value: Any) -> None:
    (root / file).write_text(json.dumps(value, indent=2))


def read(root: Path, file: str) -> Any:
    return json.loads((root / file).read_text())


def checked(root: Path, *names: str) -> Validation:
    return validate(root, names or ("alder",), DEFAULT_ENVIRONMENTS, today=TODAY)


def found(root: Path) -> list[str]:
    findings: tuple[Finding, ...] = checked(root).findings
    return [f"{each.path}:{one}" for each, one in zip(findings, short(findings), strict=True)]


def test_a_tenant_says_only_what_is_its_own(root: Path) -> None:
    write(root, OWN, {"name": "acme", "vars": {"LOG_LEVEL": "warn"}})
    validation = checked(root)
    assert validation.findings == ()
    resolved = validation.tenants[0].resolved("staging")
    assert (resolved["name"], resolved["vars"]["LOG_LEVEL"]) == ("acme-staging", "warn")
    assert resolved["account_id"] == validation.tenants[0].config.account_id


def test_a_tenant_with_nothing_of_its_own_needs_no_file(root: Path) -> None:
    (root / OWN).unlink()
    validation = checked(root)
    assert validation.findings == ()
    assert validation.tenants[0].resolved("production")["name"] == "alder-worker-production"


def test_without_a_worker_file_an_overlay_is_refused(root: Path) -> None:
    (root / BASE).unlink()
    assert found(root) == [f"{OWN}:1:1 base-missing error"]


def test_a_base_that_is_no_json_is_reported_once(root: Path) -> None:
    (root / BASE).write_text("{ broken")
    assert found(root) == [f"{BASE}:1:3 json-syntax error"]


def test_a_value_of_the_base_is_found_in_the_base(root: Path) -> None:
    base = read(root, BASE)
    base["env"]["staging"]["vars"]["LOG_LEVEL"] = "loud"
    write(root, BASE, base)
    line = (root / BASE).read_text().splitlines().index('        "LOG_LEVEL": "loud"') + 1
    assert found(root) == [f"{BASE}:{line}:9 var-value error"]


def test_removed_binding_is_found_at_its_place(root: Path) -> None:
    write(root, OWN, {"env": {"staging": {"ai": None}}})
    assert found(root) == [f"{OWN}:4:7 binding-missing error"]


def test_an_environment_that_the_base_lacks_is_refused(root: Path) -> None:
    base = read(root, BASE)
    del base["env"]["production"]
    write(root, BASE, base)
    write(root, OWN, {"env": {"production": {}}})
    assert found(root) == [f"{OWN}:3:5 environment-missing error"]
    write(root, OWN, {})
    line = (root / BASE).read_text().splitlines().index('  "env": {') + 1
    assert found(root) == [f"{BASE}:{line}:3 environment-missing error"]


def test_a_misspelt_environment_is_refused(root: Path) -> None:
    write(root, OWN, {"env": {"stagging": {}}})
    (finding,) = checked(root).findings
    assert finding.action == "did you mean staging?"


def test_what_decides_the_build_belongs_into_the_base(root: Path) -> None:
    write(root, OWN, {"tsconfig": "x.json", "env": {"staging": {"base_dir": "."}}})
    assert found(root) == [f"{OWN}:2:3 overlay-key error", f"{OWN}:5:7 overlay-key error"]


def test_an_overlay_is_checked_as_one_file(root: Path) -> None:
    write(root, OWN, {"account_id": "0" * 32, "env": {"staging": []}, "nme": "acme"})
    assert found(root) == [
        f"{OWN}:2:3 account-id-mismatch error",
        f"{OWN}:4:5 wrangler-value error",
        f"{OWN}:6:3 wrangler-unknown-key warning",
    ]


def test_a_worker_file_may_be_toml(root: Path) -> None:
    (root / BASE).unlink()
    (root / "src/worker/wrangler.toml").write_text('name = "w"\nmain = "gone.ts"\n[env.staging]\n')
    findings = {(each.path, each.line, each.code) for each in checked(root).findings}
    assert ("src/worker/wrangler.toml", 2, "entry-missing") in findings
    assert ("src/worker/wrangler.toml", 3, "environment-missing") in findings


def test_two_worker_files_are_refused(root: Path) -> None:
    (root / "src/worker/wrangler.toml").write_text('name = "w"\n')
    assert found(root) == ["src/worker/wrangler.toml:1:1 base-second error"]


def test_the_worker_may_be_anywhere_inside_the_root(root: Path) -> None:
    (root / "src").rename(root / "code")
    (root / "fleet.jsonc").write_text(
        '{ "contract": "contract/contract.jsonc", "worker": { "folder": "code/worker/" } }'
    )
    assert found(root) == []
    (root / "fleet.jsonc").write_text('{ "worker": { "folder": "../code" } }')
    assert found(root) == ["fleet.jsonc:1:15 fleet-value error"]


def test_a_worker_folder_that_leads_outside_is_refused(root: Path, tmp_path: Path) -> None:
    (root / "src/worker").rename(tmp_path / "elsewhere")
    (root / "src/worker").symlink_to(tmp_path / "elsewhere")
    assert found(root) == ["fleet.jsonc:2:1 base-outside error"]


def test_a_secret_in_the_worker_file_is_found(root: Path) -> None:
    base = read(root, BASE)
    base["env"]["staging"]["vars"]["MODEL_ID"] = "ghp_" + "a1B2" * 9
    write(root, BASE, base)
    assert "secret" in " ".join(each.code for each in checked(root).findings)


def test_tenants_of_one_base_share_what_it_binds(root: Path) -> None:
    birch = root / "tenants/birch/wrangler.jsonc"
    birch.write_text("{}")
    codes = {each.code for each in checked(root, "alder", "birch").findings}
    assert codes == {"kv-namespace-shared", "d1-database-shared"}  # an index has its account
