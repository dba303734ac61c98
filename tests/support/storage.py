"""The stores of an embedded Cloudflare, and the backend of bindings on a port of 127.0.0.1."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from localedge.model import WorkerSource
from localedge.runtime.bindings import BindingStores, create_bindings_app
from localedge.state.accounts import Token
from localedge.state.ai.log import AiLog
from localedge.state.d1.store import D1Store
from localedge.state.database import Database
from localedge.state.kv.store import KvStore
from localedge.state.queues.messages import MessageStore
from localedge.state.queues.store import QueueStore
from localedge.state.r2.store import R2Store
from localedge.state.secrets_store.store import SecretsStores
from localedge.state.traces.store import TraceStore
from localedge.state.vectorize.store import VectorizeStore
from localedge.wire.envelope import failure
from localedge.wire.errors import ApiError


@dataclass(frozen=True)
class Stores:
    """What one server keeps of storage."""

    database: Database
    kv: KvStore
    d1: D1Store
    vectorize: VectorizeStore
    ai: AiLog
    r2: R2Store
    secrets_stores: SecretsStores
    queues: QueueStore
    messages: MessageStore

    def backend(self, source: WorkerSource) -> ASGIApp:
        """Return the app that running Workers' bindings talk to."""
        return create_bindings_app(
            source,
            BindingStores(
                self.kv,
                self.d1,
                self.vectorize,
                self.ai,
                self.r2,
                self.secrets_stores,
                self.queues,
                self.messages,
                _no_workflows,
                TraceStore(self.database, lambda _: 0),
            ),
        )


@contextlib.contextmanager
def stores(folder: Path) -> Iterator[Stores]:
    """Open the stores of a folder; close them afterwards."""
    database = Database(folder)
    d1 = D1Store(database)
    try:
        yield Stores(
            database,
            KvStore(database),
            d1,
            VectorizeStore(database),
            AiLog(),
            R2Store(database),
            SecretsStores(database),
            QueueStore(database),
            MessageStore(database),
        )
    finally:
        d1.close()
        database.close()


async def _no_workflows(_account: str, name: str, _call: Any) -> Any:
    return {"error": f"there is no workflow {name} here"}


class Api:
    """An API that has these routes, and errors in the API's envelope; asked without a socket.

    Requests come with a token that may do everything.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._app = Starlette(routes=routes, exception_handlers={ApiError: _refuse})

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._authenticated)
            async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
                return await client.request(method, path, **options)

        return asyncio.run(send())

    async def _authenticated(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, "state": {"token": Token("", ())}}, receive, send)

    def result(self, method: str, path: str, **options: Any) -> Any:
        """Return the result of a request that must succeed."""
        answer = self.ask(method, path, **options)
        assert answer.status_code == 200, answer.text
        assert answer.json()["success"] is True
        return answer.json()["result"]

    def refusal(self, method: str, path: str, **options: Any) -> tuple[int, int]:
        """Return status and code of a request that must fail."""
        answer = self.ask(method, path, **options)
        assert answer.json()["success"] is False
        return answer.status_code, answer.json()["errors"][0]["code"]


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return failure(error)


@contextlib.contextmanager
def served(application: ASGIApp) -> Iterator[str]:
    """Serve an ASGI app on a free port; give its URL."""
    config = uvicorn.Config(
        application, port=0, ws="none", lifespan="off", log_level="critical", timeout_keep_alive=600
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(30)
