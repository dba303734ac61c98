"""Changes of a live script without an upload: secrets, settings, deletion."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from localedge.model import Json, ScriptRef, TrafficShare
from localedge.operations.assets import refuse_missing_assets
from localedge.operations.references import check_tail_consumers, referrers, resolve_references
from localedge.state.rules import bindings as binding_rules
from localedge.state.rules import metadata
from localedge.state.rules.deployments import is_live_alone
from localedge.state.rules.json_types import check_metadata
from localedge.state.scripts.records import Deployment, Version, new_id
from localedge.state.scripts.secrets import SECRET_TYPES
from localedge.state.server import ServerState
from localedge.state.timestamps import now
from localedge.wire.errors import ApiError, BadBody, NotFound
from localedge.wire.script_errors import (
    SecretNotFound,
    SecretOfUndeployed,
    SettingsOfUndeployed,
    StillReferenced,
)

Binding = dict[str, Json]


def list_secrets(state: ServerState, ref: ScriptRef) -> list[Binding]:
    """Return the secrets of the latest version, without values."""
    state.script(ref)
    latest = state.scripts.latest(ref)
    shown = state.versions.public_bindings(latest) if latest else []
    return [binding for binding in shown if binding["type"] in SECRET_TYPES]


def update_secrets(
    state: ServerState,
    ref: ScriptRef,
    changes: Mapping[str, Json],
    source: str,
) -> None:
    """Set or (None) delete secrets by name, as one new version that goes live at once."""
    for name, entry in changes.items():
        if entry is not None and (
            not isinstance(entry, dict) or entry.get("type") not in SECRET_TYPES
        ):
            raise BadBody(f"The secret {name} must have the type secret_text or secret_key.")

    def change(latest: Version) -> Version:
        known = {item["name"] for item in latest.bindings if item["type"] in SECRET_TYPES}
        gone = [name for name, entry in changes.items() if entry is None and name not in known]
        if gone:
            raise SecretNotFound(f"The Worker has no secret {gone[0]}.")
        kept = [
            {"type": "inherit", "name": item["name"]}
            for item in latest.bindings
            if item["name"] not in changes or item["type"] not in SECRET_TYPES
        ]
        new = [entry for entry in changes.values() if entry]
        bindings = binding_rules.resolve_bindings([*kept, *new], latest.bindings, keep=())
        return with_bindings(state, ref, latest, bindings)

    _update(state, ref, change, SecretOfUndeployed, source)


def update_settings(
    state: ServerState, ref: ScriptRef, given: Mapping[str, Json], source: str
) -> None:
    """Change settings and bindings (PATCH settings), as a new version that goes live at once."""

    def change(latest: Version) -> Version:
        wanted = latest
        if "bindings" in given:
            listed = binding_rules.resolve_bindings(
                given["bindings"] or [], latest.bindings, keep=(), by_name=True
            )
            wanted = with_bindings(state, ref, wanted, listed)
        if given.get("compatibility_date"):
            wanted = replace(wanted, compatibility_date=metadata.compatibility_date(given))
        if "compatibility_flags" in given:
            wanted = replace(wanted, compatibility_flags=metadata.compatibility_flags(given))
        return replace(wanted, runtime={**wanted.runtime, **metadata.version_settings(given)})

    if given.get("migrations"):
        raise BadBody("localedge applies migrations with an upload of the script only.")
    check_metadata(given)
    check_tail_consumers(state, ref, given)
    _update(state, ref, change, SettingsOfUndeployed, source)
    update_script_settings(state, ref, given)


def update_script_settings(state: ServerState, ref: ScriptRef, given: Mapping[str, Json]) -> None:
    """Change the settings that no version carries."""
    check_metadata(given)
    script = state.script(ref)
    check_tail_consumers(state, ref, given)
    state.scripts.save(
        replace(
            script, modified_on=now(), settings=metadata.script_settings(script.settings, given)
        )
    )


async def delete_script(state: ServerState, ref: ScriptRef, *, force: bool) -> None:
    """Delete a script with the data of its Durable Objects.

    Without `force` a script that others bind to, or that consumes a queue, stays: that raises
    `StillReferenced`.
    """
    state.script(ref)
    others = referrers(state, ref)
    if others and not force:
        raise StillReferenced(
            f"This Worker cannot be deleted because {', '.join(others)} depends on it."
        )
    consumed = state.queues.consumed_by(ref.account_id, ref.name)
    if consumed and not force:
        names = ", ".join(queue.name for queue in consumed)
        raise StillReferenced(
            f"This Worker cannot be deleted because it is a consumer of the queue {names}."
        )
    namespaces = [item.namespace_id for item in state.scripts.classes(ref).values()]
    with state.database.transaction():
        state.queues.remove_consumers(consumed)
        state.scripts.remove(ref)
        state.secrets.remove(ref)
        state.blobs.remove_unused()
        state.assets.remove_unused()
    state.assets.remove_unused_contents()
    state.data_plane.removed(ref)
    if namespaces:
        await state.data_plane.drop_storage(namespaces)


def _update(
    state: ServerState,
    ref: ScriptRef,
    change: Callable[[Version], Version],
    refusal: type[ApiError],
    source: str,
) -> None:
    with state.database.transaction():
        state.script(ref)
        latest = state.scripts.latest(ref)
        if latest is None:
            raise NotFound
        if not is_live_alone(latest, state.scripts.live(ref)):
            raise refusal
        version = replace(
            change(latest),
            id=new_id(),
            number=latest.number + 1,
            created_on=now(),
            source=source,
            annotations={"workers/triggered_by": "secret"},
        )
        state.scripts.add_version(ref, version)
        state.scripts.add_deployment(
            ref,
            Deployment(
                id=new_id(),
                created_on=now(),
                source=source,
                shares=(TrafficShare(version.id, 100),),
                annotations={"workers/triggered_by": "secret"},
            ),
        )
    state.data_plane.changed(ref)


def with_bindings(
    state: ServerState, ref: ScriptRef, version: Version, bindings: Sequence[Binding]
) -> Version:
    """Return `version` with these bindings, whose targets must exist; their secrets are stored."""
    binding_rules.check_values(bindings)
    refuse_missing_assets(bindings, version.assets, has_worker=bool(version.main_module))
    connected = resolve_references(state, ref, bindings, state.scripts.classes(ref))
    return replace(
        version, bindings=tuple(state.secrets.seal(ref, binding) for binding in connected)
    )
