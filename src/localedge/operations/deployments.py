"""Deployments: giving traffic to versions that are uploaded already."""

from dataclasses import replace

from localedge.model import Json, ScriptRef
from localedge.operations.exports import reconcile_deployment
from localedge.operations.references import resolve_references
from localedge.state.rules import deployments as deployment_rules
from localedge.state.rules import metadata
from localedge.state.scripts.records import Deployment, Version, new_id
from localedge.state.server import ServerState
from localedge.state.timestamps import now
from localedge.wire.errors import BadBody, NotFound
from localedge.wire.script_errors import DeploymentNotFound, LiveDeployment, VersionNotFound


async def create_deployment(
    state: ServerState, ref: ScriptRef, body: dict[str, Json], source: str, *, force: bool
) -> Deployment:
    """Put the deployment that `body` describes in force.

    Raises `VersionNotFound`, `InvalidDeployment`, `UndeployableVersion`, `ExportsRejected`,
    `InconsistentExports`, or the error of a binding whose resource is gone. `force` accepts
    secrets that have changed since.
    """
    given = body.get("annotations")
    if not isinstance(given, dict | None):
        raise BadBody("annotations must be an object.")
    with state.database.transaction():
        script = state.script(ref)
        shares = deployment_rules.parse_shares(body.get("strategy"), body.get("versions"))
        targets = [get_version(state, ref, share.version_id) for share in shares]
        live = live_versions(state, ref)
        latest = state.scripts.latest(ref)
        if latest is None:
            raise NotFound
        reconciled = reconcile_deployment(state, script, targets)
        script = state.script(ref)
        for target in targets:
            deployment_rules.check_deployable(
                target, latest, script.migration_tag, live, force=force
            )
            resolve_references(state, ref, target.bindings, state.scripts.classes(ref))
        deployment = Deployment(
            id=new_id(),
            created_on=now(),
            source=source,
            shares=shares,
            annotations=metadata.annotations(given, triggered_by="deployment"),
        )
        state.scripts.add_deployment(ref, deployment)
        state.scripts.save(replace(script, modified_on=now(), last_deployed_from=source))
    state.data_plane.changed(ref)
    if reconciled and reconciled.dropped:
        await state.data_plane.drop_storage(reconciled.dropped)
    return deployment


def get_version(state: ServerState, ref: ScriptRef, version_id: str) -> Version:
    """Return a version; raises `VersionNotFound`."""
    version = state.scripts.version(ref, version_id)
    if version is None:
        raise VersionNotFound
    return version


def live_versions(state: ServerState, ref: ScriptRef) -> list[Version]:
    """Return the versions of the deployment in force."""
    return [get_version(state, ref, share.version_id) for share in state.live(ref)]


def get_deployment(state: ServerState, ref: ScriptRef, deployment_id: str) -> Deployment:
    """Return a deployment; raises `DeploymentNotFound`."""
    state.script(ref)
    found = [item for item in state.scripts.deployments(ref) if item.id == deployment_id]
    if not found:
        raise DeploymentNotFound
    return found[0]


def remove_deployment(state: ServerState, ref: ScriptRef, deployment_id: str) -> None:
    """Take a deployment out of the history; the one in force stays."""
    deployment = get_deployment(state, ref, deployment_id)
    if deployment == state.scripts.live(ref):
        raise LiveDeployment
    state.scripts.remove_deployment(ref, deployment_id)
