"""Rules for vars: known names, valid values, Cloudflare's limits."""

import json
from collections.abc import Iterator
from difflib import get_close_matches

from edgefleet.cloudflare.limits import VAR_BYTES
from edgefleet.config.contract.json_schema import JsonSchema
from edgefleet.config.contract.pointers import NOTHING
from edgefleet.config.reading.rule import KeyPath, Problem, Rule
from edgefleet.config.reading.schema_errors import MISSING, UNKNOWN, dotted
from edgefleet.config.reading.views import TargetView, TenantFiles
from edgefleet.config.tenant import SETTINGS, TENANT_ID, TenantConfig, settings_var
from edgefleet.core.model import Json

VAR_UNKNOWN = Rule(
    code="var-unknown",
    means="The Worker reads no var of this name, so it would have no effect: a typing error, "
    "or a setting that belongs in tenant.config.json.",
    example='"vars": { "LOGLEVEL": "debug" }',
    fix="correct its name or remove it",
)
VAR_RESERVED = Rule(
    code="var-reserved",
    means="edgefleet passes the tenant's settings to the Worker in the var that "
    "contract.settings.var of fleet.jsonc names, and would overwrite one in wrangler.jsonc.",
    example='"vars": { "SETTINGS": "{}" }     // fleet.jsonc: "settings": { "var": "SETTINGS" }',
    fix="remove it, and change the setting in tenant.config.json",
)
VAR_ENVIRONMENT = Rule(
    code="var-environment",
    means='A var that must be the environment\'s name (`"const": "$environment"` in the '
    "contract of fleet.jsonc) is missing or names another environment.",
    example='"staging": { "vars": { "ENVIRONMENT": "production" } }',
    fix="write the environment's own name",
)
VAR_VALUE = Rule(
    code="var-value",
    means="A var has a value that the contract in fleet.jsonc does not allow.",
    example='"vars": { "LOG_LEVEL": "verbose" }',
    fix="correct it; contract.vars of fleet.jsonc says what is allowed",
)
VAR_TOO_LARGE = Rule(
    code="var-too-large",
    means="A var is larger than 5 KiB (5,120 bytes), Cloudflare's limit on all plans. "
    "The var that carries the settings of tenant.config.json to the Worker counts, too "
    "(https://developers.cloudflare.com/workers/platform/limits/#environment-variables).",
    example='"vars": { "GREETING": "<6,000 characters>" }',
    fix="shorten it, or keep it in KV",
)
VAR_MISSING = Rule(
    code="var-missing",
    means="An environment lacks a var that the contract in fleet.jsonc requires. Vars are not "
    "inherited: an environment does not get those of the top level.",
    example='"staging": { "vars": { } }     // the contract requires REGION',
    fix="add it to the vars of the environment",
)
RULES = (
    VAR_UNKNOWN,
    VAR_MISSING,
    VAR_RESERVED,
    VAR_ENVIRONMENT,
    VAR_VALUE,
    VAR_TOO_LARGE,
)


def contract_vars(target: TargetView) -> Iterator[Problem]:
    """Check vars by the contract, and that none is the one that edgefleet adds."""
    contract, given = target.tenant.fleet.contract, dict(target.worker.vars)
    added = contract.settings.var
    if added is not None and given.pop(added, NOTHING) is not NOTHING:
        message = f"{target.where} sets {added}, which edgefleet writes"
        yield VAR_RESERVED.broken(target.file, target.path("vars", added), message)
    if contract.vars is None or "vars" in target.unreadable:
        return
    schema = contract.vars.of_environment(target.environment)
    for path, kind, words in schema.errors(given):
        yield _problem(target, contract.vars, path, kind, words)


def _problem(
    target: TargetView, schema: JsonSchema, path: KeyPath, kind: str, words: str
) -> Problem:
    name = str(path[0]) if path else "vars"
    own = name in schema.named_by_environment
    if kind == MISSING and len(path) == 1:
        return _missing(target, name, VAR_ENVIRONMENT if own else VAR_MISSING)
    place = target.path("vars", *path)
    if kind == UNKNOWN and len(path) == 1:
        near = get_close_matches(name, schema.value.get("properties", {}), n=1)
        action = f"did you mean {near[0]}? If not, remove it" if near else ""
        message = f"the Worker reads no var '{name}'"
        return VAR_UNKNOWN.broken(target.file, place, message, action=action)
    if own:
        message = f"the var {name} of {target.where} is not '{target.environment}'"
        action = f'write "{name}": "{target.environment}"'
        return VAR_ENVIRONMENT.broken(target.file, place, message, action=action)
    return VAR_VALUE.broken(target.file, place, f"{dotted(path) or name} {words}")


def _missing(target: TargetView, name: str, rule: Rule) -> Problem:
    message = f"{target.where} has no var {name}"
    if "vars" in target.tenant.wrangler.keys:
        message += "; vars are not inherited: an environment does not get the top level's"
    place = ("env", target.environment, "vars", name)
    action = f'write "{name}": "{target.environment}"' if rule is VAR_ENVIRONMENT else ""
    return rule.broken(target.file, place, message, action=action)


def var_limits(target: TargetView) -> Iterator[Problem]:
    """Check Cloudflare's limit on the size of a var."""
    for name, value in target.worker.vars.items():
        size = len(_bytes(value))
        if size > VAR_BYTES:
            message = f"{name} has {size:,} bytes, more than {VAR_BYTES:,}"
            yield VAR_TOO_LARGE.broken(target.file, target.path("vars", name), message)


def given_settings(tenant: TenantFiles, config: TenantConfig) -> Iterator[Problem]:
    """Check Cloudflare's limit on the var in which the Worker gets the tenant's settings."""
    for var, given in settings_var(config, tenant.fleet.contract.settings).items():
        size = len(_bytes(given))
        if size > VAR_BYTES:
            largest = max(given, key=lambda key: len(_bytes(given[key])))
            message = (
                f"{var}, made from this file, has {size:,} bytes, more than "
                f"{VAR_BYTES:,}: {len(_bytes(given[largest])):,} of them are {largest}"
            )
            flat = tenant.fleet.contract.settings.flat or largest == TENANT_ID
            place = (largest,) if flat else (SETTINGS, largest)
            yield VAR_TOO_LARGE.broken(
                tenant.config.file, place, message, action=f"shorten {largest}"
            )


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _bytes(value: Json) -> bytes:
    # As JSON.stringify writes it, which is how wrangler uploads it.
    text = value if isinstance(value, str) else _COMPACT.encode(value)
    return text.encode("utf-8", "replace")
