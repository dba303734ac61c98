"""Rules for bindings: each one that the Worker's code uses exists, with a valid name and id."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set

from edgefleet.cloudflare.worker.binding_types import KINDS, BindingEntry, declared
from edgefleet.config.overlay.layers import Layers
from edgefleet.config.reading.rule import KeyPath, Place, Problem, Rule
from edgefleet.config.reading.views import TargetView
from edgefleet.config.wrangler_config import NamedBinding, WranglerConfig
from edgefleet.core.foreign.values import at
from edgefleet.core.ids import HEX_ID, UUID
from edgefleet.core.model import Json
from edgefleet.errors import ConfigError

BINDING_MISSING = Rule(
    code="binding-missing",
    means="An environment lacks a binding that the Worker needs. Bindings are not inherited: an "
    "environment does not get those of the top level, it must repeat them "
    "(https://developers.cloudflare.com/workers/wrangler/configuration/#non-inheritable-keys).",
    example='"env": { "staging": { "ai": { "binding": "MODELS" } } }     // the Worker needs AI',
    fix="add it to the environment",
)
BINDING_TWICE = Rule(
    code="binding-twice",
    means="Two bindings, vars or required secrets of one environment have the same name. "
    "Cloudflare refuses the upload (error 10053).",
    example='"kv_namespaces": [{ "binding": "DB", "id": "7f5a..." }]   // and a D1 database DB',
    fix="give each its own name",
)
BINDING_ID = Rule(
    code="binding-id",
    means="A KV namespace or D1 database has no id, or an id of the wrong form. "
    "Without an id wrangler creates a new, empty resource on every first deploy, even in CI.",
    example='{ "binding": "CONFIG" }',
    fix="let edgefleet provision make it, or copy the id from Cloudflare: 32 hexadecimal digits "
    "for KV, a UUID for D1",
)
BINDING_INCOMPLETE = Rule(
    code="binding-incomplete",
    means="A binding of another kind than the Worker's own (R2, queues, services and the like) "
    "lacks a key, or has the wrong form, so that edgefleet cannot upload it.",
    example='"r2_buckets": [{ "binding": "FILES" }]',
    fix="correct it; https://developers.cloudflare.com/workers/wrangler/configuration/ shows how",
)
RULES = (BINDING_MISSING, BINDING_TWICE, BINDING_ID, BINDING_INCOMPLETE)


WHAT = {
    "kv_namespaces": "KV namespace",
    "d1_databases": "D1 database",
    "vectorize": "Vectorize index",
    "durable_objects": "Durable Object",
    "ai": "AI binding",
    "version_metadata": "version metadata binding",
}
"""What a section holds, in words; of others, its name says it."""

_OTHER_SECTIONS = {section.split(".")[0] for section in KINDS} - WranglerConfig.model_fields.keys()
_KV_ID = re.compile(HEX_ID)
_D1_ID = re.compile(UUID)


def names(target: TargetView) -> Iterator[tuple[str, str, KeyPath]]:
    """Yield each binding's section, its name, and the path of its name."""
    worker = target.worker
    lists: dict[str, Sequence[NamedBinding]] = {
        "kv_namespaces": worker.kv_namespaces,
        "d1_databases": worker.d1_databases,
        "vectorize": worker.vectorize,
    }
    for section, bound in lists.items():
        for number, one in enumerate(bound):
            yield section, one.binding, (section, number, "binding")
    section = "durable_objects"
    for number, each in enumerate(worker.durable_objects.bindings):
        yield section, each.name, (section, "bindings", number, "name")
    for section, single in (("ai", worker.ai), ("version_metadata", worker.version_metadata)):
        if single is not None:
            yield section, single.binding, (section, "binding")
    if worker.assets is not None and worker.assets.binding is not None:
        yield "assets", worker.assets.binding, ("assets", "binding")
    for section, entries in _others(target).items():
        for entry in entries if isinstance(entries, list) else ():
            yield section, entry["name"], (section,)


def binding_names(target: TargetView) -> Iterator[Problem]:
    """Check that the environment has every binding that it needs, each with its own name."""
    found = list(names(target))
    yield from _required(target, {(section, name) for section, name, _ in found})
    yield from _distinct(target, [(name, keys) for _, name, keys in found])


def _required(target: TargetView, present: Set[tuple[str, str]]) -> Iterator[Problem]:
    for section, name in _needed(target):
        if (section, name) in present or section in target.unreadable:
            continue
        place = ("env", target.environment, section)
        message = f"{target.where} has no {WHAT.get(section, f'binding in {section}:')} {name}"
        if _mentions(target.tenant.wrangler.keys.get(section), name):
            message += (
                f"; the top level has one, but {section} is not inherited: an environment "
                "does not get the top level's"
            )
        action = f"add {name} to {section} in {target.where}"
        yield BINDING_MISSING.broken(target.file, place, message, action=action)


def _needed(target: TargetView) -> Iterator[tuple[str, str]]:
    """Yield section and name of each binding that the contract names, else that the base has."""
    named, base = target.tenant.fleet.contract.bindings, target.tenant.base
    if named is not None:
        yield from ((one.kind, name) for name, one in named.items())
    elif base is not None and base.keys is not None and base.has(target.environment):
        resolved = Layers.of(base.file, {}, base, None).resolve(target.environment)
        for where, kind, item in declared(resolved):
            name = item.get(kind.name) if isinstance(item, Mapping) else None
            if isinstance(name, str):
                yield re.split(r"[.\[]", where)[0], name


def _distinct(target: TargetView, bound: Sequence[tuple[str, KeyPath]]) -> Iterator[Problem]:
    """Check that no two of a target's bindings, vars and required secrets share a name."""
    seen = {name for name, _ in bound} | target.worker.vars.keys()
    if len(seen) < len(bound) + len(target.worker.vars):
        yield from _repeated(target, bound)
    secrets = target.tenant.told_apart.get("requiredSecrets")
    for number, name in enumerate(secrets if isinstance(secrets, list) else ()):
        if isinstance(name, str) and name in seen:
            place = target.tenant.place("requiredSecrets", number)
            yield BINDING_TWICE.broken(target.tenant.config.file, place, _taken(target, name))


def _repeated(target: TargetView, bound: Sequence[tuple[str, KeyPath]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for name, keys in (*bound, *((name, ("vars", name)) for name in target.worker.vars)):
        if name in seen:
            yield BINDING_TWICE.broken(target.file, target.path(*keys), _taken(target, name))
        seen.add(name)


def ids(target: TargetView) -> Iterator[Problem]:
    """Check that KV namespaces, D1 databases and Vectorize indexes are named as Cloudflare does."""
    for number, namespace in enumerate(target.worker.kv_namespaces):
        if not _KV_ID.fullmatch(namespace.id or ""):
            place = target.path("kv_namespaces", number, "id")
            yield _bad_id(target, place, f"KV namespace {namespace.binding}", namespace.id)
    for number, database in enumerate(target.worker.d1_databases):
        if not _D1_ID.fullmatch(database.database_id or ""):
            place = target.path("d1_databases", number, "database_id")
            yield _bad_id(target, place, f"D1 database {database.binding}", database.database_id)
    for number, index in enumerate(target.worker.vectorize):
        if not index.index_name:
            place = target.path("vectorize", number, "index_name")
            message = f"the Vectorize index {index.binding} has no index_name"
            yield BINDING_INCOMPLETE.broken(target.file, place, message, action=_made(target))


def other_kinds(target: TargetView) -> Iterator[Problem]:
    """Check that edgefleet can upload every binding of another kind than the Worker's own."""
    for section, found in _others(target).items():
        if isinstance(found, ConfigError):
            place = target.path(section)
            message, action = found.message, found.hint
            yield BINDING_INCOMPLETE.broken(target.file, place, message, action=action)


def _others(target: TargetView) -> dict[str, list[BindingEntry] | ConfigError]:
    """Return the bindings, or the error, of each section that `worker` does not have."""
    others: dict[str, list[BindingEntry] | ConfigError] = {}
    resolved = target.resolved
    for section in (key for key in resolved if key in _OTHER_SECTIONS):
        below = declared({section: resolved[section]})
        try:
            others[section] = [kind.entry(item, where) for where, kind, item in below]
        except ConfigError as error:
            others[section] = error
    return others


def _taken(target: TargetView, name: str) -> str:
    return f"the name '{name}' is used by another binding or var of {target.where}"


def _bad_id(target: TargetView, place: Place, what: str, found: str | None) -> Problem:
    message = f"'{found}' cannot be the id of the {what}" if found else f"the {what} has no id"
    form = "copy the id from Cloudflare: 32 hexadecimal digits for KV, a UUID for D1"
    # dev is on a developer's machine: any id of the right form will do.
    makes = f"{_made(target)}; or {form}" if target.environment.deployable else form
    return BINDING_ID.broken(target.file, place, message, action=makes)


def _made(target: TargetView) -> str:
    return f"make it: {target.provision}"


def _mentions(section: Json, name: str) -> bool:
    entries = at(section, "bindings") or section
    entries = entries if isinstance(entries, list) else [entries]
    return any(
        isinstance(entry, Mapping) and name in {entry.get("binding"), entry.get("name")}
        for entry in entries
    )
