"""Zones: the domain names that an account holds."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.state.server import ServerState
from localedge.state.zones import DnsRecord, Zone
from localedge.wire.envelope import success, success_page
from localedge.wire.errors import AuthenticationError, RecordNotFound
from localedge.wire.request import as_object, as_text, json_object

RECORDS = "/zones/{zone_id}/dns_records"


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Zones(state)
    return [
        Route("/zones", service.list_all, methods=["GET"]),
        Route("/zones", service.create, methods=["POST"]),
        Route("/zones/{zone_id}", service.get, methods=["GET"]),
        Route(RECORDS, service.list_records, methods=["GET"]),
        Route(RECORDS, service.create_record, methods=["POST"]),
        Route(RECORDS + "/{record_id}", service.delete_record, methods=["DELETE"]),
    ]


class _Zones:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def list_all(self, request: Request) -> Response:
        query = request.query_params
        accounts = request.state.token.account_ids
        everything = [
            _zone(zone)
            for account_id in accounts
            if query.get("account.id", account_id) == account_id
            for zone in self._state.zones.of_account(account_id)
            if query.get("name", zone.name) == zone.name
        ]
        return success_page(request, everything)

    async def create(self, request: Request) -> Response:
        body = await json_object(request)
        account_id = as_text(as_object(body.get("account"), "account").get("id"), "account.id")
        if account_id not in request.state.token.account_ids:
            raise AuthenticationError
        name = as_text(body.get("name"), "name")
        return success(_zone(self._state.zones.add(account_id, name)))

    async def get(self, request: Request) -> Response:
        return success(_zone(self._opened(request)))

    async def list_records(self, request: Request) -> Response:
        name = request.query_params.get("name")
        everything = [
            _record(it) for it in self._state.zones.records(self._opened(request).id, name)
        ]
        return success_page(request, everything, size=100)

    async def create_record(self, request: Request) -> Response:
        zone, body = self._opened(request), await json_object(request)
        given = (as_text(body.get(key), key) for key in ("type", "name", "content"))
        return success(_record(self._state.zones.add_record(zone, *given)))

    async def delete_record(self, request: Request) -> Response:
        for record in self._state.zones.records(self._opened(request).id):
            if record.id == request.path_params["record_id"]:
                self._state.zones.remove_record(record)
                return success({"id": record.id})
        raise RecordNotFound

    def _opened(self, request: Request) -> Zone:
        return self._state.zones.authorized(request.path_params["zone_id"], request.state.token)


def _record(record: DnsRecord) -> Json:
    return {
        "id": record.id,
        "type": record.type,
        "name": record.name,
        "content": record.content,
        "proxied": False,
        "proxiable": True,
        "ttl": 1,
        "settings": {},
        "meta": {},
        "comment": None,
        "tags": [],
        "created_on": record.created_on,
        "modified_on": record.created_on,
    }


def _zone(zone: Zone) -> Json:
    return {
        "id": zone.id,
        "name": zone.name,
        "status": "active",
        "paused": False,
        "type": "full",
        "account": {"id": zone.account_id, "name": zone.account_id},
        "owner": {"id": None, "name": None, "type": "organization"},
        "plan": {"id": "0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee", "name": "Free Website"},
        "meta": {"page_rule_quota": 3, "phishing_detected": False, "step": 2},
        "development_mode": 0,
        "name_servers": ["ada.ns.cloudflare.test", "bob.ns.cloudflare.test"],
        "original_name_servers": None,
        "created_on": zone.created_on,
        "modified_on": zone.created_on,
        "activated_on": zone.created_on,
    }
