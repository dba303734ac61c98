"""Sends requests to one server with one token, over connections that are kept."""

import json
from collections.abc import Mapping
from email.message import Message
from http.client import HTTPConnection, HTTPException
from select import POLLIN, poll
from typing import NamedTuple
from urllib.parse import urlencode
from weakref import finalize

from edgefleet.model.base import Json
from edgefleet.model.secret import Secret
from edgefleet.ports.way import way_to
from edgefleet.rules.form import FORM_TYPE


class Call(NamedTuple):
    """One request: what is asked of which path, with a JSON body or a form."""

    method: str
    path: str
    params: Mapping[str, str | int] | None = None
    body: Json | None = None
    form: bytes | None = None

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


class NoAnswer(Exception):
    """No answer came, or not all of it; the message is the name of what went wrong."""


class Answer(NamedTuple):
    """What a server answered; names of headers have no case."""

    status: int
    headers: Message
    content: bytes

    @property
    def ok(self) -> bool:
        """Whether the status is a good one."""
        return self.status < 400


class Transport:
    """Follows no redirects, and sends the token nowhere else."""

    def __init__(self, base_url: str, token: Secret, timeout: float) -> None:
        self._way = way_to(base_url)
        self._timeout = timeout
        self._idle: list[HTTPConnection] = []
        finalize(self, _close, self._idle)
        self._headers = {
            "Host": self._way.server.netloc,
            "Accept": "application/json, */*",
            "Accept-Encoding": "identity",
            "User-Agent": "edgefleet",
            "Authorization": f"Bearer {token.reveal()}",
            **self._way.headers,
        }

    def send(self, call: Call) -> Answer:
        """Send one request once, and read its answer; raises `NoAnswer`."""
        query = f"?{urlencode(call.params)}" if call.params else ""
        body, kind = call.content or (None, None)
        headers = self._headers if kind is None else {**self._headers, "Content-Type": kind}
        connection = self._connection()
        try:
            connection.request(call.method, f"{self._way.prefix}{call.path}{query}", body, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, HTTPException, UnicodeError) as error:  # the last: of an odd host
            connection.close()
            raise NoAnswer(type(error).__name__) from error
        self._idle.append(connection)
        return Answer(answer.status, answer.headers, content)

    def _connection(self) -> HTTPConnection:
        """Return a connection that nobody uses: one that was used before, or a new one.

        What a server sends, or ends, between two requests makes the connection useless: a request
        over it would be lost, and nobody could say whether it was carried out.
        """
        while self._idle:
            connection = self._idle.pop()
            if connection.sock is None or not _readable(connection.sock.fileno()):
                return connection
            connection.close()
        return self._way.connection(self._timeout)


def _close(connections: list[HTTPConnection]) -> None:
    for connection in connections:
        connection.close()


def _readable(descriptor: int) -> bool:
    looking = poll()  # select() knows no descriptor above 1023
    looking.register(descriptor, POLLIN)
    return bool(looking.poll(0))
