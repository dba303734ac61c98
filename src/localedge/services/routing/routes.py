"""Routes of zones, and those of one script."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json, ScriptRef
from localedge.state.rules.route_patterns import RoutePattern
from localedge.state.server import ServerState
from localedge.state.triggers import ZoneRoute
from localedge.state.zones import Zone
from localedge.wire.envelope import success
from localedge.wire.errors import NotFound
from localedge.wire.request import as_text, json_list, json_object, script_ref

SCRIPT = "/accounts/{account_id}/workers/scripts/{name}/routes"
SERVICE = "/accounts/{account_id}/workers/services/{name}/environments/production/routes"
ZONE = "/zones/{zone_id}/workers/routes"


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service, one = _Routes(state), ZONE + "/{route_id}"
    return [
        Route(ZONE, service.list_all, methods=["GET"]),
        Route(ZONE, service.create, methods=["POST"]),
        Route(one, service.get, methods=["GET"]),
        Route(one, service.update, methods=["PUT"]),
        Route(one, service.delete, methods=["DELETE"]),
        Route(SCRIPT, service.replace, methods=["PUT"]),
        Route(SERVICE, service.of_script, methods=["GET"]),
    ]


class _Routes:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def list_all(self, request: Request) -> Response:
        zone = self._state.zones.authorized(request.path_params["zone_id"], request.state.token)
        return success([_route(item) for item in self._state.triggers.routes_of_zone(zone.id)])

    async def create(self, request: Request) -> Response:
        return success(_route(await self._set(request, "")))

    async def get(self, request: Request) -> Response:
        return success(_route(self._found(request)))

    async def update(self, request: Request) -> Response:
        return success(_route(await self._set(request, self._found(request).id)))

    async def delete(self, request: Request) -> Response:
        route = self._found(request)
        self._state.triggers.remove_route(route.id)
        return success({"id": route.id})

    async def replace(self, request: Request) -> Response:
        """Give a script exactly the routes of the body."""
        ref = script_ref(request)
        self._state.script(ref)
        wanted = []
        for item in await json_list(request):
            pattern = as_text(item.get("pattern"), "pattern")
            wanted.append((self._zone(ref, pattern, item), pattern))
        return success([_route(item) for item in self._state.triggers.replace_routes(ref, wanted)])

    async def of_script(self, request: Request) -> Response:
        found = self._state.triggers.routes_of(script_ref(request))
        return success([{**_route(item), "zone_name": self._name(item)} for item in found])

    async def _set(self, request: Request, route_id: str) -> ZoneRoute:
        zone, body = (
            self._state.zones.authorized(request.path_params["zone_id"], request.state.token),
            await json_object(request),
        )
        script = body.get("script")
        if script is not None:
            self._state.script(ScriptRef(zone.account_id, as_text(script, "script")))
        pattern = as_text(body.get("pattern"), "pattern")
        self._state.zones.find_for(zone.account_id, _hostname(pattern), {"zone_id": zone.id})
        return self._state.triggers.set_route(zone, pattern, script, route_id)

    def _found(self, request: Request) -> ZoneRoute:
        zone = self._state.zones.authorized(request.path_params["zone_id"], request.state.token)
        route = self._state.triggers.route(zone.id, request.path_params["route_id"])
        if route is None:
            raise NotFound("workers.api.error.route_not_found")
        return route

    def _zone(self, ref: ScriptRef, pattern: str, item: dict[str, Json]) -> Zone:
        return self._state.zones.find_for(ref.account_id, _hostname(pattern), item)

    def _name(self, route: ZoneRoute) -> str:
        zone = self._state.zones.get(route.zone_id)
        return zone.name if zone else ""


def _hostname(pattern: str) -> str:
    return RoutePattern.parse(pattern).host


def _route(route: ZoneRoute) -> dict[str, Json]:
    script = {"script": route.script} if route.script else {}
    return {"id": route.id, "pattern": route.pattern, **script}
