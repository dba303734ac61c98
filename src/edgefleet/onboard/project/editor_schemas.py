"""The JSON Schemas that editors read: of fleet.jsonc, and of tenant.config.json."""

import json
from collections.abc import Mapping
from typing import Any

from edgefleet.config.contract.models import SettingsContract
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.tenant import SETTINGS, TenantConfig
from edgefleet.core.model import Json

DEFINITIONS = "$defs"
_PREFIX = "Settings."
"""Tells the definitions of a fleet's schema from those of edgefleet."""


def fleet_schema_text(comment: str) -> str:
    """Return the schema of fleet.jsonc; `comment` says who wrote it."""
    return _text(FleetConfig.model_json_schema(), comment)


def tenant_schema_text(contract: SettingsContract, comment: str) -> str:
    """Return the schema of tenant.config.json of a fleet whose settings have this contract."""
    return _text(tenant_config_schema(contract), comment)


def _text(schema: Mapping[str, Json], comment: str) -> str:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": comment,
        **schema,
        # VS Code reads these two of JSON files with a schema.
        "allowComments": True,
        "allowTrailingCommas": True,
    }
    return json.dumps(schema, indent=2) + "\n"


def tenant_config_schema(contract: SettingsContract) -> dict[str, Json]:
    """Return the schema that editors get of a fleet whose settings have this contract."""
    schema: dict[str, Any] = TenantConfig.model_json_schema()
    if contract.json_schema is None:
        return schema
    own = _moved(contract.json_schema.value)
    schema[DEFINITIONS] |= own.pop(DEFINITIONS, {})
    if not contract.flat:
        schema["properties"][SETTINGS] = own
        return schema
    del schema["properties"][SETTINGS]
    schema["properties"] |= own.get("properties", {})
    schema["required"] += own.get("required", [])
    schema["additionalProperties"] = own.get("additionalProperties", True)
    return schema


def _moved(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a whole schema as a part of another: definitions get other names."""
    own = _renamed({key: value for key, value in schema.items() if key != "$schema"})
    definitions = own.pop(DEFINITIONS, {})
    return {**own, DEFINITIONS: {f"{_PREFIX}{name}": each for name, each in definitions.items()}}


def _renamed(value: Json) -> Any:
    if isinstance(value, list):
        return [_renamed(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    found = {key: _renamed(each) for key, each in value.items()}
    here, reference = f"#/{DEFINITIONS}/", found.get("$ref")
    if isinstance(reference, str) and reference.startswith(here):
        found["$ref"] = f"{here}{_PREFIX}{reference.removeprefix(here)}"
    return found
