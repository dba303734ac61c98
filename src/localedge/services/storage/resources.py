"""Queues and Hyperdrive configurations: create, list, read, delete.

The consumers of queues are not served.
"""

import uuid

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.state.resources import Resource, ResourceKind
from localedge.state.server import ServerState
from localedge.wire.envelope import success, success_page
from localedge.wire.errors import ApiError
from localedge.wire.request import as_object, as_text, json_object
from localedge.wire.resource_errors import (
    HyperdriveNotFound,
    QueueExists,
    QueueNotFound,
)

ACCOUNT = "/accounts/{account_id}"
QUEUES = ACCOUNT + "/queues"
HYPERDRIVE = ACCOUNT + "/hyperdrive/configs"
ABSENT: dict[ResourceKind, type[ApiError]] = {
    ResourceKind.QUEUE: QueueNotFound,
    ResourceKind.HYPERDRIVE: HyperdriveNotFound,
}


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Resources(state)
    return [
        Route(QUEUES, service.list_queues, methods=["GET"]),
        Route(QUEUES, service.create_queue, methods=["POST"]),
        Route(QUEUES + "/{id}", service.get_queue, methods=["GET"]),
        Route(QUEUES + "/{id}", service.delete_queue, methods=["DELETE"]),
        Route(HYPERDRIVE, service.list_hyperdrive, methods=["GET"]),
        Route(HYPERDRIVE, service.create_hyperdrive, methods=["POST"]),
        Route(HYPERDRIVE + "/{id}", service.get_hyperdrive, methods=["GET"]),
        Route(HYPERDRIVE + "/{id}", service.delete_hyperdrive, methods=["DELETE"]),
    ]


class _Resources:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    # -- queues

    async def list_queues(self, request: Request) -> Response:
        name = request.query_params.get("name")
        everything = [
            _queue(item)
            for item in self._all(request, ResourceKind.QUEUE)
            if name in (None, item.name)
        ]
        return success_page(request, everything)

    async def create_queue(self, request: Request) -> Response:
        body = await json_object(request)
        account = request.path_params["account_id"]
        name = as_text(body.get("queue_name"), "queue_name")
        if self._state.resources.named(account, ResourceKind.QUEUE, name):
            raise QueueExists(f"Queue name '{name}' is already taken.")
        settings = as_object(body.get("settings") or {}, "settings")
        made = self._state.resources.add(
            account, ResourceKind.QUEUE, uuid.uuid4().hex, name, {"settings": settings}
        )
        return success(_queue(made))

    async def get_queue(self, request: Request) -> Response:
        return success(_queue(self._found(request, ResourceKind.QUEUE)))

    async def delete_queue(self, request: Request) -> Response:
        self._state.resources.remove(self._found(request, ResourceKind.QUEUE))
        return success(None)

    # -- Hyperdrive

    async def list_hyperdrive(self, request: Request) -> Response:
        return success([_hyperdrive(item) for item in self._all(request, ResourceKind.HYPERDRIVE)])

    async def create_hyperdrive(self, request: Request) -> Response:
        body = await json_object(request)
        origin = as_object(body.get("origin"), "origin")
        document = {"origin": {key: origin[key] for key in origin if key != "password"}}
        made = self._state.resources.add(
            request.path_params["account_id"],
            ResourceKind.HYPERDRIVE,
            uuid.uuid4().hex,
            as_text(body.get("name"), "name"),
            document,
        )
        return success(_hyperdrive(made))

    async def get_hyperdrive(self, request: Request) -> Response:
        return success(_hyperdrive(self._found(request, ResourceKind.HYPERDRIVE)))

    async def delete_hyperdrive(self, request: Request) -> Response:
        self._state.resources.remove(self._found(request, ResourceKind.HYPERDRIVE))
        return success(None)

    # -- all kinds

    def _all(self, request: Request, kind: ResourceKind) -> list[Resource]:
        return self._state.resources.all(request.path_params["account_id"], kind)

    def _found(self, request: Request, kind: ResourceKind) -> Resource:
        account, given = request.path_params["account_id"], request.path_params["id"]
        found = self._state.resources.get(account, kind, given)
        if found is None:
            raise ABSENT[kind]
        return found


def _queue(item: Resource) -> Json:
    return {
        "queue_id": item.id,
        "queue_name": item.name,
        "created_on": item.created_on,
        "modified_on": item.created_on,
        "producers": [],
        "producers_total_count": 0,
        "consumers": [],
        "consumers_total_count": 0,
        "settings": {},
        **item.document,
    }


def _hyperdrive(item: Resource) -> Json:
    return {
        "id": item.id,
        "name": item.name,
        "origin": {},
        "caching": {"disabled": False},
        "created_on": item.created_on,
        "modified_on": item.created_on,
        **item.document,
    }
