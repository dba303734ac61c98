"""Containers: applications and their rollouts, as wrangler makes them. No container ever runs.

The form is that of https://developers.cloudflare.com/api/resources/containers/ and wrangler.
"""

import uuid
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.state.resources import Resource, ResourceKind, ResourceStore
from localedge.state.server import ServerState
from localedge.state.timestamps import now
from localedge.wire.envelope import success
from localedge.wire.errors import BadBody, NotFound
from localedge.wire.request import as_object, as_text, json_object

CONTAINERS = "/accounts/{account_id}/containers"
APPLICATIONS = CONTAINERS + "/applications"
APPLICATION = APPLICATIONS + "/{application_id}"
ROLLOUTS = APPLICATION + "/rollouts"
KIND = ResourceKind.CONTAINER_APPLICATION
GIVEN = frozenset(
    """
    affinities configuration constraints durable_objects instances jobs max_instances name
    observability priorities rollout_active_grace_period scheduling_policy
    """.split()
)
"""What a request may say of an application."""
NOTHING_RUNS = {
    "code": 1000,
    "message": "localedge has no engine for containers: it keeps the application, and runs none.",
}
NO_INSTANCES = dict.fromkeys(
    ("active", "assigned", "failed", "healthy", "scheduling", "starting"), 0
)
HEALTH = {"instances": NO_INSTANCES, "errors": []}
MEBIBYTES, CPUS = 400 * 1024, 1000
LIMITS = {
    "vcpu_per_deployment": 4,
    "memory_per_deployment": "12GiB",
    "memory_mib_per_deployment": 12 * 1024,
    "disk_per_deployment": "20GB",
    "disk_mb_per_deployment": 20_000,
    "total_vcpu": CPUS,
    "total_memory": "400GiB",
    "total_memory_mib": MEBIBYTES,
    "total_disk_mb": 2_000_000,
    "node_group": "cloudchamber",
    "network_modes": ["public"],
    "ipv4s": 0,
}
"""The limits of an instance are those of the largest type, `standard-4`.

https://developers.cloudflare.com/containers/platform-details/limits/
"""


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Containers(state.resources)
    return [
        Route(CONTAINERS + "/me", service.account, methods=["GET"]),
        Route(CONTAINERS + "/registries", service.list_registries, methods=["GET"]),
        Route(APPLICATIONS, service.list_all, methods=["GET"]),
        Route(APPLICATIONS, service.create, methods=["POST"]),
        Route(APPLICATION, service.read, methods=["GET"]),
        Route(APPLICATION, service.edit, methods=["PATCH"]),
        Route(APPLICATION, service.delete, methods=["DELETE"]),
        Route(ROLLOUTS, service.list_rollouts, methods=["GET"]),
        Route(ROLLOUTS, service.roll_out, methods=["POST"]),
        Route(CONTAINERS + "/dash/applications", service.list_shown, methods=["GET"]),
        Route(
            CONTAINERS + "/dash/applications/{application_id}/instances",
            service.list_instances,
            methods=["GET"],
        ),
    ]


class _Containers:
    def __init__(self, resources: ResourceStore) -> None:
        self._resources = resources

    async def account(self, request: Request) -> Response:
        account = request.path_params["account_id"]
        return success(
            {
                "external_account_id": account,
                "legacy_identity": account,
                "limits": {"account_id": account, **LIMITS},
                "locations": [],
                "defaults": {"vcpus": 0.0625, "memory_mib": 256, "disk_mb": 2000},
            }
        )

    async def list_registries(self, _: Request) -> Response:
        return success([])

    async def list_all(self, request: Request) -> Response:
        name = request.query_params.get("name")
        found = self._resources.all(request.path_params["account_id"], KIND)
        return success([_shown(it) for it in found if name in (None, it.name)])

    async def create(self, request: Request) -> Response:
        account, body = request.path_params["account_id"], await json_object(request)
        name = as_text(body.get("name"), "name")
        _check(body)
        if self._resources.named(account, KIND, name):
            raise BadBody(f"The application {name} is there already.")
        if "configuration" not in body:
            raise BadBody("configuration must be a JSON object.")
        document = {"version": 1, "updated_at": now(), "instances": 0, **_given(body)}
        made = self._resources.add(account, KIND, str(uuid.uuid4()), name, document)
        return success(_shown(made), messages=[NOTHING_RUNS])

    async def read(self, request: Request) -> Response:
        return success(_shown(self._found(request)))

    async def edit(self, request: Request) -> Response:
        found, body = self._found(request), await json_object(request)
        _check(body)
        changed = self._resources.change(
            found, found.name, {**found.document, **_given(body), "updated_at": now()}
        )
        return success(_shown(changed), messages=[NOTHING_RUNS])

    async def delete(self, request: Request) -> Response:
        self._resources.remove(self._found(request))
        return success({"message": "The application was deleted."})

    async def list_rollouts(self, request: Request) -> Response:
        return success(self._found(request).document.get("rollouts", []))

    async def roll_out(self, request: Request) -> Response:
        """Take a rollout as complete at once: it changes no instance."""
        found, body = self._found(request), await json_object(request)
        target = as_object(body.get("target_configuration"), "target_configuration")
        version = found.document["version"]
        rollout = {
            "id": str(uuid.uuid4()),
            "created_at": now(),
            "last_updated_at": now(),
            "started_at": now(),
            "description": str(body.get("description") or ""),
            "kind": body.get("kind") or "full_auto",
            "strategy": body.get("strategy") or "rolling",
            "status": "completed",
            "current_version": version,
            "target_version": version + 1,
            "current_configuration": found.document["configuration"],
            "target_configuration": target,
            "health": HEALTH,
            "steps": [],
            "progress": {
                "total_steps": 0,
                "current_step": 0,
                "updated_instances": 0,
                "total_instances": 0,
            },
        }
        before = found.document
        changed = {
            "version": version + 1,
            "updated_at": now(),
            "configuration": {**before["configuration"], **target},
            "rollouts": [rollout, *before.get("rollouts", [])],
        }
        self._resources.change(found, found.name, {**before, **changed})
        return success(rollout, messages=[NOTHING_RUNS])

    async def list_shown(self, request: Request) -> Response:
        found = self._resources.all(request.path_params["account_id"], KIND)
        shown = [
            {**_shown(it), "image": it.document["configuration"].get("image", "")} for it in found
        ]
        return success(shown, result_info={"next_page_token": ""})

    async def list_instances(self, request: Request) -> Response:
        self._found(request)
        info = {"next_page_token": ""}
        return success({"instances": [], "durable_objects": []}, result_info=info)

    def _found(self, request: Request) -> Resource:
        path = request.path_params
        found = self._resources.get(path["account_id"], KIND, path["application_id"])
        if found is None:
            raise NotFound("APPLICATION_NOT_FOUND")
        return found


def _check(body: Mapping[str, Json]) -> None:
    unknown = body.keys() - GIVEN
    if unknown:
        raise BadBody(f"An application has no {', '.join(sorted(unknown))}.")
    for key in ("configuration", "durable_objects"):
        if key in body:
            as_object(body[key], key)
    for key in ("instances", "max_instances"):
        count = body.get(key, 0)
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise BadBody(f"{key} must be a number from 0.")


def _given(body: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in body.items() if key != "name"}


def _shown(item: Resource) -> dict[str, Json]:
    document = {key: value for key, value in item.document.items() if key != "rollouts"}
    return {
        "id": item.id,
        "account_id": item.account_id,
        "name": item.name,
        "created_at": item.created_on,
        "health": HEALTH,
        **document,
    }
