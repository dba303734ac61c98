"""Chats with a deployed Worker as one of its tenant's clients does (docs/worker/api.md)."""

import json
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

import requests

from edgefleet.model.base import Json
from edgefleet.model.secret import Secret
from edgefleet.model.smoke import Event, Reply
from edgefleet.ports.clock import Clock
from edgefleet.ports.probe import LARGEST_ANSWER, Pin, reach

TURN_SECONDS = 60.0
"""A model and its fallback may keep silent for 20 s each, and then still answer."""


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
    """Chats with one version of one tenant's Worker; nothing it meets is raised."""

    def __init__(self, url: str, tenant: str, pin: Pin, key: Secret | None, clock: Clock) -> None:
        self._url = url
        self._key = key
        self._clock = clock
        self._headers = {
            "Accept-Encoding": "identity",
            "User-Agent": "edgefleet",
            "X-Tenant-Id": tenant,
            **pin.headers(),
        }

    def whole(self, session: str, message: str) -> Reply:
        """POST /chat, not streamed."""
        body = {"sessionId": session, "message": message, "stream": False}
        return self._ask("POST", "/chat", body)

    def streamed(self, session: str, message: str) -> Reply:
        """POST /chat, streamed; what came before it broke off is kept."""
        body = {"sessionId": session, "message": message, "stream": True}
        events: list[Event] = []
        status = None
        try:
            with self._send("POST", "/chat", body) as answer:
                status = answer.status_code
                if "text/event-stream" not in answer.headers.get("Content-Type", ""):
                    return _whole(answer)
                for event in events_of(self._lines(answer)):
                    events += [event]  # one by one: what comes before a break is told
        except (requests.RequestException, ValueError, TimeoutError) as error:
            return Reply(status=status, events=tuple(events), broken=type(error).__name__)
        return Reply(status=status, events=tuple(events))

    def delete(self, session: str) -> Reply:
        """DELETE /chat/:sessionId."""
        return self._ask("DELETE", f"/chat/{session}")

    def _ask(self, method: str, path: str, body: Json = None) -> Reply:
        try:
            with self._send(method, path, body) as answer:
                return _whole(answer)
        except requests.RequestException as error:
            return Reply(broken=type(error).__name__)

    def _send(
        self, method: str, path: str, body: Json
    ) -> AbstractContextManager[requests.Response]:
        url, headers = reach(self._url + path)
        headers |= self._headers
        if self._key is not None:
            # Not Authorization, which requests would replace by what a ~/.netrc holds.
            headers["X-Api-Key"] = self._key.reveal()
        return requests.request(
            method,
            url,
            headers=headers,
            json=body,
            timeout=(10.0, TURN_SECONDS),
            allow_redirects=False,
            stream=True,
        )

    def _lines(self, answer: requests.Response) -> Iterator[str]:
        """Give the lines as they come, but not for longer than a turn may take."""
        end, size = self._clock.monotonic() + TURN_SECONDS, 0
        for line in answer.iter_lines(chunk_size=None):
            size += len(line)
            if self._clock.monotonic() > end or size > LARGEST_ANSWER:
                raise TimeoutError
            yield line.decode()


def events_of(lines: Iterable[str]) -> Iterator[Event]:
    """Read Server-Sent Events whose data is one line of JSON; raises `ValueError` for others."""
    name = "message"
    for line in lines:
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield Event(name=name, data=json.loads(value))
            name = "message"


def _whole(answer: requests.Response) -> Reply:
    text = b""
    for chunk in answer.iter_content(LARGEST_ANSWER):
        text += chunk
        if len(text) > LARGEST_ANSWER:
            break
    try:
        return Reply(status=answer.status_code, body=json.loads(text))
    except ValueError:
        return Reply(status=answer.status_code)
