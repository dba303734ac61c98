"""Sends requests to a Worker, each over a new connection, as a first visitor does.

It follows no redirect: a secret goes nowhere else.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPResponse
from urllib.parse import urlsplit

from edgefleet.core.foreign.json import parse_json
from edgefleet.core.model import Json
from edgefleet.core.secret import Secret
from edgefleet.health.models import Answer, HeaderValues
from edgefleet.http.bounded import ResponseBound, pieces_of
from edgefleet.http.connection import BROKEN, CONNECT_SECONDS, TransportError, reason_of
from edgefleet.http.proxy import ProxyRoute, proxy_route, route_for_token

LARGEST_ANSWER = 1024 * 1024
"""Bytes of an answer that are read; a larger one is no answer, where all of it counts."""
BEGINNING = 4 * 1024
"""Bytes that are read of an answer whose body does not count: a page may be large."""
URL_VARIABLE = "EDGEFLEET_WORKERS_DEV"
"""What may name a Worker's URL, for messages."""


@dataclass(frozen=True, slots=True)
class WorkerRequest:
    """One request to a Worker, with everything filled in."""

    method: str
    path: str
    headers: HeaderValues = field(default_factory=dict)
    body: bytes | None = None
    seconds: float = 10.0
    """For the whole exchange."""
    reads_body: bool = True
    """Whether the whole body counts; otherwise the beginning of it is read."""


@contextmanager
def exchange(url: str, request: WorkerRequest) -> Iterator[HTTPResponse]:
    """Send a request to the Worker at `url`, and yield its response as it comes.

    Raises what `BROKEN` names, and `UsageError` where a secret would cross a network in clear.
    """
    route, host = _route(url, request.headers)
    connection = route.connection(min(request.seconds, CONNECT_SECONDS))
    connection.begin(ResponseBound(request.seconds, LARGEST_ANSWER))
    own = {"Host": host, "Accept-Encoding": "identity", **route.headers}
    headers = _merged({"User-Agent": "edgefleet", "Accept": "*/*"}, request.headers, own)
    try:
        connection.request(request.method, route.prefix + request.path, request.body, headers)
        with connection.getresponse() as response:
            yield response
    finally:
        connection.close()


def ask(url: str, request: WorkerRequest) -> Answer:
    """Send a request, and read its answer whole; raises `TransportError` where none came."""
    try:
        with exchange(url, request) as response:
            return whole(response) if request.reads_body else beginning(response)
    except BROKEN as error:
        raise TransportError(reason_of(error)) from error


def head_of(response: HTTPResponse) -> Answer:
    """Return status and headers of a response."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(status=response.status, headers=headers)


def whole(response: HTTPResponse) -> Answer:
    """Read a response to its end; raises what `BROKEN` names."""
    content = b"".join(pieces_of(response, LARGEST_ANSWER))
    return head_of(response).model_copy(update={"content": content, "body": _parsed(content)})


def beginning(response: HTTPResponse) -> Answer:
    """Read status, headers and the first bytes of a response; raises what `BROKEN` names."""
    content = b""
    for piece in pieces_of(response, LARGEST_ANSWER):
        content += piece
        if len(content) >= BEGINNING:
            break
    return head_of(response).model_copy(update={"content": content[:BEGINNING]})


def json_content(value: Json) -> bytes:
    """Return a value as a request's body."""
    return json.dumps(value).encode()


def _parsed(content: bytes) -> Json:
    try:
        return parse_json(content)
    except ValueError:
        return None


def _merged(*parts: HeaderValues) -> dict[str, str]:
    """Return headers as they are sent; a later part replaces what an earlier one says."""
    found = {name.lower(): (name, value) for part in parts for name, value in part.items()}
    return {
        name: value.reveal() if isinstance(value, Secret) else value
        for name, value in found.values()
    }


def _route(url: str, headers: HeaderValues) -> tuple[ProxyRoute, str]:
    """Return the route to a Worker, and the host that its requests name.

    Every `*.localhost` is taken for 127.0.0.1: not every resolver does so (RFC 6761 lets it).
    """
    parts = urlsplit(url)
    host = parts.netloc
    if (parts.hostname or "").endswith(".localhost"):
        url = parts._replace(netloc=f"127.0.0.1:{parts.port or 80}").geturl()
    secret = any(isinstance(value, Secret) for value in headers.values())
    return (route_for_token(url, URL_VARIABLE) if secret else proxy_route(url)), host
