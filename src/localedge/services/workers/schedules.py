"""Cron Triggers of a script."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json, ScriptRef
from localedge.state.server import ServerState
from localedge.wire.envelope import success
from localedge.wire.request import as_text, json_list, script_ref

SCHEDULES = "/accounts/{account_id}/workers/scripts/{name}/schedules"


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Schedules(state)
    return [
        Route(SCHEDULES, service.get, methods=["GET"]),
        Route(SCHEDULES, service.put, methods=["PUT"]),
    ]


class _Schedules:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def get(self, request: Request) -> Response:
        return success(self._document(script_ref(request)))

    async def put(self, request: Request) -> Response:
        ref = script_ref(request)
        self._state.script(ref)
        crons = [as_text(item.get("cron"), "cron") for item in await json_list(request)]
        self._state.triggers.set_schedules(ref, crons)
        return success(self._document(ref))

    def _document(self, ref: ScriptRef) -> Json:
        self._state.script(ref)
        return {
            "schedules": [
                {
                    "cron": item.cron,
                    "created_on": item.created_on,
                    "modified_on": item.modified_on,
                }
                for item in self._state.triggers.schedules(ref)
            ]
        }
