"""`POST /graphql`: the GraphQL Analytics API."""

from functools import cached_property
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localedge.state.server import ServerState
from localedge.wire.request import json_object

if TYPE_CHECKING:
    from localedge.services.graphql.answers import Queries


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Service(state)
    return [Route("/graphql", service.query, methods=["POST"])]


class _Service:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    @cached_property
    def _queries(self) -> "Queries":
        # graphql-core takes a quarter of a second to load, and most servers get no query.
        from localedge.services.graphql.answers import Queries
        from localedge.services.graphql.invocations import invocations
        from localedge.services.graphql.storage import storage

        state = self._state
        return Queries([invocations(state.traces, state.script_tag), storage(state.r2)])

    async def query(self, request: Request) -> Response:
        """Answer; a failure is a 200 too, with `errors`, as the GraphQL specification has it."""
        body = await json_object(request)
        return JSONResponse(self._queries.answer(body, request.state.token.account_ids))
