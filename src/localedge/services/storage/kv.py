"""Workers KV: `/accounts/{id}/storage/kv/namespaces` and what is below it."""

import base64
import json
from collections.abc import Awaitable, Callable, Mapping

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.state.kv import rules as kv_rules
from localedge.state.kv.store import KvKey, KvNamespace, KvPair, KvStore, KvWrite
from localedge.wire.envelope import success, success_page
from localedge.wire.kv_errors import KvInvalidRequest, KvKeyNotFound
from localedge.wire.request import as_text, check_place, json_body, json_list, json_object

NAMESPACES = "/accounts/{account_id}/storage/kv/namespaces"
NAMESPACE = NAMESPACES + "/{namespace_id}"
SMALLEST_PAGE = 10
MAX_BULK_READS = 100
MAX_BULK_WRITES = 10_000
# A value's part and the form around it.
MAX_PART_BYTES = kv_rules.MAX_VALUE_BYTES + 1


def routes(kv: KvStore) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Service(kv)
    table: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
        ("GET", NAMESPACES, service.list_namespaces),
        ("POST", NAMESPACES, service.create),
        ("GET", NAMESPACE, service.read),
        ("PUT", NAMESPACE, service.rename),
        ("DELETE", NAMESPACE, service.delete),
        ("GET", NAMESPACE + "/keys", service.list_keys),
        ("PUT", NAMESPACE + "/bulk", service.bulk_put),
        ("DELETE", NAMESPACE + "/bulk", service.bulk_delete),
        ("POST", NAMESPACE + "/bulk/delete", service.bulk_delete),
        ("POST", NAMESPACE + "/bulk/get", service.bulk_get),
        ("GET", NAMESPACE + "/values/{key:path}", service.get_value),
        ("PUT", NAMESPACE + "/values/{key:path}", service.put_value),
        ("DELETE", NAMESPACE + "/values/{key:path}", service.delete_value),
        ("GET", NAMESPACE + "/metadata/{key:path}", service.get_metadata),
    ]
    return [Route(path, endpoint, methods=[method]) for method, path, endpoint in table]


class _Service:
    def __init__(self, kv: KvStore) -> None:
        self._kv = kv

    async def list_namespaces(self, request: Request) -> Response:
        found = self._kv.namespaces(request.path_params["account_id"])
        if request.query_params.get("order") == "id":
            found.sort(key=lambda namespace: namespace.id)
        if request.query_params.get("direction") == "desc":
            found.reverse()
        return success_page(request, [_namespace(namespace) for namespace in found])

    async def create(self, request: Request) -> Response:
        body = await json_object(request)
        title = as_text(body.get("title"), "title")
        check_place(body)
        return success(_namespace(self._kv.create(request.path_params["account_id"], title)))

    async def read(self, request: Request) -> Response:
        return success(_namespace(self._namespace(request)))

    async def rename(self, request: Request) -> Response:
        namespace = self._namespace(request)
        title = as_text((await json_object(request)).get("title"), "title")
        return success(_namespace(self._kv.rename(namespace, title)))

    async def delete(self, request: Request) -> Response:
        self._kv.delete_namespace(self._namespace(request))
        return success({})

    async def list_keys(self, request: Request) -> Response:
        query = request.query_params
        page = self._kv.keys(
            self._namespace(request),
            prefix=query.get("prefix", ""),
            cursor=query.get("cursor", ""),
            limit=kv_rules.page_size(query.get("limit"), least=SMALLEST_PAGE),
        )
        info = {"count": len(page.keys), "cursor": page.cursor or ""}
        return success([_key(key) for key in page.keys], result_info=info)

    async def get_value(self, request: Request) -> Response:
        pair = self._pair(request)
        response = Response(pair.value, media_type="application/octet-stream")
        if pair.key.expires_at is not None:
            response.headers["Expiration"] = str(pair.key.expires_at)
        return response

    async def get_metadata(self, request: Request) -> Response:
        metadata = self._pair(request).key.metadata
        return success(None if metadata is None else json.loads(metadata))

    async def put_value(self, request: Request) -> Response:
        namespace = self._namespace(request)
        value, metadata = await _read_value(request)
        self._kv.put(
            namespace,
            KvWrite(
                request.path_params["key"],
                value,
                metadata=metadata,
                expiration=request.query_params.get("expiration"),
                ttl=request.query_params.get("expiration_ttl"),
            ),
        )
        return success({})

    async def delete_value(self, request: Request) -> Response:
        self._kv.delete(self._namespace(request), request.path_params["key"])
        return success({})

    async def bulk_put(self, request: Request) -> Response:
        namespace = self._namespace(request)
        items = await json_list(request)
        if len(items) > MAX_BULK_WRITES:
            raise KvInvalidRequest(f"at most {MAX_BULK_WRITES} pairs at once, got {len(items)}")
        self._kv.put(namespace, *map(_write, items))
        return success({"successful_key_count": len(items), "unsuccessful_keys": []})

    async def bulk_delete(self, request: Request) -> Response:
        namespace = self._namespace(request)
        keys = await json_body(request)
        if not isinstance(keys, list) or len(keys) > MAX_BULK_WRITES:
            raise KvInvalidRequest(f"The body must be a list of at most {MAX_BULK_WRITES} keys")
        for key in keys:
            self._kv.delete(namespace, as_text(key, "Each key"))
        return success({"successful_key_count": len(keys), "unsuccessful_keys": []})

    async def bulk_get(self, request: Request) -> Response:
        namespace = self._namespace(request)
        body = await json_object(request)
        keys = body.get("keys")
        if not isinstance(keys, list) or not 1 <= len(keys) <= MAX_BULK_READS:
            raise KvInvalidRequest(f"keys must be a list of 1 to {MAX_BULK_READS} keys")
        pairs = {key: self._kv.get(namespace, as_text(key, "Each key")) for key in keys}
        return success({"values": {key: pair and _read(pair, body) for key, pair in pairs.items()}})

    def _namespace(self, request: Request) -> KvNamespace:
        return self._kv.require(
            request.path_params["account_id"], request.path_params["namespace_id"]
        )

    def _pair(self, request: Request) -> KvPair:
        pair = self._kv.get(self._namespace(request), request.path_params["key"])
        if pair is None:
            raise KvKeyNotFound
        return pair


async def _read_value(request: Request) -> tuple[bytes, str | None]:
    """Return value and metadata: a raw body is the value, a form has both as parts."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.body(), None
    try:
        async with request.form(max_part_size=MAX_PART_BYTES) as form:
            parts = [await _part(form.get(name)) for name in ("value", "metadata")]
    except HTTPException as broken:
        raise KvInvalidRequest(str(broken.detail)) from broken
    if parts[0] is None:
        raise KvInvalidRequest('The form has no part "value".')
    return parts[0], None if parts[1] is None else parts[1].decode("utf-8", "replace")


async def _part(value: UploadFile | str | None) -> bytes | None:
    if isinstance(value, UploadFile):
        return await value.read()
    return None if value is None else value.encode()


def _write(item: Mapping[str, Json]) -> KvWrite:
    text, metadata = item.get("value"), item.get("metadata")
    if not isinstance(text, str):
        raise KvInvalidRequest("Each value must be a string.")
    try:
        value = base64.b64decode(text, validate=True) if item.get("base64") else text.encode()
    except ValueError as broken:
        raise KvInvalidRequest("A value is not the base64 that it says it is.") from broken
    return KvWrite(
        as_text(item.get("key"), "Each key"),
        value,
        metadata=None if metadata is None else json.dumps(metadata, separators=(",", ":")),
        expiration=item.get("expiration"),
        ttl=item.get("expiration_ttl"),
    )


def _read(pair: KvPair, body: Mapping[str, Json]) -> Json:
    """Render a pair as a bulk read asks for it."""
    text = pair.value.decode("utf-8", "replace")
    try:
        value = json.loads(text) if body.get("type") == "json" else text
    except ValueError:
        raise KvInvalidRequest(f"The value of {pair.key.name!r} is no JSON.") from None
    if not body.get("withMetadata"):
        return value
    return _key(pair.key) | {"value": value, "metadata": _metadata(pair.key)}


def _namespace(namespace: KvNamespace) -> dict[str, Json]:
    return {"id": namespace.id, "title": namespace.title, "supports_url_encoding": True}


def _metadata(key: KvKey) -> Json:
    return None if key.metadata is None else json.loads(key.metadata)


def _key(key: KvKey) -> dict[str, Json]:
    shown: dict[str, Json] = {"name": key.name}
    if key.expires_at is not None:
        shown["expiration"] = key.expires_at
    if key.metadata is not None:
        shown["metadata"] = _metadata(key)
    return shown
