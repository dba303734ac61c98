"""Rules for the contract itself: its schema is one, and no setting is a key of edgefleet."""

from collections.abc import Iterable, Iterator, Mapping

from edgefleet.config.contract.models import Contract
from edgefleet.config.contract.pointers import SETTINGS, VARS, keys, may_lead_somewhere
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.health.contract import proof_of
from edgefleet.config.health.proof import LACKS
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
CONTRACT_POINTER = Rule(
    code="contract-pointer",
    means="A JSON pointer of a relation, or of `provision.aiGateways`, leads nowhere: the "
    "contract's schema allows no value there, so the pointer would never count.",
    example='"oneOf": "/settings/region"     // the schema has regions',
    fix="correct the pointer, or add the key to the schema",
)
PROOF_TOO_WEAK = Rule(
    code="proof-too-weak",
    means="An environment asks of each deploy for more proof (minimumProof) than the health check "
    "of fleet.jsonc can show: a deploy could never prove it.",
    example='"environments": { "production": { "minimumProof": "version" } }, "health": null',
    fix="say in health where the answer names what is to be proved, or ask for less",
)
RULES = (PROOF_TOO_WEAK, CONTRACT_SCHEMA, SETTING_RESERVED, CONTRACT_POINTER)

Fault = tuple[Rule, KeyPath, str]
"""A rule, where in fleet.jsonc with its sections in place it is broken, and a message."""

_SETTINGS: KeyPath = ("contract", "settings", "schema")
_VARS: KeyPath = ("contract", "vars")


def contract_faults(fleet: FleetConfig) -> Iterator[Fault]:
    """Yield what is wrong with a contract whose form is right, and with pointers into it."""
    contract = fleet.contract
    schemas = {SETTINGS: (_SETTINGS, contract.settings.json_schema), VARS: (_VARS, contract.vars)}
    faults = [
        (CONTRACT_SCHEMA, (*place, *fault[0]), f"{_subject(fault[0])} {fault[1]}")
        for place, schema in schemas.values()
        if schema and (fault := schema.fault())
    ]
    yield from faults
    if not faults:
        yield from _reserved(contract)
        known = {key: schema.value if schema else True for key, (_, schema) in schemas.items()}
        yield from _pointers([*_of_relations(contract), *_of_gateways(fleet)], known)


def proof_faults(fleet: FleetConfig) -> Iterator[Fault]:
    """Yield each environment that asks for more proof than the health check can show."""
    shown = proof_of(fleet.health)
    for name, one in fleet.environments.items():
        least = one.minimum_proof
        if least is not None and shown.rank < least.rank:
            message = (
                f"a deploy to {name} must prove '{least}', and the health check can show "
                f"'{shown}' at most, which does not show {LACKS[shown]}"
            )
            yield PROOF_TOO_WEAK, ("environments", name, "minimumProof"), message


def _reserved(contract: Contract) -> Iterator[Fault]:
    settings = contract.settings
    reserved = FLEET_KEYS if settings.flat else {TENANT_ID} if settings.var else set()
    named = settings.json_schema.value.get("properties") if settings.json_schema else None
    for key in named if isinstance(named, Mapping) else ():
        if key in reserved:
            message = f"the setting {key} has the name of a key that edgefleet reads itself"
            yield SETTING_RESERVED, (*_SETTINGS, "properties", key), message


def _of_relations(contract: Contract) -> Iterator[tuple[KeyPath, str]]:
    for number, relation in enumerate(contract.relations):
        place = ("contract", "relations", number)
        yield from (((*place, "values", index), each) for index, each in enumerate(relation.values))
        yield from (((*place, key), pointer) for key, pointer in relation.compared.items())


def _of_gateways(fleet: FleetConfig) -> Iterator[tuple[KeyPath, str]]:
    for number, pointer in enumerate(fleet.provision.ai_gateways):
        yield ("provision", "aiGateways", number), pointer


def _pointers(named: Iterable[tuple[KeyPath, str]], known: Mapping[str, Json]) -> Iterator[Fault]:
    for path, pointer in named:
        first, *rest = keys(pointer)
        if not may_lead_somewhere(known[first], tuple(rest), known[first]):
            message = f"no {first} can have a value at {pointer}"
            yield CONTRACT_POINTER, path, message


def _subject(path: KeyPath) -> str:
    return str(path[-1]) if path else "it"
