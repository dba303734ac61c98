"""Rules for tenant.config.json."""

from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches

from pydantic import ValidationError

from edgefleet.config.contract.models import SettingsContract
from edgefleet.config.reading.rule import KeyPath, Problem, Rule
from edgefleet.config.reading.schema_errors import MISSING, UNKNOWN, dotted, shape_errors
from edgefleet.config.reading.views import TenantFiles
from edgefleet.config.tenant import SETTINGS, TENANT_ID, TenantConfig
from edgefleet.config.validation.contract.faults import SETTING_RESERVED
from edgefleet.config.validation.variables import given_settings
from edgefleet.core.foreign.values import at, entries
from edgefleet.core.model import Json

CONFIG_UNKNOWN_KEY = Rule(
    code="config-unknown-key",
    means="tenant.config.json has a key that its schema does not know: a typing error, or a "
    "setting that does not exist. It would have no effect.",
    example='"rateLimits": { "perMinute": 60, "burst": 20, "windowSec": 60 }',
    fix="correct its name or remove it",
)
CONFIG_MISSING_KEY = Rule(
    code="config-missing-key",
    means="tenant.config.json lacks a key of edgefleet, or a setting that the schema of the "
    "contract in fleet.jsonc requires.",
    example='{ "tenantId": "acme" }     // no "accountId"',
    fix="add it; docs/reference/tenant.config.schema.json explains it",
)
CONFIG_VALUE = Rule(
    code="config-value",
    means="A setting has a value of the wrong type, or outside its limits.",
    example='"ring": "1"',
    fix="correct it; docs/reference/tenant.config.schema.json says what is allowed",
)
TENANT_ID_MISMATCH = Rule(
    code="tenant-id-mismatch",
    means="tenantId is not the name of the folder. The Worker would answer, and count "
    "its usage, as another tenant; usually the folder was copied.",
    example='"tenantId": "mrrainbowsmoke"     // in tenants/newcomer/',
    fix="write the folder's name, or rename the folder",
)
DRIFT_EXCEPTION_EXPIRED = Rule(
    code="drift-exception-expired",
    means="An entry of drift.ignore has expired. An exception is temporary: resolve the "
    "difference now.",
    example='{ "path": "vars.LOG_LEVEL", "reason": "incident 12", "expires": "2020-01-31" }',
    fix="make Cloudflare and the files agree and remove the entry, or set a later day",
)
PIN_EXPIRED = Rule(
    code="pin-expired",
    means="A tenant's pin has expired. A pin is temporary: the longer a tenant stays behind the "
    "others, the larger its next deploy.",
    example='"pin": { "commit": "1f0c9ad", "reason": "incident 12", "expires": "2020-01-31" }',
    fix="remove the pin, or set a later day",
)
RULES = (
    CONFIG_UNKNOWN_KEY,
    CONFIG_MISSING_KEY,
    CONFIG_VALUE,
    TENANT_ID_MISMATCH,
    DRIFT_EXCEPTION_EXPIRED,
    PIN_EXPIRED,
)

_BY_TYPE = {MISSING: CONFIG_MISSING_KEY, UNKNOWN: CONFIG_UNKNOWN_KEY}


def read_config(tenant: TenantFiles) -> tuple[TenantConfig | None, list[Problem]]:
    """Validate tenant.config.json: its own keys, and settings by the contract's schema.

    Its JSON has been read.
    """
    contract = tenant.fleet.contract.settings
    read = tenant.told_apart
    problems = list(_settings(tenant, contract, read.get(SETTINGS, {})))
    try:
        config = TenantConfig.model_validate(read)
    except ValidationError as error:
        return None, [*(_problem(tenant, *found) for found in shape_errors(error)), *problems]
    return (None if problems else config), [*problems, *given_settings(tenant, config)]


def _settings(tenant: TenantFiles, contract: SettingsContract, settings: Json) -> Iterator[Problem]:
    """Compare settings with the contract; if they are no object, the form has been reported."""
    if not isinstance(settings, dict):
        return
    above: KeyPath = () if contract.flat else (SETTINGS,)
    if contract.var and TENANT_ID in settings:
        message = f"{SETTINGS}.{TENANT_ID} has the name of a key that edgefleet adds"
        yield SETTING_RESERVED.broken(tenant.config.file, (*above, TENANT_ID), message)
    if contract.json_schema is not None:
        for path, kind, words in contract.json_schema.errors(settings):
            yield _problem(tenant, (*above, *path), kind, words)


def tenant_id(tenant: TenantFiles) -> Iterator[Problem]:
    """Check that the folder's name is the tenant's id."""
    found = tenant.config.keys.get("tenantId")
    if isinstance(found, str) and found != tenant.name:
        message = f"tenantId is '{found}', but the folder is '{tenant.name}'"
        yield TENANT_ID_MISMATCH.broken(tenant.config.file, ("tenantId",), message)


def drift_exceptions(tenant: TenantFiles, today: date) -> Iterator[Problem]:
    """Check that no drift exception has expired; `today` is the day in UTC."""
    for number, entry in entries(tenant.told_apart, "drift", "ignore"):
        expires = _day(entry.get("expires"))
        if expires and expires < today:
            place = tenant.place("drift", "ignore", number, "expires")
            message = f"this exception expired on {expires}"
            yield DRIFT_EXCEPTION_EXPIRED.broken(tenant.config.file, place, message)


def pin(tenant: TenantFiles, today: date) -> Iterator[Problem]:
    """Check that the pin has not expired; `today` is the day in UTC."""
    expires = _day(at(tenant.config.keys, "pin", "expires"))
    if expires and expires < today:
        message = f"this pin expired on {expires}"
        yield PIN_EXPIRED.broken(tenant.config.file, ("pin", "expires"), message)


def _day(text: Json) -> date | None:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def _problem(tenant: TenantFiles, path: KeyPath, kind: str, words: str) -> Problem:
    rule = _BY_TYPE.get(kind, CONFIG_VALUE)
    action = _nearest(tenant, path) if rule is CONFIG_UNKNOWN_KEY else ""
    where = dotted(path) if path else "it"
    return rule.broken(tenant.config.file, path, f"{where} {words}", action=action)


def _nearest(tenant: TenantFiles, path: KeyPath) -> str:
    contract = tenant.fleet.contract.settings
    known = [*_keys_of(TenantConfig.model_json_schema())]
    known += _keys_of(contract.json_schema.value) if contract.json_schema else ()
    near = get_close_matches(str(path[-1]), known, n=1)
    if near:
        return f"did you mean '{near[0]}'? If not, remove it"
    if len(path) == 1 and not contract.flat:
        return (
            f"remove it, or write it below {SETTINGS} if it is the Worker's; where settings stand "
            "flat, the contract of fleet.jsonc says so (docs/fleet-file.md)"
        )
    return ""


def _keys_of(schema: Json) -> Iterator[str]:
    """Yield every key that a schema names, at any depth."""
    if isinstance(schema, Mapping):
        named = schema.get("properties")
        yield from named if isinstance(named, Mapping) else ()
        for each in schema.values():
            yield from _keys_of(each)
