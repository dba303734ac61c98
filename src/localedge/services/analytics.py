"""Analytics Engine's SQL API: `/accounts/{id}/analytics_engine/sql`."""

import json

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from localedge.model import Json
from localedge.state.analytics.points import AnalyticsStore
from localedge.state.analytics.sql import SqlAnswer, run_sql
from localedge.wire.errors import BadBody

SQL = "/accounts/{account_id}/analytics_engine/sql"


def routes(store: AnalyticsStore) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Service(store)
    return [Route(SQL, service.query, methods=["GET", "POST"])]


class _Service:
    def __init__(self, store: AnalyticsStore) -> None:
        self._store = store

    async def query(self, request: Request) -> Response:
        """Run a statement; the answer has no envelope, a refusal has one."""
        text = await _statement(request)
        return _answer(run_sql(text, self._store.points(request.path_params["account_id"])))


async def _statement(request: Request) -> str:
    if request.method == "GET":
        return request.query_params.get("query", "")
    return (await request.body()).decode("utf-8", "replace")


def _answer(answer: SqlAnswer) -> Response:
    names = [name for name, _ in answer.columns]
    rows: list[dict[str, Json]] = [dict(zip(names, row, strict=True)) for row in answer.rows]
    match answer.format.upper():
        case "JSON":
            meta = [{"name": name, "type": kind} for name, kind in answer.columns]
            return JSONResponse(
                {
                    "meta": meta,
                    "data": rows,
                    "rows": len(rows),
                    "rows_before_limit_at_least": len(rows),
                }
            )
        case "JSONEACHROW":
            return PlainTextResponse("".join(json.dumps(row) + "\n" for row in rows))
    raise BadBody(f"localedge has the formats JSON and JSONEachRow, not {answer.format}")
