"""Declarative Durable Object exports, where they meet scripts, bindings and deployments."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from localedge.model import Json, ScriptRef
from localedge.state.exports.declaration import read_exports
from localedge.state.exports.models import (
    LIVE,
    AccountView,
    Classes,
    Reconciliation,
)
from localedge.state.exports.reconcile import reconcile
from localedge.state.scripts.records import Script, Version
from localedge.state.server import ServerState
from localedge.wire.binding_errors import (
    BindingDependsOnExport,
    ExportsRejected,
    InconsistentExports,
)

DURABLE_BINDING = "durable_object_namespace"


def declares_classes(exports: Json) -> bool:
    """Say whether `exports` speaks of Durable Object classes at all."""
    declared, problems = read_exports(exports or {})
    return bool(declared or problems)


def reconcile_exports(
    state: ServerState, script: Script, exports: Json, code: frozenset[str] | None
) -> Reconciliation:
    """Return what `exports` leads to; raises `ExportsRejected` with every class's problem.

    `code` holds the names that the code exports, None where they are unknown.
    """
    declared, problems = read_exports(exports or {})
    found = reconcile(declared, _view(state, script.ref, code))
    named = {it["class"] for it in problems}
    problems += [it for it in found.problems if it["class"] not in named]
    if problems:
        raise ExportsRejected(problems)
    return found


def keep_reconciliation(state: ServerState, ref: ScriptRef, found: Reconciliation) -> None:
    """Store what a reconciliation led to; a class that was given away comes to its new script."""
    before = state.scripts.classes(ref)
    state.scripts.set_classes(ref, found.classes)
    state.class_transfers.replace(ref, found.transfers)
    for name, script in found.given:
        target = ScriptRef(ref.account_id, script)
        classes = state.scripts.classes(target)
        state.scripts.set_classes(target, {**classes, name: before[name]})
        state.class_transfers.commit(target, name)
        state.data_plane.changed(target)


def check_staged_bindings(state: ServerState, ref: ScriptRef, given: Mapping[str, Json]) -> None:
    """Refuse a version that binds to a class which only its deployment will make."""
    declared, _ = read_exports(given.get("exports") or {})
    staged = {it.name for it in declared if it.state in LIVE} - state.scripts.classes(ref).keys()
    for binding in given.get("bindings") or ():
        own = binding.get("script_name") in (None, "", ref.name)
        name = binding.get("class_name")
        if binding.get("type") == DURABLE_BINDING and own and name in staged:
            raise BindingDependsOnExport(
                f"Binding '{binding.get('name')}' references the Durable Object class '{name}', "
                "which is declared in `exports` and not provisioned yet. Deploy this version to "
                f"provision it, or use `ctx.exports.{name}` in place of the binding until then."
            )


def reconcile_deployment(
    state: ServerState, script: Script, targets: Sequence[Version]
) -> Reconciliation | None:
    """Reconcile what the versions of a new deployment declare, and store what it leads to.

    Returns None where no version declares anything. Raises `InconsistentExports` where they differ.
    """
    declared = [it.runtime.get("exports") for it in targets]
    if not script.uses_exports and not any(map(declares_classes, declared)):
        return None
    if any(it != declared[0] for it in declared):
        raise InconsistentExports
    names = [_exported(it) for it in targets]
    known = [it for it in names if it is not None]
    code = frozenset.intersection(*known) if known else None
    found = reconcile_exports(state, script, declared[0], code)
    keep_reconciliation(state, script.ref, found)
    state.scripts.save(replace(script, uses_exports=True))
    return found


def _exported(version: Version) -> frozenset[str] | None:
    if not version.handlers and not version.named_handlers:
        return None
    return frozenset(version.named_handlers)


def _view(state: ServerState, ref: ScriptRef, code: frozenset[str] | None) -> AccountView:
    def other(name: str) -> ScriptRef:
        return ScriptRef(ref.account_id, name)

    def classes_of(name: str) -> Classes | None:
        known = state.scripts.get(other(name))
        return state.scripts.classes(known.ref) if known else None

    return AccountView(
        script=ref.name,
        classes=state.scripts.classes(ref),
        code=code,
        transfers=state.class_transfers.of(ref),
        classes_of=classes_of,
        expected_by=lambda name: state.class_transfers.expecting(ref, name),
        referencing=lambda name: _referencing(state, ref, name),
    )


def _referencing(state: ServerState, ref: ScriptRef, class_name: str) -> list[str]:
    """Return the other scripts whose latest version binds to a class of this script."""
    found = []
    for script in state.scripts.of_account(ref.account_id):
        latest = state.scripts.latest(script.ref)
        bound = [
            it
            for it in (latest.bindings if latest and script.ref != ref else ())
            if it["type"] == DURABLE_BINDING
            and (it.get("script_name"), it.get("class_name")) == (ref.name, class_name)
        ]
        if bound:
            found.append(script.ref.name)
    return found
