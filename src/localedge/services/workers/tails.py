"""Tails: watching what a script does, as `wrangler tail` asks for it."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.state.server import ServerState
from localedge.state.traces.filters import check_filters
from localedge.state.traces.tails import Tail
from localedge.wire.envelope import success
from localedge.wire.request import as_object, parse_json, script_ref

TAILS = "/accounts/{account_id}/workers/scripts/{name}/tails"
SOCKETS = "/__localedge__/tails"


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Tails(state)
    return [
        Route(TAILS, service.list_all, methods=["GET"]),
        Route(TAILS, service.create, methods=["POST"]),
        Route(TAILS + "/{tail}", service.delete, methods=["DELETE"]),
    ]


class _Tails:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def list_all(self, request: Request) -> Response:
        ref = script_ref(request)
        self._state.script(ref)
        return success([_tail(it, request) for it in self._state.traces.tails.of(ref)])

    async def create(self, request: Request) -> Response:
        ref = script_ref(request)
        self._state.script(ref)
        text = await request.body()
        body = as_object(parse_json(text, "The body"), "The body") if text else {}
        filters = check_filters(body.get("filters"))
        return success(_tail(self._state.traces.tails.add(ref, filters), request))

    async def delete(self, request: Request) -> Response:
        self._state.traces.tails.remove(script_ref(request), request.path_params["tail"])
        return success(None)


def _tail(tail: Tail, request: Request) -> Json:
    return {
        "id": tail.id,
        "url": f"ws://{request.headers['host']}{SOCKETS}/{tail.id}",
        "expires_at": tail.expires_at.isoformat().replace("+00:00", "Z"),
    }
