"""Settings below their key, of a Worker that is not ours."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from edgefleet.config.target import STAGING
from edgefleet.config.validate import validate

SETTINGS = {"properties": {"colour": {"enum": ["red"]}}, "additionalProperties": False}
CONTRACT = {"settings": {"schema": SETTINGS, "var": "SETTINGS"}, "bindings": {}}
WRANGLER = """{
  "name": "page", "main": "../../src/worker/index.js", "account_id": "%s",
  "compatibility_date": "2026-01-15", "workers_dev": true,
  "env": { "staging": { "vars": { "REGION": "eu" } } }
}"""
ACCOUNT = "398a5043bba7fd79fa4b66b6b84cc0f5"


def checked(root: Path, contract: dict[str, Any], **config: Any) -> list[str]:
    (root / "src/worker").mkdir(parents=True, exist_ok=True)
    (root / "src/worker/index.js").write_text("export default {};")
    (root / "fleet.jsonc").write_text(json.dumps({"contract": contract}))
    folder = root / "tenants/acme"
    folder.mkdir(parents=True, exist_ok=True)
    given = {"tenantId": "acme", "accountId": ACCOUNT, **config}
    (folder / "tenant.config.json").write_text(json.dumps(given, indent=2))
    (folder / "wrangler.jsonc").write_text(WRANGLER % ACCOUNT)
    found = validate(root, ("acme",), (STAGING,), today=date(2026, 11, 28))
    if found.ok:
        (tenant,) = found.tenants
        assert tenant.settings_var.keys() <= {"SETTINGS"}
    return [f"{one.path}:{one.line}:{one.column} {one.code}" for one in found.findings]


TENANT = "tenants/acme/tenant.config.json"


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({}, []),
        ({"settings": {"colour": "red"}}, []),
        ({"settings": {"colour": "green"}}, [f"{TENANT}:5:5 config-value"]),
        ({"settings": {"color": "red"}}, [f"{TENANT}:5:5 config-unknown-key"]),
        ({"settings": []}, [f"{TENANT}:4:3 config-value"]),
        ({"colour": "red"}, [f"{TENANT}:4:3 config-unknown-key"]),
    ],
    ids=str,
)
def test_settings_stand_below_their_key(
    tmp_path: Path, config: dict[str, Any], found: list[str]
) -> None:
    assert checked(tmp_path, CONTRACT, **config) == found


def test_without_a_schema_settings_are_anything(tmp_path: Path) -> None:
    assert checked(tmp_path, {"settings": {"var": "SETTINGS"}}, settings={"a": [None]}) == []
    assert checked(tmp_path, {}, settings={"a": [None]}) == []


def test_a_setting_may_not_be_the_key_that_edgefleet_adds(tmp_path: Path) -> None:
    contract = {"settings": {"var": "SETTINGS"}}
    found = checked(tmp_path, contract, settings={"tenantId": "other"})
    assert found == [f"{TENANT}:5:5 setting-reserved"]


def test_a_binding_of_the_contract_must_be_there(tmp_path: Path) -> None:
    found = checked(tmp_path, {"bindings": {"FILES": "r2_buckets"}})
    assert found == ["tenants/acme/wrangler.jsonc:4:12 binding-missing"]
