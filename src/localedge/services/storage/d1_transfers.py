"""SQL files of D1 databases: import, export, and the addresses where the files are exchanged."""

import hashlib
from collections.abc import Mapping, Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from localedge.model import Json
from localedge.state.d1.dump import DumpOptions
from localedge.state.d1.models import D1Database
from localedge.state.d1.sql_file import D1Query, combined_meta
from localedge.state.d1.store import D1Store, new_bookmark
from localedge.state.d1.transfers import D1Transfers
from localedge.wire.d1_errors import D1BadRequest
from localedge.wire.envelope import success
from localedge.wire.errors import ApiError
from localedge.wire.request import as_object, as_text, json_object

DATABASE = "/accounts/{account_id}/d1/database/{database_id}"
EXCHANGE = "/d1-files/{token}"
CONTROLS = "/__localedge__"
NO_FILE = "No file is exchanged here; a file's address is good until localedge is restarted."


def routes(d1: D1Store, transfers: D1Transfers) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Service(d1, transfers)
    return [
        Route(DATABASE + "/import", service.import_file, methods=["POST"]),
        Route(DATABASE + "/export", service.export_file, methods=["POST"]),
    ]


def exchange_routes(transfers: D1Transfers) -> list[Route]:
    """Return the routes of the files, relative to `/__localedge__`; tokens are their only key."""

    async def download(request: Request) -> Response:
        path = transfers.path(request.path_params["token"])
        if path is None or not path.is_file():
            raise HTTPException(404, NO_FILE)
        return FileResponse(path, media_type="application/sql")

    async def upload(request: Request) -> Response:
        path = transfers.path(request.path_params["token"])
        if path is None:
            raise HTTPException(404, NO_FILE)
        content = await request.body()
        path.write_bytes(content)
        digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
        return Response(headers={"ETag": f'"{digest}"'})

    return [
        Route(EXCHANGE, download, methods=["GET"]),
        Route(EXCHANGE, upload, methods=["PUT"]),
    ]


class _Service:
    def __init__(self, d1: D1Store, transfers: D1Transfers) -> None:
        self._d1 = d1
        self._transfers = transfers

    async def import_file(self, request: Request) -> Response:
        """Take the steps of an import: `init` gives an address, `ingest` runs what was put there.

        `ingest` answers when all is done, so there is never anything to `poll` for.
        """
        database = self._database(request)
        body = await json_object(request)
        action = body.get("action")
        if action not in {"init", "ingest"}:
            raise D1BadRequest(f"No import is under way that {action!r} could be about")
        name = self._transfers.file_name(database, as_text(body.get("etag"), "etag"))
        if action == "init":
            url = self._address(request, self._transfers.offer(name))
            return success({"success": True, "type": "import", "filename": name, "upload_url": url})
        return success(await self._ingest(database, self._transfers.take(name)))

    async def export_file(self, request: Request) -> Response:
        """Write the whole database to a file and answer with its address."""
        database = self._database(request)
        body = await json_object(request)
        options = _dump_options(as_object(body.get("dump_options") or {}, "dump_options"))
        text = await self._d1.export(database, options)
        name = f"{database.account_id}-{database.uuid}.sql"
        address = self._address(request, self._transfers.offer(name, text.encode()))
        result = {"filename": f"{database.name}.sql", "signed_url": address}
        return success(_finished("export", ["Generating dump"], {"result": result}))

    async def _ingest(self, database: D1Database, sql: str) -> dict[str, Json]:
        try:
            (results,) = await self._d1.query(database, [D1Query(sql)])
        except ApiError as error:
            return {
                "success": False,
                "type": "import",
                "status": "error",
                "error": error.message,
                "errors": [error.message],
                "messages": [],
                "at_bookmark": new_bookmark(),
            }
        outcome = {
            "final_bookmark": new_bookmark(),
            "num_queries": len(results),
            "meta": combined_meta(results),
        }
        return _finished("import", [f"Processed {len(results)} queries."], {"result": outcome})

    def _database(self, request: Request) -> D1Database:
        return self._d1.require(
            request.path_params["account_id"], request.path_params["database_id"]
        )

    def _address(self, request: Request, token: str) -> str:
        path = CONTROLS + EXCHANGE.format(token=token)
        return str(request.url.replace(path=path, query=""))


def _finished(kind: str, messages: Sequence[str], more: Mapping[str, Json]) -> dict[str, Json]:
    done = {"success": True, "type": kind, "status": "complete", "messages": messages}
    return {**done, "at_bookmark": new_bookmark(), **more}


def _dump_options(options: Mapping[str, Json]) -> DumpOptions:
    tables = options.get("tables") or []
    if not isinstance(tables, list) or not all(isinstance(name, str) for name in tables):
        raise D1BadRequest("dump_options.tables must be a list of names")
    return DumpOptions(
        schema=not options.get("no_schema"),
        data=not options.get("no_data"),
        tables=frozenset(tables),
    )
