"""Rules for the contract itself: its schema is one, and no setting is a key of edgefleet."""

from collections.abc import Iterator, Mapping

from edgefleet.config.contract.models import Contract
from edgefleet.config.reading.rule import KeyPath, Rule
from edgefleet.config.tenant import FLEET_KEYS, TENANT_ID
from edgefleet.core.model import Json

CONTRACT_SCHEMA = Rule(
    code="contract-schema",
    means="A JSON Schema of the contract is none: a keyword has a value that JSON Schema does not "
    "allow, or a reference leads nowhere. References stay within their file; edgefleet fetches "
    "nothing.",
    example='"properties": { "retries": { "type": "int" } }',
    fix="correct it; https://json-schema.org/understanding-json-schema/reference shows how",
)
SETTING_RESERVED = Rule(
    code="setting-reserved",
    means="A setting of the Worker has the name of a key that edgefleet reads itself: a flat "
    "tenant.config.json could not hold both. Below `settings` only tenantId is reserved, which "
    "edgefleet adds to the var that carries the settings.",
    example='"properties": { "ring": { "type": "string" } }',
    fix="give the setting another name",
)
RULES = (CONTRACT_SCHEMA, SETTING_RESERVED)

Fault = tuple[Rule, KeyPath, str]
"""A rule, where in fleet.jsonc with its sections in place it is broken, and a message."""

_SCHEMA: KeyPath = ("contract", "settings", "schema")


def contract_faults(contract: Contract) -> Iterator[Fault]:
    """Yield what is wrong with a contract whose form is right."""
    schema = contract.settings.json_schema
    fault = schema.fault() if schema else None
    if fault:
        path, words = fault
        yield CONTRACT_SCHEMA, (*_SCHEMA, *path), f"{_subject(path)} {words}"
    elif schema:
        yield from _reserved(contract, schema.value)


def _reserved(contract: Contract, schema: Json) -> Iterator[Fault]:
    settings = contract.settings
    reserved = FLEET_KEYS if settings.flat else {TENANT_ID} if settings.var else set()
    named = schema.get("properties")
    for key in named if isinstance(named, Mapping) else ():
        if key in reserved:
            message = f"the setting {key} has the name of a key that edgefleet reads itself"
            yield SETTING_RESERVED, (*_SCHEMA, "properties", key), message


def _subject(path: KeyPath) -> str:
    return str(path[-1]) if path else "it"
