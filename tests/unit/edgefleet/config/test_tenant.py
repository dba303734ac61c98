"""The model of tenant.config.json, and the schema that editors get."""

import json
from pathlib import Path
from typing import Any

import pyjson5
import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from edgefleet.config.tenant import TenantConfig
from support.fleet import FIXTURES

ROOT = Path(__file__).parents[4]
SCHEMA = json.loads((ROOT / "docs/reference/tenant.config.schema.json").read_text())
VALID = pyjson5.decode((FIXTURES / "fleet/tenants/alder/tenant.config.json").read_text())


def test_the_worker_gets_the_public_part_in_camel_case() -> None:
    public = TenantConfig.model_validate(VALID).public()
    private = {"$schema", "accountId", "requiredSecrets", "drift"}
    assert public == {key: value for key, value in VALID.items() if key not in private}


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
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_schema_refuses_what_the_model_refuses(change: dict[str, Any]) -> None:
    changed = {**VALID, **change}
    assert not Draft202012Validator(SCHEMA).is_valid(changed)
    with pytest.raises(ValidationError):
        TenantConfig.model_validate(changed)


@pytest.mark.parametrize(
    "change",
    [
        {"sessionRetentionDays": True},
        {"sessionRetentionDays": 1.5},
        {"sessionRetentionDays": "30"},
        {"drift": {"ignore": [{"path": "a", "reason": "b", "expires": 20261231}]}},
        {"drift": {"ignore": [{"path": "a", "reason": "b", "expires": "2026-02-30"}]}},
    ],
)
def test_values_are_not_bent_into_their_type(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TenantConfig.model_validate({**VALID, **change})


def test_an_error_does_not_repeat_the_value() -> None:
    with pytest.raises(ValidationError) as caught:
        TenantConfig.model_validate({**VALID, "apiKeyDigests": ["a-key-in-clear"]})
    assert "a-key-in-clear" not in str(caught.value)
