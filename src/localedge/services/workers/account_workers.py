"""Lists and settings of all Workers of an account: search, Durable Object namespaces, defaults."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.state.server import ServerState
from localedge.wire.envelope import success, success_page
from localedge.wire.errors import BadBody

ACCOUNT = "/accounts/{account_id}/workers"
ORDERS = {"created_on": "created_on", "modified_on": "modified_on", "name": "script_name"}
SETTINGS = {"default_usage_model": "standard", "green_compute": False}


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _AccountWorkers(state)
    return [
        Route(ACCOUNT + "/scripts-search", service.search, methods=["GET"]),
        Route(ACCOUNT + "/durable_objects/namespaces", service.namespaces, methods=["GET"]),
        Route(ACCOUNT + "/account-settings", service.settings, methods=["GET"]),
    ]


class _AccountWorkers:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def search(self, request: Request) -> Response:
        """Find scripts by a part of their name, or by their id, which is the tag."""
        name, tag = request.query_params.get("name"), request.query_params.get("id")
        order_by = request.query_params.get("order_by", "name")
        if order_by not in ORDERS:
            raise BadBody(f"order_by must be one of {', '.join(ORDERS)}.")
        found = [
            {
                "id": script.tag,
                "script_name": script.ref.name,
                "created_on": script.created_on,
                "modified_on": script.modified_on,
                "service_name": script.ref.name,
                "environment_name": "production",
                "environment_is_default": True,
            }
            for script in self._state.scripts.of_account(request.path_params["account_id"])
            if (name is None or name in script.ref.name) and tag in (None, script.tag)
        ]
        found.sort(key=lambda item: str(item[ORDERS[order_by]]))
        return success_page(request, found, size=10)

    async def namespaces(self, request: Request) -> Response:
        found = [
            {
                "id": item.namespace_id,
                "name": f"{script.ref.name}_{item.name}",
                "script": script.ref.name,
                "class": item.name,
                "use_sqlite": item.sqlite,
            }
            for script in self._state.scripts.of_account(request.path_params["account_id"])
            for item in self._state.scripts.classes(script.ref).values()
        ]
        return success_page(request, found, size=20)

    async def settings(self, _: Request) -> Response:
        return success(SETTINGS)
