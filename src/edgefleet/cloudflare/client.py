"""A client of Cloudflare's API v4; every request of edgefleet to Cloudflare goes through it.

It retries reads after a server error, a dropped connection or a 429 (`http/retry.py`). It never
retries writes, because they carry no idempotency key: the caller reads again and decides. With a
shared rate limiter it retries 429 responses for writes too: Cloudflare rejects them before
processing. Endpoints: https://developers.cloudflare.com/api/.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from email.message import Message
from itertools import islice
from typing import NamedTuple, TypeVar
from urllib.parse import quote

from edgefleet.cloudflare.envelope import (
    THROTTLED,
    ApiError,
    parse_envelope,
    parse_result,
    retry_after,
)
from edgefleet.cloudflare.limits import API_WINDOW_SECONDS
from edgefleet.cloudflare.served.analytics import parse_graphql
from edgefleet.cloudflare.timing.clock import ServerClock
from edgefleet.cloudflare.timing.rate_limiter import RateLimiter
from edgefleet.cloudflare.worker.bundle import Module
from edgefleet.core.model import Json
from edgefleet.core.secret import Secret
from edgefleet.http.connection import HttpRequest, HttpResponse, Transport, TransportError
from edgefleet.http.multipart import FormPart, write_form
from edgefleet.http.retry import Pauses, backoff

DEFAULT_BASE_URL = "https://api.cloudflare.com/client/v4"
TIMEOUT_SECONDS = 30.0
REFUSED_ATTEMPTS = 4
"""How often a request is made that Cloudflare answers with 429, with a rate limiter."""
LONGEST_REFUSAL_SECONDS = API_WINDOW_SECONDS * 1.1
"""Cloudflare refuses for one window; a little longer, since clocks differ."""
PAGE_SIZE = 100
NO_ID = "0" * 32
"""An id of the form that Cloudflare gives, and that nothing has."""
MOST_PAGES = 1000
"""No account has so much of anything: D1, which allows most, has 50,000 databases."""

T = TypeVar("T")
R = TypeVar("R")


class Content(NamedTuple):
    """What is stored at a path: the headers of the response, and its bytes."""

    path: str
    headers: Message
    body: bytes


class Cloudflare:
    """The API with one token, over one connection pool."""

    def __init__(
        self,
        base_url: str,
        token: Secret,
        *,
        sleep: Callable[[float], None] = time.sleep,
        timeout: float = TIMEOUT_SECONDS,
        budget: RateLimiter | None = None,
        most_pages: int = MOST_PAGES,
        clock: ServerClock | None = None,
    ) -> None:
        self._clock = clock or ServerClock()
        self._most_pages = most_pages
        self._transport = Transport(base_url, token, timeout)
        self._sleep = sleep
        self._rate_limiter = budget

    def get(self, path: str, shape: type[T]) -> T:
        """Return the `result` of a read, which must have this shape."""
        return parse_result(self._read(path, None), shape, f"GET {path}")

    def find(self, path: str, shape: type[T], *absent: int) -> T | None:
        """Return the `result` of a read, or None where Cloudflare answers one of these codes."""
        try:
            return self.get(path, shape)
        except ApiError as error:
            if set(error.codes) & set(absent):
                return None
            raise

    def pages(self, path: str, shape: type[T], size: int = PAGE_SIZE, **query: str) -> Iterator[T]:
        """Yield every item of a paged list, of which a page may hold `size` items."""
        for page in range(1, self._most_pages + 1):
            answer = self._read(path, {**query, "page": page, "per_page": size})
            items: list[T] = parse_result(answer, list[shape], f"GET {path}")  # type: ignore[valid-type]  # a type made here
            yield from items
            if len(items) < _full_page(answer, size):
                return
        raise ApiError(f"GET {path}: the list does not end after {self._most_pages:,} pages")

    def ask(self, path: str, body: Json, shape: type[T]) -> T:
        """Return the `result` of a POST that changes nothing: it is repeated as reads are."""
        return self.read(HttpRequest("POST", path, body=body), shape)

    def read(self, call: HttpRequest, shape: type[T]) -> T:
        """Return the `result` of a request of any form that changes nothing."""
        return parse_result(self._repeated(lambda: self._exchange(call)), shape, str(call))

    def query(self, document: str, variables: Mapping[str, Json]) -> Json:
        """Return the `data` of a GraphQL query, which is repeated as reads are."""
        body = {"query": document, "variables": variables}
        call = HttpRequest("POST", "/graphql", body=body)
        return self._repeated(lambda: parse_graphql(self._send(call), str(call)))

    def write(self, method: str, path: str, body: Json | None = None) -> None:
        """Make one change, once."""
        self._exchange(HttpRequest(method, path, body=body))

    def try_delete(self, path: str) -> None:
        """Find out whether the token may write below a path: delete what is not there.

        Nothing changes, whatever Cloudflare answers. Raises `ApiError` where the token may not.
        """
        try:
            self.write("DELETE", f"{path}/{NO_ID}")
        except ApiError as error:
            if error.permission:
                raise

    def upload(
        self,
        method: str,
        path: str,
        metadata: Mapping[str, Json],
        modules: Sequence[Module],
        shape: type[T],
    ) -> T:
        """Send a form of metadata and modules, once; return the `result`, of this shape.

        The parts are as wrangler makes them: each module by its path, as name and as file name.
        """
        parts = [FormPart(item.name, item.content_type, item.content) for item in modules]
        form = write_form(json.dumps(metadata), parts)
        return self.send(HttpRequest(method, path, form=form), shape)

    def send(self, call: HttpRequest, shape: type[T]) -> T:
        """Make one request, once; return the `result`, of this shape."""
        return parse_result(self._exchange(call), shape, str(call))

    def pauses(self) -> Pauses:
        """Return the waits between attempts at what may be repeated without harm."""
        return Pauses(self._sleep)

    def content(self, path: str) -> Content:
        """Return what is stored, as it is: no envelope."""
        return self._repeated(lambda: self._content(path))

    def _content(self, path: str) -> Content:
        call = HttpRequest("GET", path)
        answer = self._send(call)
        if not answer.ok:
            parse_envelope(answer, str(call))
        return Content(path, answer.headers, answer.content)

    def _read(self, path: str, params: Mapping[str, str | int] | None) -> dict[str, Json]:
        return self._repeated(lambda: self._exchange(HttpRequest("GET", path, params)))

    def _repeated(self, read: Callable[[], R]) -> R:
        pauses = Pauses(self._sleep)
        while True:
            try:
                return read()
            except ApiError as error:
                waited_out = error.status == THROTTLED and self._rate_limiter
                if waited_out or not error.is_transient or not pauses.wait(error.retry_after):
                    raise

    def _exchange(self, call: HttpRequest) -> dict[str, Json]:
        return parse_envelope(self._send(call), str(call))

    def _send(self, call: HttpRequest) -> HttpResponse:
        def send() -> HttpResponse:
            try:
                answer = self._transport.send(call)
            except TransportError as error:
                server = self._transport.server
                failed = ApiError(f"{call}: no answer from {server}: {error}")
                failed.hint = (
                    f"edgefleet doctor shows whether this machine reaches {server}; "
                    "https://www.cloudflarestatus.com shows whether Cloudflare works"
                )
                raise failed from error
            self._clock.note(answer.headers.get("Date"))
            return answer

        return self._within(self._rate_limiter, send) if self._rate_limiter else send()

    def _within(self, limiter: RateLimiter, send: Callable[[], HttpResponse]) -> HttpResponse:
        for wait in islice(backoff(1.0), REFUSED_ATTEMPTS):
            limiter.acquire(self._sleep)
            answer = send()
            if answer.status != THROTTLED:
                break
            requested = retry_after(answer)
            limiter.back_off(min(wait if requested is None else requested, LONGEST_REFUSAL_SECONDS))
        return answer


def _full_page(answer: Mapping[str, Json], asked: int) -> int:
    """Return how many items a full page has: some lists have smaller ones than edgefleet asks."""
    told = (answer.get("result_info") or {}).get("per_page")
    return told if isinstance(told, int) and 0 < told < asked else asked


def segment(value: str) -> str:
    """Quote one part of a path."""
    return quote(value, safe="")
