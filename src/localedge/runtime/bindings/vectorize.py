"""A running Worker's Vectorize binding: the protocol that workerd's Vectorize client speaks."""

from starlette.responses import JSONResponse, Response

from localedge.model import Json
from localedge.runtime.bindings.call import BindingCall
from localedge.state.vectorize.indexes import VectorIndex
from localedge.state.vectorize.requests import parse_ids, parse_query, parse_vectors
from localedge.state.vectorize.store import VectorizeStore
from localedge.wire.errors import ApiError
from localedge.wire.vectorize_errors import VectorizeBadQuery


async def serve(call: BindingCall, store: VectorizeStore) -> Response:
    """Answer one call of the client: info, query, insert, upsert, getByIds or deleteByIds."""
    try:
        index = store.require(call.ref.account_id, call.binding["index_name"])
        return JSONResponse(_answer(call.path, await call.request.body(), store, index))
    except ApiError as error:
        return JSONResponse({"code": error.code, "error": error.message}, 400)


def _answer(path: str, body: bytes, store: VectorizeStore, index: VectorIndex) -> Json:
    match path:
        case "info":
            return store.info(index)
        case "query":
            return store.query(index, parse_query(body))
        case "insert" | "upsert":
            return {
                "mutationId": store.insert(index, parse_vectors(body), replace=path == "upsert")
            }
        case "getByIds":
            return [vector.shown() for vector in store.get(index, parse_ids(body))]
        case "deleteByIds":
            return {"mutationId": store.remove(index, parse_ids(body))}
    raise VectorizeBadQuery(f"localedge has no Vectorize call named {path}")
