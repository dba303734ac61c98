"""API v4 as one ASGI application: request log, faults, authentication, rate limit, services."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from localedge.control.auth import Authenticator
from localedge.control.fault_injection import inject_fault
from localedge.control.faults import API, Faults
from localedge.control.rate_limit import RateLimiter
from localedge.control.request_log import RequestLog
from localedge.wire.envelope import failure
from localedge.wire.errors import ApiError, MethodNotAllowed, RouteNotFound


class Api:
    """Everything below `/client/v4`."""

    def __init__(
        self,
        routes: Sequence[Route],
        authenticator: Authenticator,
        rate_limiter: RateLimiter,
        request_log: RequestLog,
        faults: Faults,
    ) -> None:
        self._services = _services(routes)
        self._authenticator = authenticator
        self._rate_limiter = rate_limiter
        self._request_log = request_log
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or inject the fault that matches it."""
        path, query = scope["path"], scope["query_string"].decode("latin-1")
        entry = self._request_log.add(scope["method"], f"{path}?{query}" if query else path)

        async def send_and_log(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry["status"] = message["status"]
            await send(message)

        fault = self._faults.match(scope["method"], path, query)
        if fault:
            await inject_fault(self._answer, fault, scope, receive, send_and_log)
        else:
            await self._answer(scope, receive, send_and_log)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        inner = {**scope, "path": scope["path"].removeprefix(API), "state": {}}
        request = Request(inner, receive)
        headers: dict[str, str] = {}
        try:
            token = self._authenticator.authenticate(request, inner["path"])
            request.state.token = token
            headers = self._rate_limiter.acquire(token)
        except ApiError as refused:
            await failure(refused)(scope, receive, send)
            return
        await self._services(inner, receive, _with_headers(send, headers))


def _services(routes: Sequence[Route]) -> ASGIApp:
    handlers = {ApiError: _refused, HTTPException: _unknown, Exception: _failed}
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False
    return app


def _with_headers(send: Send, headers: dict[str, str]) -> Send:
    extra = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *extra]}
        await send(message)

    return wrapped


async def _refused(_: Request, error: Exception) -> Response:
    return failure(error if isinstance(error, ApiError) else ApiError())


async def _unknown(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == MethodNotAllowed.status:
        return failure(MethodNotAllowed(f"Method {request.method} not available for that URI."))
    return failure(RouteNotFound(f"Could not route to {API}{request.url.path}"))


async def _failed(_request: Request, _error: Exception) -> Response:
    """Answer 500 for a fault of localedge's own; uvicorn logs the traceback."""
    return failure(ApiError())
