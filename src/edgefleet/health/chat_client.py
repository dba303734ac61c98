"""Chats with a deployed Worker as one of its tenant's clients does (docs/worker/api.md)."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from typing import Protocol

from edgefleet.core.foreign.json import parse_json
from edgefleet.core.model import Json
from edgefleet.core.secret import Secret
from edgefleet.health.models import Event, Reply
from edgefleet.health.probe import VersionOverride, resolve_localhost
from edgefleet.http.bounded import ResponseBound, pieces_of
from edgefleet.http.connection import BROKEN, CONNECT_SECONDS, reason_of
from edgefleet.http.proxy import proxy_route, route_for_token

TURN_SECONDS = 60.0
"""A model and its fallback may keep silent for 20 s each, and then still answer."""
DELETION_SECONDS = 10.0
LARGEST_TURN = 64 * 1024


class Chat(Protocol):
    """What flows need of a chat."""

    def whole(self, session: str, message: str) -> Reply:
        """Say something, and get the answer as JSON."""
        ...

    def streamed(self, session: str, message: str) -> Reply:
        """Say something, and get the answer as events."""
        ...

    def delete(self, session: str) -> Reply:
        """Delete a session."""
        ...


class HttpChat:
    """Chats with one version of one tenant's Worker; nothing it meets is raised.

    `seconds` is what each turn may take in all. Raises `UsageError` where the key would cross a
    network in clear.
    """

    def __init__(
        self,
        url: str,
        tenant: str,
        pin: VersionOverride,
        key: Secret | None,
        seconds: float = TURN_SECONDS,
    ) -> None:
        url, headers = resolve_localhost(url)
        self._route = route_for_token(url, "EDGEFLEET_WORKERS_DEV") if key else proxy_route(url)
        self._seconds = seconds
        self._headers = {
            "Host": self._route.server.netloc,
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
            "User-Agent": "edgefleet",
            "X-Tenant-Id": tenant,
            **pin.headers(),
            **({"X-Api-Key": key.reveal()} if key else {}),
            **self._route.headers,
            **headers,
        }

    def whole(self, session: str, message: str) -> Reply:
        """POST /chat, not streamed."""
        body = {"sessionId": session, "message": message, "stream": False}
        return self._ask("POST", "/chat", self._seconds, body)

    def streamed(self, session: str, message: str) -> Reply:
        """POST /chat, streamed; what came before it broke off is kept."""
        body = {"sessionId": session, "message": message, "stream": True}
        events: list[Event] = []
        status = None
        try:
            with self._send("POST", "/chat", self._seconds, body) as answer:
                status = answer.status
                if "text/event-stream" not in answer.headers.get("Content-Type", ""):
                    return _whole(answer)
                for event in events_of(_lines(pieces_of(answer, LARGEST_TURN))):
                    events += [event]  # one by one: what comes before a break is kept
        except BROKEN as error:
            return Reply(status=status, events=tuple(events), broken=reason_of(error))
        return Reply(status=status, events=tuple(events))

    def delete(self, session: str) -> Reply:
        """DELETE /chat/:sessionId."""
        return self._ask("DELETE", f"/chat/{session}", min(self._seconds, DELETION_SECONDS))

    def _ask(self, method: str, path: str, seconds: float, body: Json = None) -> Reply:
        try:
            with self._send(method, path, seconds, body) as answer:
                return _whole(answer)
        except BROKEN as error:
            return Reply(broken=reason_of(error))

    @contextmanager
    def _send(self, method: str, path: str, seconds: float, body: Json) -> Iterator[HTTPResponse]:
        connection = self._route.connection(min(seconds, CONNECT_SECONDS))
        connection.begin(ResponseBound(seconds, LARGEST_TURN))
        content = None if body is None else json.dumps(body).encode()
        try:
            connection.request(method, self._route.prefix + path, content, self._headers)
            with connection.getresponse() as answer:
                yield answer
        finally:
            connection.close()


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Give the lines as they come."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from (line.decode().rstrip("\r") for line in lines)
    if rest:
        yield rest.decode()


def events_of(lines: Iterable[str]) -> Iterator[Event]:
    """Read Server-Sent Events whose data is one line of JSON; raises `ValueError` for others."""
    name = "message"
    for line in lines:
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield Event(name=name, data=parse_json(value))
            name = "message"


def _whole(answer: HTTPResponse) -> Reply:
    text = b"".join(pieces_of(answer, LARGEST_TURN))
    try:
        return Reply(status=answer.status, body=parse_json(text))
    except ValueError:
        return Reply(status=answer.status)
