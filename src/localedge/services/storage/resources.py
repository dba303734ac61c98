"""Hyperdrive configurations: create, list, read, delete."""

import uuid

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.state.resources import Resource, ResourceKind
from localedge.state.server import ServerState
from localedge.wire.envelope import success
from localedge.wire.errors import ApiError
from localedge.wire.request import as_object, as_text, json_object
from localedge.wire.resource_errors import (
    HyperdriveNotFound,
)

ACCOUNT = "/accounts/{account_id}"
HYPERDRIVE = ACCOUNT + "/hyperdrive/configs"
ABSENT: dict[ResourceKind, type[ApiError]] = {
    ResourceKind.HYPERDRIVE: HyperdriveNotFound,
}


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Resources(state)
    return [
        Route(HYPERDRIVE, service.list_hyperdrive, methods=["GET"]),
        Route(HYPERDRIVE, service.create_hyperdrive, methods=["POST"]),
        Route(HYPERDRIVE + "/{id}", service.get_hyperdrive, methods=["GET"]),
        Route(HYPERDRIVE + "/{id}", service.delete_hyperdrive, methods=["DELETE"]),
    ]


class _Resources:
    def __init__(self, state: ServerState) -> None:
        self._state = state

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
