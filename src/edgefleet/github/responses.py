"""What a response of GitHub's API means: its JSON, its rate limits, its errors."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from edgefleet.core.foreign.json import parse_json
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.model import Json
from edgefleet.core.redaction import known_secrets
from edgefleet.errors import CredentialError, EdgefleetError, ExternalError
from edgefleet.http.connection import HttpResponse

T = TypeVar("T")


class GitHubError(ExternalError):
    """GitHub failed, or refused a request for another reason than missing permissions."""

    code = "github"


class GitHubRefused(CredentialError):
    """The token may not do this; `status` 404 is also what GitHub says of what it hides."""

    def __init__(self, message: str, *, hint: str, status: int) -> None:
        super().__init__(message, hint=hint)
        self.status = status


def query_error(what: str, errors: Sequence[Mapping[str, Json]]) -> EdgefleetError:
    """Return the error in a GraphQL response, which has HTTP status 200."""
    first = errors[0] if errors else {}
    message = f"{what}: {foreign_text(str(first.get('message', 'no reason given')))}"
    if first.get("type") == "RATE_LIMITED":
        return GitHubError(message, hint="GitHub limits the rate: run this again later")
    if first.get("type") in {"FORBIDDEN", "NOT_FOUND"}:
        hint = "give the token the permission for this (a job: under `permissions:`)"
        return GitHubRefused(message, hint=hint, status=403)
    return GitHubError(message)


def is_rate_limited(response: HttpResponse) -> bool:
    """Whether GitHub refused a request for its primary or a secondary rate limit."""
    if response.status not in (403, 429):
        return False
    headers = response.headers
    named = "Retry-After" in headers or headers.get("X-RateLimit-Remaining") == "0"
    # A secondary limit may come without headers; its documentation names no other mark.
    return response.status == 429 or named or "rate limit" in _reason(response).lower()


def response_error(what: str, response: HttpResponse | None) -> EdgefleetError:
    """Return the error that a response stands for; None is no response at all."""
    if response is None:
        return GitHubError(
            f"{what}: no response from GitHub",
            hint="https://www.githubstatus.com shows whether GitHub works; then run this again",
        )
    status = response.status
    message = f"{what}: HTTP {status}: {_reason(response)}"
    if is_rate_limited(response):
        return GitHubError(message, hint="GitHub limits the rate: run this again later")
    if status == 401:
        return GitHubRefused(message, hint="GITHUB_TOKEN is wrong or expired", status=status)
    if status in (403, 404):
        hint = "give the token the permission for this (a job: under `permissions:`)"
        if status == 404:
            hint = f"check GITHUB_REPOSITORY, and {hint}: GitHub hides what a token may not see"
        return GitHubRefused(message, hint=hint, status=status)
    return GitHubError(message, hint="run this again" if status >= 500 else "")


def _reason(response: HttpResponse) -> str:
    with suppress(ValueError):
        body = parse_json(response.content)
        if isinstance(body, dict) and isinstance(body.get("message"), str):
            details = body.get("errors")
            reason = f"{body['message']} {details}" if details else str(body["message"])
            return foreign_text(known_secrets(reason))
    return "no reason given"


def parse_body(response: HttpResponse, shape: type[T], what: str) -> T:
    """Return the body of a response in this shape; raises `GitHubError`."""
    return parse_answer(read_json(response, what), shape, what)


def read_json(response: HttpResponse, what: str) -> Json:
    """Return the JSON of a response; raises `GitHubError` where it is none."""
    try:
        return parse_json(response.content)
    except ValueError as error:
        status = response.status
        raise GitHubError(f"{what}: HTTP {status} with a body that is not JSON") from error


def parse_answer(value: Json, shape: type[T], what: str) -> T:
    """Return a part of an response in this shape; raises `GitHubError` where it has another."""
    try:
        return TypeAdapter(shape).validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = foreign_text(".".join(str(part) for part in first["loc"])) or "the whole"
        message = f"{what}: unexpected response from GitHub: {where}: {first['msg']}"
        raise GitHubError(message) from None
