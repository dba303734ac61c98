"""The model of tenant.config.json, the settings in it, and the schema that editors get."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyjson5
import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from edgefleet.config.contract.json_schema import JsonSchema
from edgefleet.config.contract.models import SettingsContract
from edgefleet.config.report import findings_text
from edgefleet.config.target import STAGING
from edgefleet.config.tenant import TenantConfig, settings_var, told_apart
from edgefleet.config.validate import validate
from edgefleet.onboard.project.editor_schemas import tenant_config_schema
from support.fleet import FIXTURES, make_fleet
from support.many import FLEET

ROOT = Path(__file__).parents[4]
SCHEMA = json.loads((ROOT / "docs/reference/tenant.config.schema.json").read_text())
VALID = pyjson5.decode((FIXTURES / "fleet/tenants/alder/tenant.config.json").read_text())
FLAT = FLEET.contract.settings


def model(value: dict[str, Any]) -> TenantConfig:
    return TenantConfig.model_validate(told_apart(value, FLAT))


def test_worker_gets_settings_and_tenant_as_written() -> None:
    private = {"$schema", "accountId", "requiredSecrets", "drift"}
    public = {key: value for key, value in VALID.items() if key not in private}
    assert settings_var(model(VALID), FLAT) == {"TENANT_CONFIG": public}


@pytest.mark.parametrize("file", sorted(ROOT.glob("tenants/*/tenant.config.json")))
def test_the_schema_accepts_every_tenant(file: Path) -> None:
    Draft202012Validator(SCHEMA).validate(pyjson5.decode(file.read_text()))


@pytest.mark.parametrize(
    "change",
    [
        {"accountId": "ABCDEF"},
        {"allowedModels": []},
        {"allowedModels": ["@cf/a/b", "@cf/a/b"]},
        {"rateLimit": {"perMinute": 60, "burst": 0, "windowSec": 60}},
        {"featureFlags": {"streaming": "yes"}},
        {"allowedHosts": ["https://alder.example"]},
        {"requiredSecrets": ["lower-case"]},
        {"surplus": 1},
        {"sessionRetentionDays": True},
        {"sessionRetentionDays": 1.5},
        {"sessionRetentionDays": "30"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_editors_and_validate_refuse_the_same(tmp_path: Path, change: dict[str, Any]) -> None:
    changed = {**VALID, **change}
    assert not Draft202012Validator(SCHEMA).is_valid(changed)
    fleet = make_fleet(tmp_path)
    (fleet / "tenants/alder/tenant.config.json").write_text(json.dumps(changed))
    found = validate(fleet, ("alder",), (STAGING,), today=date(2026, 11, 21)).findings
    assert {finding.code for finding in found} & {"config-value", "config-unknown-key"}


@pytest.mark.parametrize(
    "change",
    [
        {"drift": {"ignore": [{"path": "a", "reason": "b", "expires": 20261231}]}},
        {"drift": {"ignore": [{"path": "a", "reason": "b", "expires": "2026-02-30"}]}},
        {"ring": True},
        {"ring": "1"},
    ],
)
def test_values_are_not_bent_into_their_type(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model({**VALID, **change})


def test_an_error_does_not_repeat_the_value(tmp_path: Path) -> None:
    fleet = make_fleet(tmp_path)
    changed = {**VALID, "apiKeyDigests": ["a-key-in-clear"]}
    (fleet / "tenants/alder/tenant.config.json").write_text(json.dumps(changed))
    found = validate(fleet, ("alder",), (STAGING,), today=date(2026, 11, 21)).findings
    assert "in-clear" not in findings_text(found)
    assert "apiKeyDigests[0] must be a SHA-256 digest" in findings_text(found)


class TestSchemaOfAnotherFleet:
    SETTINGS = JsonSchema(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {"colour": {"$ref": "#/$defs/Pin"}},
            "additionalProperties": False,
            "$defs": {"Pin": {"enum": ["red", "blue"]}},
        }
    )

    def accepts(self, contract: SettingsContract, more: dict[str, Any]) -> bool:
        schema = tenant_config_schema(contract)
        Draft202012Validator.check_schema(schema)
        value = {"tenantId": "alder", "accountId": "3" * 32, **more}
        return bool(Draft202012Validator(schema).is_valid(value))

    def test_settings_may_stand_below_their_key(self) -> None:
        contract = SettingsContract(json_schema=self.SETTINGS)
        assert self.accepts(contract, {"settings": {"colour": "red"}})
        assert not self.accepts(contract, {"settings": {"colour": "green"}})
        assert not self.accepts(contract, {"colour": "red"})

    def test_flat_settings_stand_beside_our_keys(self) -> None:
        contract = SettingsContract(json_schema=self.SETTINGS, flat=True)
        assert self.accepts(contract, {"colour": "red", "ring": 1})
        assert not self.accepts(contract, {"colour": "green"})
        assert not self.accepts(contract, {"settings": {}})

    def test_definitions_of_both_keep_apart(self) -> None:
        contract = SettingsContract(json_schema=self.SETTINGS)
        pin = {"commit": "1f0c9ad", "reason": "why", "expires": "2026-12-31"}
        assert self.accepts(contract, {"pin": pin, "settings": {"colour": "blue"}})

    def test_without_a_schema_settings_are_anything(self) -> None:
        assert self.accepts(SettingsContract(), {"settings": {"any": [1, None]}})
