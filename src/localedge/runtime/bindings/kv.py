"""A running Worker's KV binding: the protocol that workerd's KV client speaks."""

import json
from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from localedge.model import Json
from localedge.runtime.bindings.call import BindingCall
from localedge.state.kv import rules as kv_rules
from localedge.state.kv.store import KvKey, KvNamespace, KvPair, KvStore, KvWrite
from localedge.wire.kv_errors import KvInvalidRequest

MAX_BULK_KEYS = 100


async def serve(call: BindingCall, store: KvStore) -> Response:
    """Answer one call of the client: get, bulk get, put, delete or list."""
    namespace = store.namespace(call.ref.account_id, call.binding["namespace_id"])
    if namespace is None:
        # Not 404: to the client that is an absent key.
        return Response("namespace not found", 400)
    if call.method == "PUT":
        return await _put(call, store, namespace)
    if call.method == "DELETE":
        store.delete(namespace, call.path)
        return Response()
    if call.method == "POST" and call.path == "bulk/get":
        return _bulk(json.loads(await call.request.body()), store, namespace)
    if call.path:
        return _get(store.get(namespace, call.path))
    return _list(call, store, namespace)


def _get(pair: KvPair | None) -> Response:
    if pair is None:
        return Response("Not Found", 404)
    response = Response(pair.value, media_type="application/octet-stream")
    if pair.key.expires_at is not None:
        response.headers["CF-Expiration"] = str(pair.key.expires_at)
    if pair.key.metadata is not None:
        # JSON may hold what Latin-1 headers cannot; its ASCII form says the same.
        response.headers["CF-KV-Metadata"] = json.dumps(json.loads(pair.key.metadata))
    return response


def _bulk(body: Mapping[str, Json], store: KvStore, namespace: KvNamespace) -> Response:
    keys, kind = body["keys"], body.get("type") or "text"
    if kind not in {"text", "json"}:
        raise KvInvalidRequest(f'"{kind}" is not a valid type. Use "json" or "text"')
    if not 1 <= len(keys) <= MAX_BULK_KEYS:
        raise KvInvalidRequest(
            f"You can request a minimum of 1 and a maximum of {MAX_BULK_KEYS} keys"
        )
    pairs = {key: store.get(namespace, key) for key in keys}
    if sum(len(pair.value) for pair in pairs.values() if pair) > kv_rules.MAX_VALUE_BYTES:
        raise KvInvalidRequest("Total size of request exceeds the limit of 25MB")
    with_metadata = bool(body.get("withMetadata"))
    return JSONResponse(
        {key: pair and _bulk_value(pair, kind, with_metadata) for key, pair in pairs.items()}
    )


def _bulk_value(pair: KvPair, kind: str, with_metadata: bool) -> Json:  # noqa: FBT001 - from JSON
    text = pair.value.decode("utf-8", "replace")
    try:
        value = json.loads(text) if kind == "json" else text
    except ValueError:
        raise KvInvalidRequest(
            "At least one of the requested keys corresponds to a non-json value"
        ) from None
    if not with_metadata:
        return value
    metadata = pair.key.metadata
    return {"value": value, "metadata": None if metadata is None else json.loads(metadata)}


async def _put(call: BindingCall, store: KvStore, namespace: KvNamespace) -> Response:
    store.put(
        namespace,
        KvWrite(
            call.path,
            await call.request.body(),
            metadata=call.header("cf-kv-metadata"),
            expiration=call.query.get("expiration"),
            ttl=call.query.get("expiration_ttl"),
        ),
    )
    return Response()


def _list(call: BindingCall, store: KvStore, namespace: KvNamespace) -> Response:
    page = store.keys(
        namespace,
        prefix=call.query.get("prefix", ""),
        cursor=call.query.get("cursor", ""),
        limit=kv_rules.page_size(call.query.get("key_count_limit")),
    )
    body: dict[str, Json] = {
        "keys": [_listed(key) for key in page.keys],
        "list_complete": page.cursor is None,
        "cacheStatus": None,
    }
    if page.cursor is not None:
        body["cursor"] = page.cursor
    return JSONResponse(body)


def _listed(key: KvKey) -> dict[str, Json]:
    """Render a key; the client parses `metadata` itself, so it stays JSON text."""
    shown: dict[str, Json] = {"name": key.name}
    if key.expires_at is not None:
        shown["expiration"] = key.expires_at
    if key.metadata is not None:
        shown["metadata"] = key.metadata
    return shown
