"""Secrets of a script; values go in and never come out."""

import urllib.parse

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.operations import script_updates
from localedge.state.server import ServerState
from localedge.wire.envelope import success
from localedge.wire.request import (
    as_object,
    as_text,
    client_source,
    flag,
    json_object,
    script_ref,
)
from localedge.wire.script_errors import SecretNotFound

SCRIPT = "/accounts/{account_id}/workers/scripts/{name}"


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Secrets(state)
    one = SCRIPT + "/secrets/{secret:path}"
    return [
        Route(SCRIPT + "/secrets", service.list_all, methods=["GET"]),
        Route(SCRIPT + "/secrets", service.put, methods=["PUT"]),
        Route(SCRIPT + "/secrets-bulk", service.patch, methods=["PATCH"]),
        Route(one, service.get, methods=["GET"]),
        Route(one, service.delete, methods=["DELETE"]),
    ]


class _Secrets:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def list_all(self, request: Request) -> Response:
        return success(script_updates.list_secrets(self._state, script_ref(request)))

    async def put(self, request: Request) -> Response:
        entry = await json_object(request)
        name = as_text(entry.get("name"), "name")
        script_updates.update_secrets(
            self._state, script_ref(request), {name: entry}, client_source(request)
        )
        return success(self._shown(request, name))

    async def patch(self, request: Request) -> Response:
        body = await json_object(request)
        given = as_object(body.get("secrets"), "secrets")
        changes: dict[str, Json] = {
            name: entry and {**as_object(entry, f"secrets/{name}"), "name": name}
            for name, entry in given.items()
        }
        ref = script_ref(request)
        script_updates.update_secrets(self._state, ref, changes, client_source(request))
        return success(
            {item["name"]: item for item in script_updates.list_secrets(self._state, ref)}
        )

    async def get(self, request: Request) -> Response:
        return success(self._shown(request, _name(request)))

    async def delete(self, request: Request) -> Response:
        script_updates.update_secrets(
            self._state, script_ref(request), {_name(request): None}, client_source(request)
        )
        return success(None)

    def _shown(self, request: Request, name: str) -> Json:
        for secret in script_updates.list_secrets(self._state, script_ref(request)):
            if secret["name"] == name:
                return secret
        raise SecretNotFound(f"The Worker has no secret {name}.")


def _name(request: Request) -> str:
    name: str = request.path_params["secret"]
    return urllib.parse.unquote(name) if flag(request, "url_encoded") else name
