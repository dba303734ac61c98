"""The envelope that every answer of API v4 comes in."""

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse

from localedge.model import Json
from localedge.wire.errors import ApiError
from localedge.wire.request import Pagination


def success(
    result: Json,
    *,
    result_info: Mapping[str, Json] | None = None,
    messages: Sequence[Json] = (),
    status: int = 200,
) -> JSONResponse:
    """Wrap a result; `result_info` carries paging where the endpoint pages."""
    body: dict[str, Json] = {
        "success": True,
        "errors": [],
        "messages": list(messages),
        "result": result,
    }
    if result_info is not None:
        body["result_info"] = dict(result_info)
    return JSONResponse(body, status_code=status)


def success_page(request: Request, items: Sequence[Json], *, size: int = 20) -> JSONResponse:
    """Wrap the page of `items` that the request asks for; `size` is the default page size."""
    page = Pagination.from_request(request, size=size)
    shown = page.slice(items)
    return success(shown, result_info=page.info(len(items), len(shown)))


def failure(error: ApiError) -> JSONResponse:
    """Wrap an error as Cloudflare does: its code and text, and no result."""
    chain = [{"code": code, "message": text} for code, text in error.chain]
    return JSONResponse(
        error_body(error.code, error.message, chain, error.meta),
        status_code=error.status,
        headers=error.headers,
    )


def error_body(
    code: int, message: str, chain: Sequence[Json] = (), meta: Mapping[str, Json] | None = None
) -> dict[str, Json]:
    """Return the body of an answer with one error."""
    error: dict[str, Json] = {"code": code, "message": message}
    if chain:
        error["error_chain"] = list(chain)
    if meta:
        error["meta"] = dict(meta)
    return {"success": False, "errors": [error], "messages": [], "result": None}
