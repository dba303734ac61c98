"""Durable Object migrations: from the classes of a script to its next ones.

See https://developers.cloudflare.com/durable-objects/reference/durable-objects-migrations/.
"""

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from localedge.model import Json
from localedge.state.scripts.records import DurableClass
from localedge.wire.binding_errors import (
    ClassNotExported,
    LiveClassMissing,
    MigrationNotApplicable,
    MigrationTagMismatch,
)
from localedge.wire.errors import BadBody

Classes = dict[str, DurableClass]


@dataclass(frozen=True, slots=True)
class MigrationResult:
    """What migrations lead to.

    `dropped` are namespaces whose data goes away, `given` the classes that other scripts lose to
    this one, as (script, class).
    """

    classes: Classes
    tag: str | None
    dropped: tuple[str, ...] = ()
    given: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class _Migrator:
    classes: Classes
    others: Callable[[str], Classes]
    dropped: list[str] = field(default_factory=list)
    given: list[tuple[str, str]] = field(default_factory=list)

    def create(self, name: str, *, sqlite: bool) -> None:
        if name in self.classes:
            raise MigrationNotApplicable(
                f"Cannot apply new-class migration to class '{name}' that is already depended on "
                "by existing Durable Objects"
            )
        self.classes[name] = DurableClass(name, uuid.uuid4().hex, sqlite)

    def delete(self, name: str) -> None:
        self.dropped.append(self._pop(name, "delete-class").namespace_id)

    def rename(self, old: str, new: str) -> None:
        moved = self._pop(old, "rename-class")
        self._free(new, "rename-class")
        self.classes[new] = replace(moved, name=new)

    def transfer(self, old: str, script: str, new: str) -> None:
        moved = self.others(script).get(old)
        if moved is None:
            raise MigrationNotApplicable(
                f"Cannot apply transfer-class migration: script '{script}' has no class '{old}'"
            )
        self._free(new, "transfer-class")
        self.classes[new] = replace(moved, name=new)
        self.given.append((script, old))

    def _pop(self, name: str, kind: str) -> DurableClass:
        if name not in self.classes:
            raise MigrationNotApplicable(
                f"Cannot apply {kind} migration to class '{name}' that is not known"
            )
        return self.classes.pop(name)

    def _free(self, name: str, kind: str) -> None:
        if name in self.classes:
            raise MigrationNotApplicable(
                f"Cannot apply {kind} migration: class '{name}' exists already"
            )


def migrate(
    classes: Mapping[str, DurableClass],
    tag: str | None,
    migrations: Json,
    others: Callable[[str], Classes] = lambda _: {},
) -> MigrationResult:
    """Apply the `migrations` of an upload's metadata to a script that stands at `tag`.

    `others` gives the classes of another script of the account. Raises `MigrationTagMismatch`,
    `MigrationNotApplicable`, or `BadBody` for what is no migration.
    """
    if not isinstance(migrations, dict):
        raise BadBody("migrations must be an object.")
    _check_tag(migrations.get("old_tag"), tag)
    work = _Migrator(dict(classes), others)
    try:
        for step in migrations.get("steps", [migrations]):
            _apply(work, step)
    except (AttributeError, KeyError, TypeError) as broken:
        raise BadBody("migrations have a form that is not known.") from broken
    new_tag = migrations.get("new_tag") or tag
    return MigrationResult(work.classes, new_tag, tuple(work.dropped), tuple(work.given))


def check_exports(
    migrated: Classes, before: Mapping[str, DurableClass], exported: Collection[str]
) -> None:
    """Refuse code that lacks a class whose objects exist, or one that a migration has made."""
    for name, item in migrated.items():
        if name in exported:
            continue
        if before.get(name) == item:
            raise LiveClassMissing(
                f"New version of script does not export class '{name}' which is depended on by "
                "existing Durable Objects. If you want to delete the object's storage, use a "
                "delete-class migration."
            )
        raise ClassNotExported(
            f"Cannot apply new-class migration to class '{name}' that is not exported by script."
        )


def _check_tag(old_tag: str | None, tag: str | None) -> None:
    if (old_tag or None) != tag:
        raise MigrationTagMismatch(
            f"Migration tag precondition failed; current tag is '{tag or ''}'"
        )


def _apply(work: _Migrator, step: Json) -> None:
    for name in step.get("new_classes") or []:
        work.create(name, sqlite=False)
    for name in step.get("new_sqlite_classes") or []:
        work.create(name, sqlite=True)
    for moved in step.get("renamed_classes") or []:
        work.rename(moved["from"], moved["to"])
    for moved in step.get("transferred_classes") or []:
        work.transfer(moved["from"], str(moved["from_script"]), moved["to"])
    for name in step.get("deleted_classes") or []:
        work.delete(name)
