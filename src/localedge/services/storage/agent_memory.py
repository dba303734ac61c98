"""Agent Memory: `/accounts/{id}/agent-memory/namespaces`. Nothing is remembered in a namespace.

Cloudflare has not published this API; its form is that of wrangler's commands.
"""

import re
import uuid

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.state.resources import Resource, ResourceKind, ResourceStore
from localedge.wire.envelope import success, success_page
from localedge.wire.request import as_text, json_object
from localedge.wire.resource_errors import (
    InvalidMemoryNamespace,
    MemoryNamespaceExists,
    MemoryNamespaceNotFound,
)

NAMESPACES = "/accounts/{account_id}/agent-memory/namespaces"
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?")
KIND = ResourceKind.AGENT_MEMORY


def routes(resources: ResourceStore) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Service(resources)
    return [
        Route(NAMESPACES, service.list_namespaces, methods=["GET"]),
        Route(NAMESPACES, service.create, methods=["POST"]),
        Route(NAMESPACES + "/{name}", service.read, methods=["GET"]),
        Route(NAMESPACES + "/{name}", service.delete, methods=["DELETE"]),
    ]


class _Service:
    def __init__(self, resources: ResourceStore) -> None:
        self._resources = resources

    async def list_namespaces(self, request: Request) -> Response:
        found = self._resources.all(request.path_params["account_id"], KIND)
        return success_page(request, [_namespace(it) for it in found])

    async def create(self, request: Request) -> Response:
        name = as_text((await json_object(request)).get("name"), "name")
        account = request.path_params["account_id"]
        if not NAME.fullmatch(name):
            raise InvalidMemoryNamespace
        if self._resources.named(account, KIND, name):
            raise MemoryNamespaceExists
        return success(_namespace(self._resources.add(account, KIND, str(uuid.uuid4()), name)))

    async def read(self, request: Request) -> Response:
        return success(_namespace(self._found(request)))

    async def delete(self, request: Request) -> Response:
        self._resources.remove(self._found(request))
        return success(None)

    def _found(self, request: Request) -> Resource:
        account, name = request.path_params["account_id"], request.path_params["name"]
        found = self._resources.named(account, KIND, name)
        if found is None:
            raise MemoryNamespaceNotFound
        return found


def _namespace(item: Resource) -> Json:
    return {
        "id": item.id,
        "name": item.name,
        "account_id": item.account_id,
        "created_at": item.created_on,
        "updated_at": item.created_on,
    }
