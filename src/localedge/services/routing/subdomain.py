"""workers.dev: the subdomain of an account, and whether a script is public there."""

import re
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.state.scripts.records import Script
from localedge.state.server import ServerState
from localedge.wire.envelope import success
from localedge.wire.errors import BadBody, RouteNotFound
from localedge.wire.request import as_text, json_object, script_ref
from localedge.wire.script_errors import NoSubdomain

ACCOUNT = "/accounts/{account_id}/workers/subdomain"
SCRIPT = "/accounts/{account_id}/workers/scripts/{name}/subdomain"
ENVIRONMENT = "/accounts/{account_id}/workers/services/{name}/environments/production/subdomain"
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Subdomain(state)
    return [
        Route(ACCOUNT, service.get_account, methods=["GET"]),
        Route(ACCOUNT, service.put_account, methods=["PUT"]),
        Route(ACCOUNT, service.delete_account, methods=["DELETE"]),
        Route(SCRIPT, service.get, methods=["GET"]),
        Route(SCRIPT, service.post, methods=["POST"]),
        Route(SCRIPT, service.delete, methods=["DELETE"]),
        Route(ENVIRONMENT, service.get, methods=["GET"]),
    ]


class _Subdomain:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def get_account(self, request: Request) -> Response:
        return success({"subdomain": self._of_account(request)})

    async def put_account(self, request: Request) -> Response:
        name = as_text((await json_object(request)).get("subdomain"), "subdomain")
        if not LABEL.fullmatch(name):
            raise BadBody(f'"{name}" is not a valid subdomain.')
        self._state.accounts.register_subdomain(request.path_params["account_id"], name)
        return success({"subdomain": name})

    async def delete_account(self, request: Request) -> Response:
        self._of_account(request)
        self._state.accounts.register_subdomain(request.path_params["account_id"], None)
        return success(None)

    async def get(self, request: Request) -> Response:
        return success(_document(self._state.script(script_ref(request))))

    async def post(self, request: Request) -> Response:
        """Set both switches; previews follow `enabled` where nothing is said of them."""
        body = await json_object(request)
        enabled = body.get("enabled")
        previews = body.get("previews_enabled", enabled)
        if not isinstance(enabled, bool) or not isinstance(previews, bool):
            raise BadBody("enabled and previews_enabled must be true or false.")
        return success(_document(self._switch(request, enabled=enabled, previews=previews)))

    async def delete(self, request: Request) -> Response:
        return success(_document(self._switch(request, enabled=False, previews=False)))

    def _switch(self, request: Request, *, enabled: bool, previews: bool) -> Script:
        script = self._state.script(script_ref(request))
        if enabled or previews:
            self._of_account(request)
        script = replace(script, enabled=enabled, previews_enabled=previews)
        self._state.scripts.save(script)
        self._state.data_plane.changed(script.ref)
        return script

    def _of_account(self, request: Request) -> str:
        account = self._state.accounts.get(request.path_params["account_id"])
        if account is None:
            raise RouteNotFound
        if account.subdomain is None:
            raise NoSubdomain
        return account.subdomain


def _document(script: Script) -> Json:
    return {"enabled": script.enabled, "previews_enabled": script.previews_enabled}
