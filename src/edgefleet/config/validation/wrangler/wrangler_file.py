"""Rules for wrangler.jsonc as a whole: its form, its keys, its environments."""

from collections.abc import Iterator, Mapping, Set
from difflib import get_close_matches
from functools import lru_cache

from pydantic import ValidationError

from edgefleet.cloudflare.worker.unsupported import unsupported
from edgefleet.config.environments import NON_INHERITABLE, TOP_LEVEL_ONLY, environments
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.overlay.layers import Base
from edgefleet.config.reading.file_rules import WRANGLER_FILE_SECOND
from edgefleet.config.reading.rule import KeyPath, Problem, Rule, Severity
from edgefleet.config.reading.schema_errors import dotted, shape_errors
from edgefleet.config.reading.views import TargetView, TenantFiles
from edgefleet.config.target import DEV, Environment
from edgefleet.config.validation.wrangler.nested_keys import undecided
from edgefleet.config.wrangler_config import INHERITABLE, WranglerConfig
from edgefleet.core.foreign.values import at
from edgefleet.core.model import Json

ENVIRONMENT_MISSING = Rule(
    code="environment-missing",
    means="wrangler.jsonc has no section for the environment, so edgefleet cannot deploy it. "
    "wrangler itself would only warn, and deploy the top level.",
    example='"env": { "staging": { } }        // no "production"',
    fix="add the environment below env, with all its bindings",
)
WRANGLER_VALUE = Rule(
    code="wrangler-value",
    means="A part of wrangler.jsonc that edgefleet reads does not have the form that wrangler "
    "expects.",
    example='"kv_namespaces": { "CONFIG": "7f5a..." }',
    fix="correct it; https://developers.cloudflare.com/workers/wrangler/configuration/ shows how",
)
WRANGLER_UNKNOWN_KEY = Rule(
    code="wrangler-unknown-key",
    means="wrangler does not know the key at this place, and ignores it: a typing error, or a "
    "key that is allowed only at the top level.",
    example='"kv_namespace": [ ]',
    fix="correct its name, move it to the top level, or remove it",
    severity=Severity.WARNING,
)
WRANGLER_UNSUPPORTED = Rule(
    code="wrangler-unsupported",
    means="wrangler knows the key, but edgefleet does not deploy it: it can neither compare it "
    "with the live state nor restore it. [The table of keys](wrangler-keys.md) has each such key "
    "with the reason.",
    example='"keep_vars": true',
    fix="remove it; edgefleet deploys modules, assets, bindings, vars, triggers and routes",
)
WRANGLER_SECRETS = Rule(
    code="wrangler-secrets",
    means="wrangler reads `secrets`, and edgefleet reads requiredSecrets of tenant.config.json: "
    "two lists of the secrets that a target needs.",
    example='"secrets": { "required": ["UPSTREAM_TOKEN"] }',
    fix="name the secrets in requiredSecrets of tenant.config.json, and remove it here",
    severity=Severity.WARNING,
)
RULES = (
    ENVIRONMENT_MISSING,
    WRANGLER_VALUE,
    WRANGLER_UNKNOWN_KEY,
    WRANGLER_SECRETS,
    WRANGLER_UNSUPPORTED,
    WRANGLER_FILE_SECOND,
)

_ENVIRONMENT_KEYS = INHERITABLE | NON_INHERITABLE
_TOP_LEVEL_KEYS = _ENVIRONMENT_KEYS | TOP_LEVEL_ONLY | {"$schema", "env"}


def environment_exists(tenant: TenantFiles, environment: Environment) -> Iterator[Problem]:
    """Check that the file has a section, an object, for the environment."""
    file, keys = tenant.wrangler.file, tenant.wrangler.keys
    named = environments(keys)
    if "env" in keys and not isinstance(keys["env"], Mapping):
        yield WRANGLER_VALUE.broken(file, ("env",), "env must be an object: { ... }")
    elif environment not in named:
        message = f"there is no environment '{environment}'"
        yield ENVIRONMENT_MISSING.broken(
            file, ("env",), message, action=_renaming(tenant.fleet, environment, named)
        )
    elif not isinstance(keys["env"][environment], Mapping):
        place = ("env", environment)
        yield WRANGLER_VALUE.broken(file, place, f"{dotted(place)} must be an object: {{ ... }}")


def known_keys(tenant: TenantFiles) -> Iterator[Problem]:
    """Check that wrangler knows every key of a tenant's file."""
    required = tenant.told_apart.get("requiredSecrets")
    yield from keys_of_file(tenant.wrangler.file, tenant.wrangler.keys, required)


def keys_of_file(
    file: str, keys: Mapping[str, Json], required_secrets: Json = None
) -> Iterator[Problem]:
    """Check that wrangler knows every key at the top level and in the environments of a file."""
    yield from _unknown(file, keys, (), _TOP_LEVEL_KEYS, required_secrets)
    yield from nested(file, keys)
    for name in environments(keys):
        section = keys["env"][name]
        if isinstance(section, Mapping):
            place = ("env", name)
            yield from _unknown(file, section, place, _ENVIRONMENT_KEYS, required_secrets)
            yield from nested(file, section, place)


def unsupported_keys(target: TargetView) -> Iterator[Problem]:
    """Check that edgefleet can deploy every key."""
    resolved = target.resolved if target.environment.deployable else {}
    for path, key, what in unsupported(resolved):
        message = f"edgefleet does not deploy {key} ({what})"
        action = (
            f"remove {key}; edgefleet deploys modules, assets, bindings, vars, triggers and routes"
        )
        yield WRANGLER_UNSUPPORTED.broken(target.file, target.path(*path), message, action=action)


def read_target(
    tenant: TenantFiles,
    environment: Environment,
    resolved: Mapping[str, Json],
    changed: frozenset[str] | None,
) -> tuple[WranglerConfig, frozenset[str], list[Problem]]:
    """Parse one environment, as wrangler resolves it.

    `changed` are the keys that are not as in the base. Returns it without its invalid sections,
    the names of these, and a problem for each error.
    """
    try:
        base = tenant.layers.base
        below = None if base is None else _of_base(base, environment)
        return _parsed(resolved, changed, below), frozenset(), []
    except ValidationError as error:
        errors = shape_errors(error)
    problems = [
        WRANGLER_VALUE.broken(
            tenant.layers.file,
            tenant.path_of(environment, str(path[0]), *path[1:]),
            f"{dotted(path)} {words}",
        )
        for path, _, words in errors
    ]
    unreadable = frozenset(str(path[0]) for path, _, _ in errors)
    rest = {key: value for key, value in resolved.items() if key not in unreadable}
    return WranglerConfig.model_validate(rest), unreadable, problems


@lru_cache(maxsize=32)
def _of_base(base: Base, environment: Environment) -> WranglerConfig | None:
    """Return what all tenants have unchanged, parsed once; None where it is not valid alone."""
    try:
        return WranglerConfig.model_validate(base.resolve(environment))
    except ValidationError:
        return None


def _parsed(
    resolved: Mapping[str, Json], changed: frozenset[str] | None, below: WranglerConfig | None
) -> WranglerConfig:
    if below is None or changed is None or not changed <= resolved.keys():
        return WranglerConfig.model_validate(resolved)
    own = WranglerConfig.model_validate({key: resolved[key] for key in changed})
    return below.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})


def _renaming(fleet: FleetConfig, environment: Environment, named: tuple[str, ...]) -> str:
    near = [name for name in named if fleet.aliases.get(name) == environment]
    near = near or get_close_matches(environment, set(named) - {DEV, *fleet.environments}, n=1)
    return f"rename env.{near[0]} to env.{environment}" if near else ""


def _unknown(
    file: str,
    keys: Mapping[str, Json],
    path: tuple[str, ...],
    known: Set[str],
    required_secrets: Json,
) -> Iterator[Problem]:
    for key in sorted(keys.keys() - known):
        place = (*path, key)
        near = get_close_matches(key, known, n=1)
        if key in TOP_LEVEL_ONLY:
            yield WRANGLER_UNKNOWN_KEY.broken(
                file, place, f"'{key}' is allowed only at the top level"
            )
        else:
            message = f"wrangler does not know the key '{key}' here"
            action = f"did you mean '{near[0]}'?" if near else ""
            yield WRANGLER_UNKNOWN_KEY.broken(file, place, message, action=action)
    if keys.get("secrets") is not None:
        message = f"edgefleet uses requiredSecrets{_compared(keys['secrets'], required_secrets)}"
        yield WRANGLER_SECRETS.broken(file, (*path, "secrets"), message)


def nested(file: str, section: Mapping[str, Json], place: KeyPath = ()) -> Iterator[Problem]:
    """Check that wrangler knows every key below the top level, in objects and lists of them."""
    for here in undecided(section):
        message = f"wrangler does not know the key '{here[-1]}' here"
        yield WRANGLER_UNKNOWN_KEY.broken(file, (*place, *here), message)


def _compared(secrets: Json, required_secrets: Json) -> str:
    """Return which names only one of the two lists of required secrets has."""
    lists = (at(secrets, "required"), required_secrets)
    here, there = (
        {name for name in one if isinstance(name, str)} if isinstance(one, list) else set[str]()
        for one in lists
    )
    lacks, more = sorted(here - there), sorted(there - here)
    differences = [f"which lacks {', '.join(lacks)}"] if lacks else []
    differences += [f"and also has {', '.join(more)}"] if more else []
    return "".join(f", {words}" for words in differences)
