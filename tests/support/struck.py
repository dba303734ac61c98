"""A localedge in this process, without workerd, that strikes one request of a deploy by number."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from localedge.app import AccountSettings, Server, Settings
from localedge.control.fault_injection import inject_fault
from localedge.control.faults import Fault, FaultKind
from localedge.control.http_protocol import LocaledgeProtocol
from localedge.control.provision import read_resources
from localedge.wire.envelope import error_body
from support.ports import free_port

REFUSED = "refused"
"""A 200 that says `success: false`; localedge's own faults have no such kind."""


@dataclass(frozen=True)
class Blow:
    """What happens to the request number `nth`, and, if it `lasts`, to all like it after it."""

    name: str
    fault: Fault | None
    nth: int = 0
    lasts: str = ""
    """`call`: the same method and path; `all`: every request; empty: this one alone."""


class Struck:
    """An application that counts the API's requests and strikes as told."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._blow: Blow | None = None
        self._call = ("", "")
        self.calls: list[tuple[str, str]] = []
        self.counted: list[tuple[str, str]] = []
        """The calls between the last two beginnings."""
        self.under_way = 0

    @property
    def late_next(self) -> bool:
        """Whether the next request is the one that is answered late."""
        blow = self._blow
        late = blow is not None and blow.fault is not None and blow.fault.kind is FaultKind.LATENCY
        return late and blow is not None and blow.nth == len(self.calls)

    def begin(self, blow: Blow | None) -> None:
        """Count from zero again."""
        self._blow, self._call = blow, ("", "")
        self.counted, self.calls = self.calls, []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, rightly or wrongly."""
        if scope["type"] != "http":
            return
        blow = self._strikes((scope["method"], scope["path"]))
        self.under_way += 1
        try:
            if blow is None:
                await self._server(scope, receive, send)
            elif blow.fault is None:
                answer = JSONResponse(error_body(10013, "an error without a reason"))
                await answer(scope, receive, send)
            else:
                # Read first: who acts late has the whole request, whether or not anybody waits.
                whole = await _whole(receive) if blow.fault.kind is FaultKind.LATENCY else receive
                await inject_fault(self._server, blow.fault, scope, whole, send)
        finally:
            self.under_way -= 1

    def _strikes(self, call: tuple[str, str]) -> Blow | None:
        number = len(self.calls)
        self.calls.append(call)
        blow = self._blow
        if blow is None or number < blow.nth:
            return None
        if number == blow.nth:
            self._call = call
        again = blow.lasts == "all" or (blow.lasts == "call" and call == self._call)
        return blow if number == blow.nth or again else None


async def _whole(receive: Receive) -> Receive:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)

    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


@dataclass
class Site:
    """The application on a port."""

    struck: Struck
    url: str
    client: httpx.AsyncClient
    """Asks the application that is struck, without a socket and past its blows."""
    loop: asyncio.AbstractEventLoop

    @property
    def api(self) -> str:
        """The base URL of the API."""
        return f"{self.url}/client/v4"

    def ask(self, method: str, path: str, token: str, **options: Any) -> httpx.Response:
        """Send the test's own request, which is neither counted nor struck."""
        headers = {"Authorization": f"Bearer {token}"}
        asked = self.client.request(method, self.api + path, headers=headers, **options)
        return asyncio.run_coroutine_threadsafe(asked, self.loop).result(30)

    def quiet(self) -> None:
        """Wait until nothing is under way any more, as of clients that gave up."""
        deadline = time.monotonic() + 60
        while self.struck.under_way:
            assert time.monotonic() < deadline, "a request never ended"
            time.sleep(0.005)


class _Uvicorn(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # they belong to the test's process


@contextlib.contextmanager
def struck_site(state: Path, account: tuple[str, str, str], file: Path) -> Iterator[Site]:
    """Serve one account (id, subdomain, token) with what a wrangler file names."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    named = AccountSettings(account[0], account[1], (account[2],))
    settings = Settings(
        state, url, (named,), tuple(read_resources(file)), workerd=False, quota=10**9
    )
    server = Server(settings)
    app = Struck(server)
    config = uvicorn.Config(
        app, port=port, http=LocaledgeProtocol, ws="none", lifespan="off", log_level="critical"
    )
    serving = _Uvicorn(config)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(serving.serve()))
    thread.start()
    try:
        while not serving.started:
            assert thread.is_alive(), "it does not serve"
            time.sleep(0.01)
        yield Site(app, url, httpx.AsyncClient(transport=httpx.ASGITransport(server)), loop)
    finally:
        serving.should_exit = True
        thread.join(30)
        loop.close()
        server.state.close()


def status(name: str, number: int, **headers: str) -> Blow:
    """Return the blow that answers with an HTTP status."""
    given = {key.replace("_", "-"): value for key, value in headers.items()}
    return Blow(name, Fault(kind=FaultKind.STATUS, status=number, headers=given))


LATE_SECONDS = 0.3
"""When a late server acts; the client gave up before."""

ONCE = (
    status("500", 500),
    status("429 Retry-After", 429, Retry_After="1"),
    status("429", 429),
    Blow("dropped before", Fault(kind=FaultKind.DROP_BEFORE)),
    Blow("dropped after", Fault(kind=FaultKind.DROP_AFTER)),
    Blow("malformed", Fault(kind=FaultKind.MALFORMED)),
    Blow(REFUSED, None),
    Blow("timeout", Fault(kind=FaultKind.LATENCY, seconds=LATE_SECONDS)),
)
LASTING = (
    replace(ONCE[0], lasts="call"),
    replace(ONCE[3], lasts="call"),
    replace(ONCE[0], lasts="all"),
)
EVERY = (*ONCE, *LASTING)
FEW = tuple(blow for blow in EVERY if blow.name in ("500", "dropped after", "timeout"))
"""For calls that another course makes, too."""
READ = tuple(blow for blow in FEW if blow.name == "500" and blow.lasts != "call")
"""For reads among them."""


REPEATED = tuple(blow for blow in ONCE if blow.name not in ("malformed", REFUSED))
"""After these the client asks again, by one policy for all reads."""
FINAL = tuple(blow for blow in ONCE if blow not in REPEATED)
"""After these it does not; a read ends in the same way after either."""


def every(nth: int, call: tuple[str, str]) -> Sequence[Blow]:
    """Return all blows for a write; for a read one of each sort, in its turn. `whole` has all."""
    one_of_each = (REPEATED[nth % len(REPEATED)], FINAL[nth % len(FINAL)], LASTING[-1])
    return one_of_each if call[0] == "GET" else EVERY


def whole(_nth: int, call: tuple[str, str]) -> Sequence[Blow]:
    """Return all blows; a read that fails for good ends in the same way whatever the fault is."""
    return (*ONCE, LASTING[-1]) if call[0] == "GET" else EVERY
