"""Custom domains: hostnames that belong to a script."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json, ScriptRef
from localedge.state.server import ServerState
from localedge.state.triggers import Domain
from localedge.wire.envelope import success
from localedge.wire.errors import NotFound
from localedge.wire.request import as_objects, as_text, json_list, json_object, script_ref

SCRIPT = "/accounts/{account_id}/workers/scripts/{name}/domains"
DOMAINS = "/accounts/{account_id}/workers/domains"


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Domains(state)
    return [
        Route(SCRIPT + "/changeset", service.changeset, methods=["POST"]),
        Route(SCRIPT + "/records", service.replace, methods=["PUT"]),
        Route(DOMAINS, service.list_all, methods=["GET"]),
        Route(DOMAINS, service.attach, methods=["PUT"]),
        Route(DOMAINS + "/records", service.list_all, methods=["GET"]),
        Route(DOMAINS + "/{domain_id}", service.get, methods=["GET"]),
        Route(DOMAINS + "/{domain_id}", service.delete, methods=["DELETE"]),
    ]


class _Domains:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def list_all(self, request: Request) -> Response:
        query = request.query_params
        found = [
            _domain(item)
            for item in self._state.triggers.domains(request.path_params["account_id"])
            if query.get("service", item.script) == item.script
            and query.get("hostname", item.hostname) == item.hostname
        ]
        return success(found)

    async def attach(self, request: Request) -> Response:
        body = await json_object(request)
        ref = ScriptRef(request.path_params["account_id"], as_text(body.get("service"), "service"))
        self._state.script(ref)
        return success(_domain(self._set(ref, body)))

    async def replace(self, request: Request) -> Response:
        """Give a script the hostnames of the body, and no other ones."""
        ref, body = script_ref(request), await json_object(request)
        self._state.script(ref)
        origins = as_objects(body.get("origins") or [], "origins")
        with self._state.database.transaction():
            for item in self._state.triggers.domains(ref.account_id):
                if item.script == ref.name:
                    self._state.triggers.remove_domain(item.id)
            return success([_domain(self._set(ref, origin)) for origin in origins])

    async def changeset(self, request: Request) -> Response:
        """Say what attaching hostnames would change; here that never conflicts."""
        added = await json_list(request)
        return success({"added": added, "removed": [], "updated": [], "conflicting": []})

    async def get(self, request: Request) -> Response:
        return success(_domain(self._found(request)))

    async def delete(self, request: Request) -> Response:
        found = self._found(request)
        self._state.triggers.remove_domain(found.id)
        return success({"id": found.id})

    def _set(self, ref: ScriptRef, given: dict[str, Json]) -> Domain:
        hostname = as_text(given.get("hostname"), "hostname")
        zone = self._state.zones.holding(ref.account_id, hostname, given)
        return self._state.triggers.set_domain(zone, hostname, ref.name)

    def _found(self, request: Request) -> Domain:
        for item in self._state.triggers.domains(request.path_params["account_id"]):
            if item.id == request.path_params["domain_id"]:
                return item
        raise NotFound("workers.api.error.domain_not_found")


def _domain(domain: Domain) -> Json:
    return {
        "id": domain.id,
        "hostname": domain.hostname,
        "service": domain.script,
        "environment": "production",
        "zone_id": domain.zone_id,
        "zone_name": domain.zone_name,
        "cert_id": domain.id,
    }
