"""Custom domains: hostnames that belong to a script."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json, ScriptRef
from localedge.state.server import ServerState
from localedge.state.triggers import Domain
from localedge.state.zones import Zone
from localedge.wire.envelope import success
from localedge.wire.errors import NotFound
from localedge.wire.request import (
    as_objects,
    as_text,
    flag,
    json_list,
    json_object,
    script_ref,
)
from localedge.wire.script_errors import HostnameHasRecords, HostnameTaken

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
        Route(DOMAINS + "/records/{domain_id}", service.get, methods=["GET"]),
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
        return success(_domain(self._set(ref, body, body)))

    async def replace(self, request: Request) -> Response:
        """Give a script the hostnames of the body, and no other ones."""
        ref, body = script_ref(request), await json_object(request)
        self._state.script(ref)
        origins = as_objects(body.get("origins") or [], "origins")
        with self._state.database.transaction():
            wanted = {str(origin.get("hostname")).lower() for origin in origins}
            for item in self._state.triggers.domains(ref.account_id):
                if item.script == ref.name and item.hostname not in wanted:
                    self._state.triggers.remove_domain(item.id)
            return success([_domain(self._set(ref, origin, body)) for origin in origins])

    async def changeset(self, request: Request) -> Response:
        """Say what giving a script the hostnames of the body would change.

        `updated` holds those that are custom domains already, `modified` where they are another
        script's; `conflicting` those with DNS records of the account's own, which no option
        overrides (https://github.com/cloudflare/workers-sdk/issues/9878).
        """
        ref = script_ref(request)
        known = {item.hostname: item for item in self._state.triggers.domains(ref.account_id)}
        answer: dict[str, list[Json]] = {
            "added": [], "removed": [], "updated": [], "conflicting": []
        }  # fmt: skip
        wanted = [(self._zone(ref, origin), origin) for origin in await json_list(request)]
        for zone, origin in wanted:
            hostname = origin["hostname"].lower()
            shown = {**origin, "hostname": hostname, "zone_id": zone.id, "zone_name": zone.name}
            if hostname in known:
                modified = known[hostname].script != ref.name
                answer["updated"].append({**_domain(known[hostname]), "modified": modified})
            elif records := self._state.zones.records(zone.id, hostname):
                answer["conflicting"].append({**shown, "external_dns_record_id": records[0].id})
            else:
                answer["added"].append(shown)
        if flag(request, "replace_state"):
            kept = {origin["hostname"].lower() for _, origin in wanted}
            own = [it for it in known.values() if it.script == ref.name]
            answer["removed"] = [_domain(it) for it in own if it.hostname not in kept]
        return success(answer)

    async def get(self, request: Request) -> Response:
        return success(_domain(self._found(request)))

    async def delete(self, request: Request) -> Response:
        found = self._found(request)
        self._state.triggers.remove_domain(found.id)
        return success({"id": found.id})

    def _set(self, ref: ScriptRef, given: dict[str, Json], options: dict[str, Json]) -> Domain:
        """Attach one hostname; `options` say whether it may be taken from another script."""
        zone, hostname = self._zone(ref, given), given["hostname"].lower()
        same = [
            it for it in self._state.triggers.domains(ref.account_id) if it.hostname == hostname
        ]
        if same and same[0].script != ref.name and not options.get("override_existing_origin"):
            raise HostnameTaken(
                f"Hostname '{hostname}' already in use by other custom domain. Either delete it, "
                "try a different hostname, or use the option 'override_existing_origin' to "
                "override."
            )
        if not same and self._state.zones.records(zone.id, hostname):
            raise HostnameHasRecords(
                f"Hostname '{hostname}' already has externally managed DNS records (A, CNAME, "
                "etc). Delete them first or try a different hostname."
            )
        return self._state.triggers.set_domain(zone, hostname, ref.name)

    def _zone(self, ref: ScriptRef, given: dict[str, Json]) -> Zone:
        hostname = as_text(given.get("hostname"), "hostname")
        return self._state.zones.find_for(ref.account_id, hostname, given)

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
