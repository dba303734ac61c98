"""The envelope that every answer of API v4 comes in."""

from collections.abc import Mapping, Sequence

from starlette.responses import JSONResponse

from localedge.model import Json
from localedge.wire.errors import ApiError


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


def failure(error: ApiError) -> JSONResponse:
    """Wrap an error as Cloudflare does: its code and text, and no result."""
    body = {
        "success": False,
        "errors": [{"code": error.code, "message": error.message}],
        "messages": [],
        "result": None,
    }
    return JSONResponse(body, status_code=error.status, headers=error.headers)
