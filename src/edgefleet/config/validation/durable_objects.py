"""Rules for Durable Objects: the Worker exports their classes, migrations create their storage."""

import re
from collections.abc import Iterator, Mapping

from edgefleet.cloudflare.triggers.declared_workflows import is_own
from edgefleet.cloudflare.worker.code_update import LONGEST_DELAY_SECONDS, MODES
from edgefleet.cloudflare.worker.exports import (
    CREATED,
    DURABLE_OBJECT,
    LIVE_STATES,
    live_exports,
)
from edgefleet.config.reading.rule import Problem, Rule, Severity
from edgefleet.config.reading.views import TargetView
from edgefleet.config.wrangler_config import Migration
from edgefleet.core.foreign.values import at, entries
from edgefleet.core.model import Json

CLASS_WRONG = Rule(
    code="class-wrong",
    means="The class of a Durable Object binding is not the one that the Worker's code expects.",
    example='{ "name": "COUNTERS", "class_name": "Ledger" }',
    fix="bind the class that the Worker expects",
)
CLASS_NOT_EXPORTED = Rule(
    code="class-not-exported",
    means="The class of a Durable Object or of a workflow is not exported by the Worker's source "
    "file. Cloudflare refuses the upload (error 10070), or the workflow after it.",
    example='{ "name": "COUNTERS", "class_name": "Conuter" }',
    fix="correct the class's name, or export it from the file that main names",
)
CLASS_NOT_MIGRATED = Rule(
    code="class-not-migrated",
    means="No migration creates the storage of a Durable Object's class or transfers it from "
    "another script, or a later one deletes it. Cloudflare refuses the upload (error 10061).",
    example='"migrations": [{ "tag": "v1", "new_sqlite_classes": ["Counter"] }]',
    fix="append a migration with the class in new_sqlite_classes",
)
CLASS_NOT_SQLITE = Rule(
    code="class-not-sqlite",
    means="A migration creates a class with key-value storage (new_classes). SQLite storage has "
    "SQL, point-in-time recovery and the same key-value methods, and Cloudflare's free plan has no "
    "other (error 10097). It cannot be changed after the first deploy. Where key-value storage is "
    "meant, `keyValueClasses: true` in the contract of fleet.jsonc says so.",
    example='"migrations": [{ "tag": "v1", "new_classes": ["Counter"] }]',
    fix="name the class in new_sqlite_classes, or set contract.keyValueClasses in fleet.jsonc",
    severity=Severity.WARNING,
)
MIGRATION_TAG_TWICE = Rule(
    code="migration-tag-twice",
    means="Two migrations have the same tag. Cloudflare stores the tag of the last one that "
    "it applied, and cannot know which one comes next.",
    example='"migrations": [{ "tag": "v1" }, { "tag": "v1" }]',
    fix="give the later one a new tag",
)
EXPORT_INVALID = Rule(
    code="export-invalid",
    means="An entry of exports lacks a key, or exports and migrations both declare Durable "
    "Objects. Cloudflare refuses the upload (error 100402).",
    example='"exports": { "Counter": { "type": "durable-object" } }',
    fix="correct it; each class has a storage, or a state that says what becomes of it",
)
CODE_UPDATE_INVALID = Rule(
    code="code-update-invalid",
    means="durable_objects.code_update_strategy has another form than Cloudflare takes.",
    example='"code_update_strategy": { "mode": "later" }',
    fix="correct it",
)
RULES = (
    CLASS_WRONG,
    CLASS_NOT_EXPORTED,
    CLASS_NOT_MIGRATED,
    CLASS_NOT_SQLITE,
    MIGRATION_TAG_TWICE,
    EXPORT_INVALID,
    CODE_UPDATE_INVALID,
)

STATES = {
    CREATED: "storage",
    "deleted": "state",
    "renamed": "renamed_to",
    "transferred": "transferred_to",
    "expecting-transfer": "transfer_from",
}
"""Each state of a Durable Object's export, and a key that it needs."""

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_DECLARED = re.compile(r"\bexport\s+(?:default\s+)?(?:abstract\s+)?(?:class|const|let|var)\s+(\w+)")
_LISTED = re.compile(r"\bexport\s*\{([^}]*)\}")
_EVERYTHING = re.compile(r"\bexport\s*\*\s*from\b")


def exported_names(source: str) -> frozenset[str] | None:
    """Return what a module exports by name; None if it has `export * from`."""
    code = _COMMENT.sub("", source)
    if _EVERYTHING.search(code):
        return None
    listed = [entry.split() for names in _LISTED.findall(code) for entry in names.split(",")]
    # The last word is the exported one: `A`, `A as B`, `type A`.
    exported = (words[-1] for words in listed if words and words[0] != "type")
    return frozenset(_DECLARED.findall(code)) | frozenset(exported)


def expected_classes(target: TargetView) -> Iterator[Problem]:
    """Check that the Worker's Durable Objects are bound to the classes that its code expects."""
    named = target.tenant.fleet.contract.bindings or {}
    for number, bound in enumerate(target.worker.durable_objects.bindings):
        contract = named.get(bound.name)
        expected = (contract and contract.class_name) or bound.class_name
        if bound.class_name != expected:
            place = target.path("durable_objects", "bindings", number, "class_name")
            message = (
                f"{bound.name} is bound to '{bound.class_name}', but the Worker expects {expected}"
            )
            yield CLASS_WRONG.broken(target.file, place, message, action=f"bind {expected}")


def exported_classes(target: TargetView) -> Iterator[Problem]:
    """Check that the source exports every class of this Worker that something is bound to."""
    exported = target.entry.classes
    if exported is None:
        return
    for number, bound in enumerate(target.worker.durable_objects.bindings):
        if bound.script_name is None and bound.class_name not in exported:
            place = target.path("durable_objects", "bindings", number, "class_name")
            message = f"{target.worker.main} does not export a class '{bound.class_name}'"
            yield CLASS_NOT_EXPORTED.broken(target.file, place, message)
    for number, one in entries(target.resolved, "workflows"):
        name = one.get("class_name")
        if isinstance(name, str) and is_own(one, target.worker.name) and name not in exported:
            place = target.path("workflows", number, "class_name")
            message = f"{target.worker.main} does not export a class '{name}'"
            yield CLASS_NOT_EXPORTED.broken(target.file, place, message)


def migrated_classes(target: TargetView) -> Iterator[Problem]:
    """Check that a migration creates each of these classes, with SQLite storage."""
    if "migrations" in target.unreadable:
        return
    created, without_sqlite = _created(target.worker.migrations)
    for name, entry in _declared(target).items():
        (without_sqlite if entry.get("storage") == "legacy-kv" else created).add(name)
    for number, bound in enumerate(target.worker.durable_objects.bindings):
        if bound.script_name is not None:
            continue
        place = target.path("durable_objects", "bindings", number, "class_name")
        if bound.class_name in without_sqlite:
            if target.tenant.fleet.contract.key_value_classes:
                continue
            message = f"a migration creates '{bound.class_name}' without SQLite"
            yield CLASS_NOT_SQLITE.broken(target.file, place, message)
        elif bound.class_name not in created:
            message = f"no migration creates the class '{bound.class_name}'"
            yield CLASS_NOT_MIGRATED.broken(target.file, place, message)


def exports(target: TargetView) -> Iterator[Problem]:
    """Check that declared exports have the form that Cloudflare takes, without migrations."""
    declared = target.resolved.get("exports")
    if declared is None:
        return
    if not isinstance(declared, Mapping) or not all(
        isinstance(entry, Mapping) for entry in declared.values()
    ):
        message = "exports must be an object of objects: each export by its name"
        yield EXPORT_INVALID.broken(target.file, target.path("exports"), message)
        return
    if target.worker.migrations and _declared(target):
        message = "Durable Objects are declared in exports or in migrations, not in both"
        yield EXPORT_INVALID.broken(target.file, target.path("exports"), message)
    for name, entry in declared.items():
        if entry.get("type") == DURABLE_OBJECT and (words := _wrong(entry, declared)):
            place = target.path("exports", name)
            yield EXPORT_INVALID.broken(target.file, place, f"the export {name} {words}")


def code_update_strategy(target: TargetView) -> Iterator[Problem]:
    """Check that objects change to new code in a way that Cloudflare has."""
    found = at(target.resolved, "durable_objects", "code_update_strategy")
    delay = at(found, "max_delay")
    timed = isinstance(delay, int | float) and 0 <= delay <= LONGEST_DELAY_SECONDS
    if found is None or (at(found, "mode") in MODES and (delay is None or timed)):
        return
    place = target.path("durable_objects", "code_update_strategy")
    message = (
        f"code_update_strategy needs a mode ({', '.join(MODES)}), and may have a max_delay "
        f"of at most {LONGEST_DELAY_SECONDS:,} seconds"
    )
    yield CODE_UPDATE_INVALID.broken(target.file, place, message)


def _wrong(entry: Mapping[str, Json], declared: Mapping[str, Json]) -> str:
    state = entry.get("state", CREATED)
    if state not in STATES:
        return f"has the state '{state}'; there are {', '.join(STATES)}"
    key = STATES[state]
    if not isinstance(entry.get(key), str) or not entry[key]:
        return f"needs '{key}' in the state '{state}'"
    if state in LIVE_STATES and entry.get("storage") not in ("sqlite", "legacy-kv"):
        return "needs a 'storage': sqlite or legacy-kv"
    if state == "renamed" and entry["renamed_to"] not in live_exports(declared):
        return f"is renamed to '{entry['renamed_to']}', which exports does not declare"
    return ""


def _declared(target: TargetView) -> dict[str, dict[str, Json]]:
    """Return the Durable Object classes that the exports declare as live."""
    found = target.resolved.get("exports")
    entries = found.items() if isinstance(found, Mapping) else ()
    classes = {
        name: entry
        for name, entry in entries
        if isinstance(entry, Mapping) and entry.get("type") == DURABLE_OBJECT
    }
    return live_exports(classes)


def migration_tags(target: TargetView) -> Iterator[Problem]:
    """Check that each migration has its own tag."""
    seen: set[str] = set()
    for number, migration in enumerate(target.worker.migrations):
        if migration.tag in seen:
            place = target.path("migrations", number, "tag")
            message = f"the tag '{migration.tag}' is used by an earlier migration"
            yield MIGRATION_TAG_TWICE.broken(target.file, place, message)
        seen.add(migration.tag)


def _created(migrations: tuple[Migration, ...]) -> tuple[set[str], set[str]]:
    sqlite: set[str] = set()
    other: set[str] = set()
    for step in migrations:
        sqlite.update(step.new_sqlite_classes)
        other.update(step.new_classes)
        # The other script decides the kind of its storage; no file here says which.
        sqlite.update(moved.new for moved in step.transferred_classes)
        for renamed in step.renamed_classes:
            for kind in (sqlite, other):
                if renamed.old in kind:
                    kind.remove(renamed.old)
                    kind.add(renamed.new)
        sqlite.difference_update(step.deleted_classes)
        other.difference_update(step.deleted_classes)
    return sqlite, other
