"""A running Worker's D1 binding: the protocol that workerd's D1 client speaks."""

from collections.abc import Mapping, Sequence

from starlette.responses import JSONResponse, Response

from localedge.model import Json
from localedge.runtime.bindings.call import BindingCall
from localedge.state.d1.sql_file import D1Query, StatementResult, combined_meta
from localedge.state.d1.store import D1Store, new_bookmark
from localedge.wire.d1_errors import D1SqlError
from localedge.wire.errors import ApiError

BOOKMARK_HEADER = "x-cf-d1-session-commit-token"
NO_META: Mapping[str, Json] = {
    "duration": 0,
    "changes": 0,
    "last_row_id": 0,
    "changed_db": False,
    "size_after": 0,
    "rows_read": 0,
    "rows_written": 0,
}


async def serve(call: BindingCall, store: D1Store) -> Response:
    """Answer one call of the client: `/query` with one or many queries, or `/execute`."""
    if call.path not in {"query", "execute"}:
        return JSONResponse({"error": f"localedge has no D1 call named {call.path}"}, 501)
    body = await call.request.json()
    items = body if isinstance(body, list) else [body]
    queries = [D1Query(item["sql"], item.get("params") or ()) for item in items]
    try:
        database = store.require(call.ref.account_id, database_id(call.binding))
        results = await store.query(database, queries)
    except ApiError as error:
        is_exec = call.path == "execute" and isinstance(body, list)
        return JSONResponse(_exec_failure(error) if is_exec else _failure(error))
    rows_and_columns = call.query.get("resultsFormat") == "ROWS_AND_COLUMNS"
    return JSONResponse(
        [_result(given, rows_and_columns=rows_and_columns) for given in results],
        headers={BOOKMARK_HEADER: new_bookmark()},
    )


def database_id(binding: Mapping[str, Json]) -> str:
    """Return the id that a binding names; the API calls it `id` or `database_id`."""
    return str(binding.get("database_id") or binding.get("id") or "")


def _result(given: Sequence[StatementResult], *, rows_and_columns: bool) -> dict[str, Json]:
    """Render what one query gave: its last statement's rows, all its statements' changes."""
    last = given[-1]
    results: Json = last.objects()
    if rows_and_columns:
        results = {"columns": last.columns, "rows": last.rows}
    return {"success": True, "meta": combined_meta(given), "results": results}


def _failure(error: ApiError) -> dict[str, Json]:
    return {"success": False, "error": error.message, "meta": NO_META}


def _exec_failure(error: ApiError) -> list[dict[str, Json]]:
    """Put the failure at its line's place: `exec` names the line to its caller."""
    before = error.position if isinstance(error, D1SqlError) else 0
    return [{"success": True, "meta": NO_META}] * before + [_failure(error)]
