"""Workers as the newer API has them: shells without a version, and patches of the latest version.

See https://developers.cloudflare.com/api/resources/workers/subresources/beta/.
"""

import uuid
from collections.abc import Mapping
from dataclasses import replace

from localedge.model import Json, ScriptRef
from localedge.operations.script_updates import update_script_settings, with_bindings
from localedge.state.rules import bindings as binding_rules
from localedge.state.rules import limits, metadata
from localedge.state.rules.json_types import check_metadata
from localedge.state.scripts.records import Script, Version, new_id
from localedge.state.server import ServerState
from localedge.state.timestamps import now
from localedge.wire.errors import BadBody, NotFound
from localedge.wire.request import as_object, as_objects, as_text
from localedge.wire.script_errors import NoVersions, ScriptExists


def find_worker(state: ServerState, account_id: str, worker_id: str) -> Script:
    """Return the script of this name or id (its tag); raises `NotFound`."""
    found = state.scripts.get(ScriptRef(account_id, worker_id))
    found = found or state.scripts.tagged(account_id, worker_id)
    if found is None:
        raise NotFound
    return found


def preview_suffix(state: ServerState, script: Script) -> str:
    """Return what follows the prefix in the host of a preview; "" without a subdomain."""
    account = state.accounts.get(script.ref.account_id)
    if account is None or account.subdomain is None:
        return ""
    return f"-{script.ref.name}.{account.subdomain}.workers.dev"


def create_worker(state: ServerState, account_id: str, given: Mapping[str, Json]) -> Script:
    """Make a script that has no version yet; raises `ScriptExists`."""
    ref = ScriptRef(account_id, as_text(given.get("name"), "name"))
    limits.check_name(ref.name)
    with state.database.transaction():
        if state.scripts.get(ref):
            raise ScriptExists(f"A Worker with the name {ref.name} already exists.")
        state.scripts.save(Script(ref, uuid.uuid4().hex, now(), now()))
        return _edit(state, ref, given)


def edit_worker(state: ServerState, ref: ScriptRef, given: Mapping[str, Json]) -> Script:
    """Change what belongs to a script and to none of its versions, as far as `given` names it."""
    with state.database.transaction():
        script = _edit(state, ref, given)
    state.data_plane.changed(ref)
    return script


def patch_latest(
    state: ServerState, ref: ScriptRef, patch: Mapping[str, Json], source: str
) -> Version:
    """Add a version that is the latest one with its `env` changed; it gets no traffic.

    `env` maps names of bindings to new ones, or to None where a binding goes (RFC 7396). Raises
    `NoVersions`, or `BadBody` for anything else that Cloudflare would patch.
    """
    unknown = sorted(patch.keys() - {"env", "annotations"})
    if unknown:
        raise BadBody(f"localedge patches env and annotations of a version, not {unknown[0]}.")
    env = _part(patch, "env")
    given = _part(patch, "annotations")
    changed = [
        {**as_object(entry, f"env/{name}"), "name": name}
        for name, entry in env.items()
        if entry is not None
    ]
    check_metadata({"bindings": changed})
    with state.database.transaction():
        latest = latest_version(state, ref)
        kept = [
            {"type": "inherit", "name": item["name"]}
            for item in latest.bindings
            if item["name"] not in env
        ]
        bindings = binding_rules.resolve_bindings([*kept, *changed], latest.bindings, keep=())
        version = replace(
            with_bindings(state, ref, latest, bindings),
            id=new_id(),
            number=latest.number + 1,
            created_on=now(),
            source=source,
            annotations=metadata.annotations(given, triggered_by="secret"),
        )
        state.scripts.add_version(ref, version)
    return version


def latest_version(state: ServerState, ref: ScriptRef) -> Version:
    """Return the version uploaded last; raises `NotFound` without script, else `NoVersions`."""
    state.script(ref)
    latest = state.scripts.latest(ref)
    if latest is None:
        raise NoVersions
    return latest


def _edit(state: ServerState, ref: ScriptRef, given: Mapping[str, Json]) -> Script:
    if given.get("name", ref.name) != ref.name:
        raise BadBody("localedge does not rename Workers.")
    if given.get("previews_base_config"):
        raise BadBody("localedge has no Previews (previews_base_config).")
    settings = dict(given)
    if settings.get("tail_consumers"):
        consumers = as_objects(settings["tail_consumers"], "tail_consumers")
        settings["tail_consumers"] = [{"service": item.get("name")} for item in consumers]
    update_script_settings(state, ref, settings)
    script, switches = state.script(ref), _part(given, "subdomain")
    script = replace(
        script,
        enabled=_switch(switches, "enabled", script.enabled),
        previews_enabled=_switch(switches, "previews_enabled", script.previews_enabled),
    )
    state.scripts.save(script)
    return script


def _part(given: Mapping[str, Json], name: str) -> dict[str, Json]:
    value = given.get(name)
    return {} if value is None else as_object(value, name)


def _switch(given: Mapping[str, Json], name: str, before: bool) -> bool:  # noqa: FBT001 - a value
    value = given.get(name, before)
    if not isinstance(value, bool):
        raise BadBody(f"subdomain/{name} must be true or false.")
    return value
