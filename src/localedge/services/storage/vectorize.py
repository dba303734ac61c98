"""Vectorize: `/accounts/{id}/vectorize/v2/indexes` and what is below it."""

from collections.abc import Awaitable, Callable

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.state.vectorize.indexes import VectorIndex
from localedge.state.vectorize.requests import parse_ids, parse_query, parse_vectors
from localedge.state.vectorize.store import VectorizeStore
from localedge.wire.envelope import success
from localedge.wire.request import as_text, json_object, whole_number
from localedge.wire.vectorize_errors import VectorizeBadQuery, VectorizeBadVector

INDEXES = "/accounts/{account_id}/vectorize/v2/indexes"
INDEX = INDEXES + "/{index_name}"
KINDS = ("string", "number", "boolean")
MAX_PAGE = 1000
DEFAULT_PAGE = 100


def routes(vectorize: VectorizeStore) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Service(vectorize)
    table: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
        ("GET", INDEXES, service.list_indexes),
        ("POST", INDEXES, service.create),
        ("GET", INDEX, service.read),
        ("DELETE", INDEX, service.delete),
        ("GET", INDEX + "/info", service.info),
        ("GET", INDEX + "/list", service.list_vectors),
        ("POST", INDEX + "/insert", service.insert),
        ("POST", INDEX + "/upsert", service.upsert),
        ("POST", INDEX + "/query", service.query),
        ("POST", INDEX + "/get_by_ids", service.get_by_ids),
        ("POST", INDEX + "/delete_by_ids", service.delete_by_ids),
        ("POST", INDEX + "/metadata_index/create", service.create_metadata_index),
        ("GET", INDEX + "/metadata_index/list", service.list_metadata_indexes),
        ("POST", INDEX + "/metadata_index/delete", service.delete_metadata_index),
    ]
    return [Route(path, endpoint, methods=[method]) for method, path, endpoint in table]


class _Service:
    def __init__(self, vectorize: VectorizeStore) -> None:
        self._store = vectorize

    async def list_indexes(self, request: Request) -> Response:
        return success(
            [_shown(it) for it in self._store.indexes(request.path_params["account_id"])]
        )

    async def create(self, request: Request) -> Response:
        body = await json_object(request)
        name = as_text(body.get("name"), "name")
        description = str(body.get("description") or "")
        account_id = request.path_params["account_id"]
        return success(
            _shown(self._store.create(account_id, name, body.get("config"), description))
        )

    async def read(self, request: Request) -> Response:
        return success(_shown(self._index(request)))

    async def delete(self, request: Request) -> Response:
        self._store.delete(self._index(request))
        return success(None)

    async def info(self, request: Request) -> Response:
        return success(self._store.info(self._index(request)))

    async def list_vectors(self, request: Request) -> Response:
        index = self._index(request)
        size = _count(request.query_params.get("count", str(DEFAULT_PAGE)))
        ids = self._store.page(index, size + 1, request.query_params.get("cursor", ""))
        page = {
            "count": len(ids[:size]),
            "totalCount": self._store.count(index),
            "isTruncated": len(ids) > size,
            "vectors": [{"id": it} for it in ids[:size]],
        }
        if len(ids) > size:
            page["nextCursor"] = ids[size - 1]
        return success(page)

    async def insert(self, request: Request) -> Response:
        vectors = parse_vectors(await _vectors_body(request))
        return _mutated(self._store.insert(self._index(request), vectors))

    async def upsert(self, request: Request) -> Response:
        vectors = parse_vectors(await _vectors_body(request))
        return _mutated(self._store.insert(self._index(request), vectors, replace=True))

    async def query(self, request: Request) -> Response:
        ask = parse_query(await request.body())
        return success(self._store.query(self._index(request), ask))

    async def get_by_ids(self, request: Request) -> Response:
        ids = parse_ids(await request.body())
        return success([vector.shown() for vector in self._store.get(self._index(request), ids)])

    async def delete_by_ids(self, request: Request) -> Response:
        ids = parse_ids(await request.body())
        return _mutated(self._store.remove(self._index(request), ids))

    async def create_metadata_index(self, request: Request) -> Response:
        body = await json_object(request)
        kind = str(body.get("indexType", "")).lower()
        if kind not in KINDS:
            raise VectorizeBadQuery(f"indexType must be one of {', '.join(KINDS)}")
        name = as_text(body.get("propertyName"), "propertyName")
        return _mutated(self._store.set_filterable(self._index(request), name, kind))

    async def list_metadata_indexes(self, request: Request) -> Response:
        indexed = self._index(request).indexed.items()
        shown = [{"propertyName": name, "indexType": kind} for name, kind in indexed]
        return success({"metadataIndexes": shown})

    async def delete_metadata_index(self, request: Request) -> Response:
        name = as_text((await json_object(request)).get("propertyName"), "propertyName")
        return _mutated(self._store.set_filterable(self._index(request), name, None))

    def _index(self, request: Request) -> VectorIndex:
        return self._store.require(
            request.path_params["account_id"], request.path_params["index_name"]
        )


async def _vectors_body(request: Request) -> bytes:
    """Return the lines of vectors: the body, or the file `vectors` of a form."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.body()
    async with request.form() as form:
        part = form.get("vectors")
        if not isinstance(part, UploadFile):
            raise VectorizeBadVector('the form has no file "vectors"')
        return await part.read()


def _count(text: str) -> int:
    count = whole_number(text)
    if count is None or not 1 <= count <= MAX_PAGE:
        raise VectorizeBadQuery(f"count must be a number from 1 to {MAX_PAGE}, got {text!r}")
    return count


def _mutated(mutation_id: str) -> Response:
    return success({"mutationId": mutation_id})


def _shown(index: VectorIndex) -> dict[str, Json]:
    return {
        "name": index.name,
        "description": index.description,
        "config": {"dimensions": index.dimensions, "metric": index.metric},
        "created_on": index.created_on,
        "modified_on": index.mutated_at or index.created_on,
    }
