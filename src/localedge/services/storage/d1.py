"""D1: databases and their SQL, at `/accounts/{id}/d1/database`."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.state.d1.models import D1Database
from localedge.state.d1.replication import REPLICATION_MODES
from localedge.state.d1.sql_file import D1Query, StatementResult
from localedge.state.d1.store import D1Store
from localedge.state.rules.permissions import may_write
from localedge.wire.d1_errors import D1BadRequest
from localedge.wire.envelope import success, success_page
from localedge.wire.request import as_object, as_text, check_place, json_object

DATABASES = "/accounts/{account_id}/d1/database"
DATABASE = DATABASES + "/{database_id}"


def routes(d1: D1Store) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Service(d1)
    table: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
        ("GET", DATABASES, service.list_databases),
        ("POST", DATABASES, service.create),
        ("GET", DATABASE, service.read),
        ("PATCH", DATABASE, service.edit),
        ("PUT", DATABASE, service.edit),
        ("DELETE", DATABASE, service.delete),
        ("POST", DATABASE + "/query", service.query),
        ("POST", DATABASE + "/raw", service.raw),
    ]
    return [Route(path, endpoint, methods=[method]) for method, path, endpoint in table]


class _Service:
    def __init__(self, d1: D1Store) -> None:
        self._d1 = d1

    async def list_databases(self, request: Request) -> Response:
        name = request.query_params.get("name", "")
        found = [
            database
            for database in self._d1.databases(request.path_params["account_id"])
            if name in database.name
        ]
        return success_page(request, [_listed(database) for database in found])

    async def create(self, request: Request) -> Response:
        body = await json_object(request)
        name = as_text(body.get("name"), "name")
        check_place(body)
        database = self._d1.create(request.path_params["account_id"], name)
        return success(await self._shown(database))

    async def read(self, request: Request) -> Response:
        return success(await self._shown(self._database(request)))

    async def edit(self, request: Request) -> Response:
        """Set the mode of read replication; localedge has no replicas, and shows the mode."""
        database, body = self._database(request), await json_object(request)
        if "read_replication" in body:
            mode = as_object(body["read_replication"], "read_replication").get("mode")
            if mode not in REPLICATION_MODES:
                raise D1BadRequest(f"read_replication.mode must be one of {REPLICATION_MODES}")
            self._d1.replication.set(database, mode)
        return success(await self._shown(database))

    async def delete(self, request: Request) -> Response:
        self._d1.delete(self._database(request))
        return success(None)

    async def query(self, request: Request) -> Response:
        results = await self._run(request)
        return success([_result(result, result.objects()) for result in results])

    async def raw(self, request: Request) -> Response:
        results = await self._run(request)
        return success(
            [_result(one, {"columns": one.columns, "rows": one.rows}) for one in results]
        )

    async def _run(self, request: Request) -> list[StatementResult]:
        database = self._database(request)
        queries = _queries(await json_object(request))
        # A token that may read alone changes nothing by a query, since 2025-02-04:
        # https://developers.cloudflare.com/d1/platform/release-notes/
        read_only = not may_write(request.state.token.permissions, "D1")
        results = await self._d1.query(database, queries, read_only=read_only)
        return [one for given in results for one in given]

    def _database(self, request: Request) -> D1Database:
        return self._d1.require(
            request.path_params["account_id"], request.path_params["database_id"]
        )

    async def _shown(self, database: D1Database) -> dict[str, Json]:
        tables, size = await self._d1.statistics(database)
        return _listed(database) | {
            "num_tables": tables,
            "file_size": size,
            "read_replication": {"mode": self._d1.replication.mode(database)},
        }


def _queries(body: Mapping[str, Json]) -> list[D1Query]:
    """Read one query, or the list `batch` of them."""
    batch = body.get("batch", [body])
    if not isinstance(batch, list) or not batch:
        raise D1BadRequest("batch must be a list of queries")
    return [_query(as_object(item, "Each query")) for item in batch]


def _query(item: Mapping[str, Json]) -> D1Query:
    params = item.get("params") or []
    if not isinstance(params, list):
        raise D1BadRequest("params must be a list")
    return D1Query(as_text(item.get("sql"), "sql"), params)


def _result(result: StatementResult, rows: Json) -> dict[str, Json]:
    return {"results": rows, "success": True, "meta": result.meta}


def _listed(database: D1Database) -> dict[str, Json]:
    return {
        "uuid": database.uuid,
        "name": database.name,
        "version": "production",
        "created_at": database.created_at,
    }
