"""A client of GitHub's REST API: requests, retries and pages.

GitHub does not carry out a request that it refuses for a rate limit, so the client repeats any
such request. After a server error or a lost response it repeats all but a POST, since those have
the same effect twice (https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api).
"""

import math
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.message import Message
from typing import TypeVar
from urllib.parse import urlsplit

from edgefleet.core.model import Json
from edgefleet.core.redaction import known_secrets
from edgefleet.core.secret import Secret
from edgefleet.github.responses import (
    GitHubError,
    GitHubRefused,
    is_rate_limited,
    parse_answer,
    parse_body,
    query_error,
    read_json,
    response_error,
)
from edgefleet.http.connection import HttpRequest, HttpResponse, Transport, TransportError
from edgefleet.http.retry import Pauses, RetryPolicy

DEFAULT_API_URL = "https://api.github.com"
VERSION = "2022-11-28"
TIMEOUT_SECONDS = 30.0
LONGEST_WAIT_SECONDS = 120.0
RETRIES = RetryPolicy(seconds=3 * LONGEST_WAIT_SECONDS, attempts=4, jitter=0.0, adjustable=False)
SECONDARY_WAIT_SECONDS = 60.0
"""What GitHub asks for after a secondary rate limit that names no time."""
LAST_MOMENT = 253_402_300_799.0
"""The last second of the year 9999, in seconds since 1970: no date is later."""
PAGE_SIZE = 100
MOST_PAGES = 1000
NEXT = re.compile(r'<(?P<url>[^<>\s]{1,2000})>\s{0,9};\s{0,9}rel="next"')
"""https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api"""

T = TypeVar("T")


class GitHubApi:
    """The API with one token, over one connection pool."""

    def __init__(
        self,
        api_url: str,
        token: Secret,
        *,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._url = api_url.rstrip("/")
        place = urlsplit(self._url)
        # All of one server: GraphQL may lie beside the REST API there.
        self._server = place._replace(path="", query="", fragment="").geturl()
        known_secrets.add(token)
        self._transport = Transport(
            self._server,
            token,
            TIMEOUT_SECONDS,
            variable="GITHUB_API_URL",
            headers={"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": VERSION},
        )
        self._sleep = sleep
        self._now = now

    def get(self, path: str, shape: type[T]) -> T:
        """Return what is read, which must have this shape."""
        return parse_body(self._send("GET", self._url + path), shape, f"GET {path}")

    def find(self, path: str, shape: type[T]) -> T | None:
        """Return what is read; None where GitHub knows nothing there (404)."""
        try:
            return self.get(path, shape)
        except GitHubRefused as error:
            if error.status == 404:
                return None
            raise

    def pages(self, path: str, shape: type[T], key: str = "") -> Iterator[T]:
        """Yield every item of a list, following the Link header; `key` is where the list stands."""
        joint = "&" if "?" in path else "?"
        url = f"{self._url}{path}{joint}per_page={PAGE_SIZE}"
        for _ in range(MOST_PAGES):
            response = self._send("GET", url)
            what = f"GET {path}"
            body = read_json(response, what)
            if key:
                body = parse_answer(body, dict[str, Json], what).get(key)
            for item in parse_answer(body, list[Json], what):
                yield parse_answer(item, shape, what)
            following = self._next(response, path)
            if following is None:
                return
            url = following
        raise GitHubError(f"GET {path}: the list does not end after {MOST_PAGES:,} pages")

    def write(self, method: str, path: str, body: Json, shape: type[T]) -> T:
        """Make one change, and return what GitHub says of it."""
        return parse_body(self._send(method, self._url + path, body), shape, f"{method} {path}")

    def query(self, text: str, variables: Json) -> dict[str, Json]:
        """Return what GraphQL's `repository` holds; a query reads, and is repeated as a read is.

        https://docs.github.com/graphql/guides/forming-calls-with-graphql
        """
        what = "POST /graphql"
        body: Json = {"query": text, "variables": variables}
        response = self._send("POST", _graphql(self._url), body, reads=True)
        found = parse_body(response, dict[str, Json], what)
        if errors := found.get("errors"):
            raise query_error(what, parse_answer(errors, list[dict[str, Json]], what))
        data = parse_answer(found.get("data"), dict[str, Json], what)
        return parse_answer(data.get("repository"), dict[str, Json], what)

    def send(self, method: str, path: str) -> None:
        """Make one change of which GitHub says no more than that it is made."""
        self._send(method, self._url + path)

    def delete(self, path: str) -> None:
        """Delete something."""
        self.send("DELETE", path)

    def _next(self, response: HttpResponse, path: str) -> str | None:
        match = NEXT.search(response.headers.get("Link", ""))
        if match is None:
            return None
        if not match["url"].startswith(f"{self._server}/"):
            # The token would go there too.
            raise GitHubError(f"GET {path}: GitHub names another host for the next page")
        return match["url"]

    def _send(
        self, method: str, url: str, body: Json | None = None, *, reads: bool = False
    ) -> HttpResponse:
        what = f"{method} {url.removeprefix(self._url).partition('?')[0]}"
        pauses = Pauses(self._sleep, RETRIES)
        while True:
            response = self._once(method, url, body)
            if response is not None and response.ok:
                return response
            limited = response is not None and is_rate_limited(response)
            harmless = reads or method != "POST"
            failed = response is None or response.status >= 500
            wait = self._rate_limit_wait(response.headers, what) if response and limited else None
            if not (limited or (failed and harmless)) or not pauses.wait(wait):
                raise response_error(what, response)

    def _once(self, method: str, url: str, body: Json | None) -> HttpResponse | None:
        """Send one request; None is a connection without an response."""
        with suppress(TransportError):
            return self._transport.send(
                HttpRequest(method, url.removeprefix(self._server), body=body)
            )
        return None

    def _rate_limit_wait(self, headers: Message, what: str) -> float:
        """Return the seconds until the rate limit lets another request pass.

        Raises `GitHubError` where they are more than edgefleet waits.
        """
        wait = _number(headers.get("Retry-After"))
        reset = _number(headers.get("X-RateLimit-Reset"))
        if wait is None and headers.get("X-RateLimit-Remaining") == "0" and reset is not None:
            wait = reset - self._now() + 1
        if wait is None:
            wait = SECONDARY_WAIT_SECONDS
        if wait > LONGEST_WAIT_SECONDS:
            until = datetime.fromtimestamp(min(self._now() + wait, LAST_MOMENT), UTC)
            raise GitHubError(
                f"{what}: GitHub's rate limit is used up until {until:%H:%M} UTC",
                hint="run this again then",
            )
        return wait


def _number(word: str | None) -> float | None:
    """Return the number that a header holds, where it is one that can be waited for."""
    with suppress(ValueError):
        number = float(word or "")
        return number if math.isfinite(number) else None
    return None


def _graphql(url: str) -> str:
    """Return GraphQL's address; on GitHub Enterprise Server it lies beside `/api/v3`."""
    return f"{url.removesuffix('/v3')}/graphql"
