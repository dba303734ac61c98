"""Rules for vars: known names, valid values, Cloudflare's limits."""

import json
from collections.abc import Iterator
from difflib import get_close_matches
from functools import partial

from edgefleet.cloudflare.limits import REQUEST_BODY_BYTES, VAR_BYTES, VARS_FREE, VARS_PAID
from edgefleet.config.reading.rule import Place, Problem, Rule, Severity
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
    means="edgefleet passes the tenant's public settings to the Worker in the var "
    "TENANT_CONFIG, and would overwrite one in wrangler.jsonc.",
    example='"vars": { "TENANT_CONFIG": "{}" }',
    fix="remove it, and change the setting in tenant.config.json",
)
VAR_ENVIRONMENT = Rule(
    code="var-environment",
    means="The var ENVIRONMENT is missing or names another environment. The Worker reports "
    "it to the health check, which would fail.",
    example='"staging": { "vars": { "ENVIRONMENT": "production" } }',
    fix="write the environment's own name",
)
VAR_VALUE = Rule(
    code="var-value",
    means="A var has a value that the Worker cannot use: LOG_LEVEL is one of debug, info, warn "
    "and error; MAX_REQUEST_BODY_SIZE is a number of bytes from 1 to 104857600 (Cloudflare's own "
    "limit on its smallest plan), as a number or as text; the others are text.",
    example='"vars": { "LOG_LEVEL": "verbose" }',
    fix="write one of these values",
)
VAR_TOO_LARGE = Rule(
    code="var-too-large",
    means="A var is larger than 5 KiB (5,120 bytes), Cloudflare's limit on all plans. "
    "TENANT_CONFIG, which carries the settings of tenant.config.json to the Worker, is a var too "
    "(https://developers.cloudflare.com/workers/platform/limits/#environment-variables).",
    example='"vars": { "MODEL_ID": "<6,000 characters>" }',
    fix="shorten it, or keep it in KV",
)
VAR_COUNT = Rule(
    code="var-count",
    means="An environment has more vars than Cloudflare allows: 64 on the free plan (a warning, "
    "since the plan is not known), 128 on the paid one. TENANT_CONFIG counts as one "
    "(https://developers.cloudflare.com/workers/platform/limits/#environment-variables).",
    example='"vars": { "A1": "", "A2": "", "...": "", "A128": "" }',
    fix="remove some",
)
RULES = (VAR_UNKNOWN, VAR_RESERVED, VAR_ENVIRONMENT, VAR_VALUE, VAR_TOO_LARGE, VAR_COUNT)

TENANT_CONFIG = "TENANT_CONFIG"
MODEL_VARS = ("MODEL_ID", "FALLBACK_MODEL_ID", "EMBEDDINGS_MODEL_ID")
KNOWN = frozenset({"ENVIRONMENT", "MAX_REQUEST_BODY_SIZE", "LOG_LEVEL", *MODEL_VARS})
LOG_LEVELS = ("debug", "info", "warn", "error")


def known_vars(target: TargetView) -> Iterator[Problem]:
    """Check that the Worker reads every var, and that none is edgefleet's own."""
    for name in target.worker.vars:
        place = target.path("vars", name)
        if name == TENANT_CONFIG:
            message = f"{target.where} sets {name}, which edgefleet writes"
            yield VAR_RESERVED.broken(target.file, place, message)
        elif name not in KNOWN:
            near = get_close_matches(name, KNOWN, n=1)
            action = f"did you mean {near[0]}? If not, remove it" if near else ""
            message = f"the Worker reads no var '{name}'"
            yield VAR_UNKNOWN.broken(target.file, place, message, action=action)


def environment_var(target: TargetView) -> Iterator[Problem]:
    """Check that ENVIRONMENT is the environment's name."""
    found = target.worker.vars.get("ENVIRONMENT")
    if found == target.environment or "vars" in target.unreadable:
        return
    message = f"the var ENVIRONMENT of {target.where} is not '{target.environment}'"
    if "ENVIRONMENT" not in target.worker.vars:
        message = f"{target.where} has no var ENVIRONMENT"
        if "vars" in target.tenant.wrangler.keys:
            message += "; vars are not inherited: an environment does not get the top level's"
    place = ("env", target.environment, "vars", "ENVIRONMENT")
    action = f'write "ENVIRONMENT": "{target.environment}"'
    yield VAR_ENVIRONMENT.broken(target.file, place, message, action=action)


def var_values(target: TargetView) -> Iterator[Problem]:
    """Check that the Worker can use each value."""
    for name, value in target.worker.vars.items():
        wanted = _wanted(name, value)
        if wanted:
            place = target.path("vars", name)
            yield VAR_VALUE.broken(target.file, place, f"{name} must be {wanted}")


def var_limits(target: TargetView) -> Iterator[Problem]:
    """Check Cloudflare's limits on the size and number of vars."""
    for name, value in target.worker.vars.items():
        size = len(_bytes(value))
        if size > VAR_BYTES:
            message = f"{name} has {size:,} bytes, more than {VAR_BYTES:,}"
            yield VAR_TOO_LARGE.broken(target.file, target.path("vars", name), message)
    count = len(target.worker.vars.keys() | {TENANT_CONFIG})
    if count > VARS_FREE:
        yield _too_many(target, target.path("vars"), count)


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


def _too_many(target: TargetView, place: Place, count: int) -> Problem:
    paid = count > VARS_PAID
    limit = f"{VARS_PAID} (paid plan)" if paid else f"{VARS_FREE} (free plan)"
    message = f"{target.where} has {count} vars with {TENANT_CONFIG}, more than {limit}"
    severity = Severity.ERROR if paid else Severity.WARNING
    return VAR_COUNT.broken(target.file, place, message, severity=severity)


def _wanted(name: str, value: Json) -> str:
    """Return what the value must be; empty if it is valid."""
    if name == "LOG_LEVEL":
        return "" if value in LOG_LEVELS else f"one of {', '.join(LOG_LEVELS)}"
    if name == "MAX_REQUEST_BODY_SIZE":
        return "" if _is_body_size(value) else f"a number of bytes from 1 to {REQUEST_BODY_BYTES}"
    if name in KNOWN:
        return "" if isinstance(value, str) and value else "text that is not empty"
    return ""


def _is_body_size(value: Json) -> bool:
    digits = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12
    number = int(value) if digits else value
    return type(number) is int and 1 <= number <= REQUEST_BODY_BYTES


def _bytes(value: Json) -> bytes:
    # As JSON.stringify writes it, which is how wrangler uploads it.
    compact = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))
    text = value if isinstance(value, str) else compact(value)
    return text.encode("utf-8", "replace")
