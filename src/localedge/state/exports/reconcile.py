"""Reconciles the declared Durable Object classes of a script with those that it has.

See https://developers.cloudflare.com/durable-objects/reference/durable-objects-migrations/, whose
error reference names the scenarios.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace

from localedge.state.exports.declaration import problem
from localedge.state.exports.models import (
    AccountView,
    DeclaredClass,
    ExportState,
    Reconciliation,
    Transfer,
)
from localedge.state.exports.refusals import (
    expectation_refusal,
    not_in_code,
    transfer_refusal,
    undeclared,
)
from localedge.state.scripts.records import DurableClass


def reconcile(declared: Sequence[DeclaredClass], view: AccountView) -> Reconciliation:
    """Return what the declaration leads to; it counts only if `problems` is empty."""
    expected = {it.name for it in declared if it.state == ExportState.EXPECTING}
    kept = [it for it in view.transfers if it.committed or it.name in expected]
    found = Reconciliation(dict(view.classes), kept)
    # Classes that go make room for those that come.
    for entry in sorted(declared, key=lambda it: _ORDER.index(it.state)):
        _RULES[entry.state](entry, view, found)
    names = {it.name for it in declared}
    for name in sorted(view.classes.keys() - names):
        found.problems.append(
            undeclared(name, exported=view.exports(name), scripts=view.referencing(name))
        )
    return found


def _created(entry: DeclaredClass, view: AccountView, found: Reconciliation) -> None:
    known = found.classes.get(entry.name)
    if view.lacks(entry.name):
        found.problems.append(not_in_code(entry.name, provisioned=known is not None))
    elif known:
        _check_storage(entry, known, found)
    elif not entry.sqlite:
        found.problems.append(
            problem(
                "invalid_export",
                entry.name,
                f"A new namespace for '{entry.name}' cannot have the storage 'legacy-kv'.",
                "use `storage`: 'sqlite'.",
            )
        )
    else:
        found.classes[entry.name] = DurableClass(entry.name, uuid.uuid4().hex, sqlite=True)
        found.created.append(entry.name)


def _deleted(entry: DeclaredClass, view: AccountView, found: Reconciliation) -> None:
    known = found.classes.get(entry.name)
    if view.exports(entry.name):
        found.problems.append(
            problem(
                "tombstone_delete_class_still_in_code",
                entry.name,
                f"The class '{entry.name}' cannot be deleted while the code exports it.",
                "remove the class from the code.",
            )
        )
    elif known is None:
        _stale(entry, found, [])
    elif scripts := view.referencing(entry.name):
        found.problems.append(
            problem(
                "tombstone_delete_blocked_by_external_bindings",
                entry.name,
                f"Other Workers bind to the namespace of '{entry.name}'.",
                "deploy these Workers without the binding first.",
                scripts,
            )
        )
    else:
        del found.classes[entry.name]
        found.dropped.append(known.namespace_id)
        found.deleted.append(entry.name)


def _renamed(entry: DeclaredClass, view: AccountView, found: Reconciliation) -> None:
    known = found.classes.get(entry.name)
    if known is None:
        _stale(entry, found, view.referencing(entry.name))
    elif entry.other in found.classes:
        found.problems.append(
            problem(
                "tombstone_renamed_to_occupied",
                entry.name,
                f"'{entry.name}' cannot be renamed to '{entry.other}', which has a namespace.",
                f"delete the namespace of '{entry.other}' by a tombstone in a deploy before.",
            )
        )
    else:
        del found.classes[entry.name]
        found.classes[entry.other] = replace(known, name=entry.other)
        found.renamed.append({"from": entry.name, "to": entry.other})
        _note_code(entry, view, found)


def _transferred(entry: DeclaredClass, view: AccountView, found: Reconciliation) -> None:
    if entry.name not in found.classes:
        _stale(entry, found, view.referencing(entry.name))
        return
    refused = transfer_refusal(entry, view)
    if refused:
        found.problems.append(problem(refused[0], entry.name, refused[1]))
        return
    del found.classes[entry.name]
    found.given.append((entry.name, entry.other))
    found.transferred.append({"class": entry.name, "to": entry.other, "phase": "committed"})
    _note_code(entry, view, found)


def _expecting(entry: DeclaredClass, view: AccountView, found: Reconciliation) -> None:
    refused = expectation_refusal(entry, view)
    if refused:
        found.problems.append(problem(refused[0], entry.name, refused[1]))
        return
    if view.lacks(entry.name):
        found.problems.append(not_in_code(entry.name, provisioned=True))
        return
    if entry.name in found.classes:
        return  # it has come from the Worker that is named
    known = view.transfer(entry.name)
    if known is None:
        found.transfers.append(Transfer(entry.name, entry.other, committed=False))
    _check_storage(entry, (view.classes_of(entry.other) or {})[entry.name], found)
    found.transfer_pending.append({"class": entry.name, "from": entry.other})


def _check_storage(entry: DeclaredClass, known: DurableClass, found: Reconciliation) -> None:
    if known.sqlite != entry.sqlite:
        has = "sqlite" if known.sqlite else "legacy-kv"
        found.problems.append(
            problem(
                "storage_type_mismatch",
                entry.name,
                f"The namespace of '{entry.name}' has the storage '{has}', which cannot change.",
            )
        )


def _stale(entry: DeclaredClass, found: Reconciliation, scripts: list[str]) -> None:
    text = (
        f"Tombstone of type '{entry.state}' for class '{entry.name}' has no effect (no namespace "
        "exists with this class name)."
    )
    if scripts:
        found.info.append(problem("stale_tombstone", entry.name, text, scripts=scripts))
        return
    text += " Safe to remove from `exports`."
    found.info.append(problem("stale_tombstone", entry.name, text))
    found.removable.append(entry.name)


def _note_code(entry: DeclaredClass, view: AccountView, found: Reconciliation) -> None:
    if view.exports(entry.name):
        found.info.append(
            problem(
                "tombstone_class_still_in_code",
                entry.name,
                f"Tombstone of type '{entry.state}' applied. Class '{entry.name}' is still "
                "exported in code; this is the supported pattern for zero-downtime rollouts.",
            )
        )


_RULES: dict[ExportState, Callable[[DeclaredClass, AccountView, Reconciliation], None]] = {
    ExportState.DELETED: _deleted,
    ExportState.RENAMED: _renamed,
    ExportState.TRANSFERRED: _transferred,
    ExportState.CREATED: _created,
    ExportState.EXPECTING: _expecting,
}
_ORDER = list(_RULES)
