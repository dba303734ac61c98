"""GitHub's REST API: requests, repeats, pages, errors. `github/repository.py` says what is asked.

What GitHub turned down because of a rate limit was not carried out, so it is repeated whatever it
was; after a server error or a lost answer everything but a POST is, since doing those twice comes
to the same (https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api).
"""

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.message import Message
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from edgefleet.core.foreign.json import parse_json
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.model import Json
from edgefleet.core.redaction import known_secrets
from edgefleet.core.secret import Secret
from edgefleet.errors import CredentialError, EdgefleetError, ExternalError
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


class GitHubError(ExternalError):
    """GitHub failed, or refused a request for another reason than missing permissions."""

    code = "github"


class GitHubRefused(CredentialError):
    """The token may not do this; `status` 404 is also what GitHub says of what it hides."""

    def __init__(self, message: str, *, hint: str, status: int) -> None:
        super().__init__(message, hint=hint)
        self.status = status


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
        return _shaped(self._send("GET", self._url + path), shape, f"GET {path}")

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
            answer = self._send("GET", url)
            what = f"GET {path}"
            body = _shaped(answer, dict[str, Json], what).get(key) if key else _json(answer, what)
            for item in parse_answer(body, list[Json], what):
                yield parse_answer(item, shape, what)
            following = self._next(answer, path)
            if following is None:
                return
            url = following
        raise GitHubError(f"GET {path}: the list does not end after {MOST_PAGES:,} pages")

    def write(self, method: str, path: str, body: Json, shape: type[T]) -> T:
        """Make one change, and return what GitHub says of it."""
        return _shaped(self._send(method, self._url + path, body), shape, f"{method} {path}")

    def query(self, text: str, variables: Json) -> dict[str, Json]:
        """Return what GraphQL's `repository` holds; a query reads, and is repeated as a read is.

        https://docs.github.com/graphql/guides/forming-calls-with-graphql
        """
        what = "POST /graphql"
        body: Json = {"query": text, "variables": variables}
        answer = self._send("POST", _graphql(self._url), body, reads=True)
        found = _shaped(answer, dict[str, Json], what)
        if errors := found.get("errors"):
            raise _query_error(what, parse_answer(errors, list[dict[str, Json]], what))
        data = parse_answer(found.get("data"), dict[str, Json], what)
        return parse_answer(data.get("repository"), dict[str, Json], what)

    def delete(self, path: str) -> None:
        """Delete something."""
        self._send("DELETE", self._url + path)

    def _next(self, answer: HttpResponse, path: str) -> str | None:
        match = NEXT.search(answer.headers.get("Link", ""))
        if match is None:
            return None
        if not match["url"].startswith(f"{self._server}/"):
            # The token would go there too.
            raise GitHubError(f"GET {path}: the next page is said to be on another host")
        return match["url"]

    def _send(
        self, method: str, url: str, body: Json | None = None, *, reads: bool = False
    ) -> HttpResponse:
        what = f"{method} {url.removeprefix(self._url).partition('?')[0]}"
        pauses = Pauses(self._sleep, RETRIES)
        while True:
            answer = self._once(method, url, body)
            if answer is not None and answer.ok:
                return answer
            limited = answer is not None and _limited(answer)
            harmless = reads or method != "POST"
            failed = answer is None or answer.status >= 500
            wait = self._rate_limit_wait(answer.headers, what) if answer and limited else None
            if not (limited or (failed and harmless)) or not pauses.wait(wait):
                raise _error(what, answer)

    def _once(self, method: str, url: str, body: Json | None) -> HttpResponse | None:
        """Send one request; None is a connection without an answer."""
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


def _query_error(what: str, errors: Sequence[Mapping[str, Json]]) -> EdgefleetError:
    """Return the error that GraphQL answered with, by HTTP 200."""
    first = errors[0] if errors else {}
    message = f"{what}: {foreign_text(str(first.get('message', 'no reason given')))}"
    if first.get("type") == "RATE_LIMITED":
        return GitHubError(message, hint="GitHub limits the rate: run this again later")
    if first.get("type") in {"FORBIDDEN", "NOT_FOUND"}:
        hint = "give the token the permission for this (a job: under `permissions:`)"
        return GitHubRefused(message, hint=hint, status=403)
    return GitHubError(message)


def _limited(answer: HttpResponse | None) -> bool:
    """Whether it was turned down for a rate limit, the primary or a secondary one."""
    if answer is None or answer.status not in (403, 429):
        return False
    headers = answer.headers
    told = "Retry-After" in headers or headers.get("X-RateLimit-Remaining") == "0"
    # A secondary limit may come without headers; its documentation names no other mark.
    return answer.status == 429 or told or "rate limit" in _reason(answer).lower()


def _error(what: str, answer: HttpResponse | None) -> EdgefleetError:
    if answer is None:
        return GitHubError(f"{what}: no answer from GitHub", hint="run this again")
    status = answer.status
    message = f"{what}: HTTP {status}: {_reason(answer)}"
    if _limited(answer):
        return GitHubError(message, hint="GitHub limits the rate: run this again later")
    if status == 401:
        return GitHubRefused(message, hint="GITHUB_TOKEN is wrong or expired", status=status)
    if status in (403, 404):
        hint = "give the token the permission for this (a job: under `permissions:`)"
        if status == 404:
            hint = f"look at GITHUB_REPOSITORY, and {hint}: GitHub hides what a token may not see"
        return GitHubRefused(message, hint=hint, status=status)
    return GitHubError(message, hint="run this again" if status >= 500 else "")


def _reason(answer: HttpResponse) -> str:
    with suppress(ValueError):
        body = parse_json(answer.content)
        if isinstance(body, dict) and isinstance(body.get("message"), str):
            details = body.get("errors")
            said = f"{body['message']} {details}" if details else str(body["message"])
            return foreign_text(known_secrets(said))
    return "no reason given"


def _shaped(answer: HttpResponse, shape: type[T], what: str) -> T:
    return parse_answer(_json(answer, what), shape, what)


def _json(answer: HttpResponse, what: str) -> Json:
    try:
        return parse_json(answer.content)
    except ValueError as error:
        status = answer.status
        raise GitHubError(f"{what}: HTTP {status} with a body that is not JSON") from error


def parse_answer(value: Json, shape: type[T], what: str) -> T:
    """Return a part of an answer in this shape; raises `GitHubError` where it has another."""
    try:
        return TypeAdapter(shape).validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = foreign_text(".".join(str(part) for part in first["loc"])) or "the whole"
        message = f"{what}: an answer of another shape: {where}: {first['msg']}"
        raise GitHubError(message) from None
