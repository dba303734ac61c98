"""Sends requests to one server with one token, over connections that are kept."""

import json
import socket
import ssl
from collections.abc import Mapping
from email.message import Message
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from select import POLLIN, poll
from typing import NamedTuple
from urllib.parse import urlencode
from weakref import finalize

from edgefleet.core.model import Json
from edgefleet.core.secret import Secret
from edgefleet.http.bounded import Connection, ResponseBound, TooLarge, pieces_of
from edgefleet.http.multipart import FORM_TYPE
from edgefleet.http.proxy import route_for_token


class HttpRequest(NamedTuple):
    """One request: what is asked of which path, with a JSON body or a form."""

    method: str
    path: str
    params: Mapping[str, str | int] | None = None
    body: Json | None = None
    form: bytes | None = None
    token: Secret | None = None
    """A token of this request's own, in place of the connection's."""
    headers: Mapping[str, str] | None = None

    def __str__(self) -> str:
        """Return what messages name it by."""
        return f"{self.method} {self.path}"

    @property
    def content(self) -> tuple[bytes, str] | None:
        """The body as it is sent, and its type; None for none."""
        if self.form is not None:
            return self.form, FORM_TYPE
        if self.body is not None:
            return json.dumps(self.body).encode(), "application/json"
        return None


class TransportError(Exception):
    """No answer came, or not all of it; the message says what went wrong, in words."""


class HttpResponse(NamedTuple):
    """What a server answered; names of headers have no case."""

    status: int
    headers: Message
    content: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is a good one."""
        return self.status < 400


CONNECT_SECONDS = 10.0
BYTES_PER_SECOND = 32 * 1024
"""What an upload may count on: the more is sent, the more time there is."""
REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "no address is known for this host"),
    (ssl.SSLCertVerificationError, "its certificate is not trusted here"),
    (ssl.SSLError, "TLS could not be agreed on"),
    (ConnectionRefusedError, "it refuses connections"),
    (TimeoutError, "it did not answer in time"),
    (TooLarge, "its answer is too large"),
    (EOFError, "the answer ended too early"),
    (IncompleteRead, "the answer ended too early"),
    (RemoteDisconnected, "the connection was closed without an answer"),
    (ConnectionError, "the connection was lost"),
    (ValueError, "its response is malformed"),
)
"""What an exchange raises -> why there is no answer; the first that fits counts."""

BROKEN = (OSError, EOFError, HTTPException, ValueError)
"""All that an exchange over HTTP raises; a `ValueError` is that of an odd host or length."""


def reason_of(error: BaseException) -> str:
    """Return why no response came, for a message."""
    for kind, words in REASONS:
        if isinstance(error, kind):
            return words
    return f"the connection broke: {type(error).__name__}"


def answered(
    connection: Connection,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    bound: ResponseBound,
    body: bytes | None = None,
) -> HttpResponse:
    """Send one request once, and read its answer whole, within a bound; raises `TransportError`.

    The connection is closed where that failed.
    """
    connection.begin(bound)
    try:
        connection.request(method, url, body, headers)
        with connection.getresponse() as answer:
            content = b"".join(pieces_of(answer, bound.size))
    except BROKEN as error:
        connection.close()
        raise TransportError(reason_of(error)) from error
    except BaseException:  # a stop leaves half a response behind
        connection.close()
        raise
    return HttpResponse(answer.status, answer.headers, content)


class Transport:
    """Follows no redirects, and sends the token nowhere else.

    `timeout` is for a whole exchange, in seconds; what is uploaded may take its time on top.
    `variable` is the environment variable that may name the server. Raises `UsageError` where the
    token would cross a network in clear.
    """

    def __init__(
        self,
        base_url: str,
        token: Secret,
        timeout: float,
        variable: str = "CLOUDFLARE_API_BASE_URL",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._route = route_for_token(base_url, variable)
        self._timeout = timeout
        self._idle: list[Connection] = []
        finalize(self, _close, self._idle)
        self._headers = {
            "Host": self._route.server.netloc,
            "Accept": "application/json, */*",
            "Accept-Encoding": "identity",
            "User-Agent": "edgefleet",
            "Authorization": f"Bearer {token.reveal()}",
            **(headers or {}),
            **self._route.headers,
        }

    @property
    def server(self) -> str:
        """The server's address without a path, as messages name it."""
        return f"{self._route.server.scheme}://{self._route.server.netloc}"

    def send(self, call: HttpRequest) -> HttpResponse:
        """Send one request once, and read its answer; raises `TransportError`."""
        query = f"?{urlencode(call.params)}" if call.params else ""
        body, kind = call.content or (None, None)
        headers = self._headers if kind is None else {**self._headers, "Content-Type": kind}
        headers = {**headers, **(call.headers or {})}
        if call.token is not None:
            headers = {**headers, "Authorization": f"Bearer {call.token.reveal()}"}
        sending = len(body or b"") / BYTES_PER_SECOND
        connection = self._connection()
        answer = answered(
            connection,
            call.method,
            f"{self._route.prefix}{call.path}{query}",
            headers=headers,
            bound=ResponseBound(self._timeout + sending),
            body=body,
        )
        self._idle.append(connection)
        return answer

    def _connection(self) -> Connection:
        """Return a connection that is not in use: one that was used before, or a new one.

        What a server sends, or ends, between two requests makes the connection useless: a request
        over it would be lost, and edgefleet could not say whether it was carried out.
        """
        while self._idle:
            connection = self._idle.pop()
            if connection.sock is None or not _readable(connection.sock.fileno()):
                return connection
            connection.close()
        return self._route.connection(min(self._timeout, CONNECT_SECONDS))


def _close(connections: list[Connection]) -> None:
    for connection in connections:
        connection.close()


def _readable(descriptor: int) -> bool:
    looking = poll()  # select() knows no descriptor above 1023
    looking.register(descriptor, POLLIN)
    return bool(looking.poll(0))
