"""The log of API requests, oldest first."""

from collections import deque

from localedge.model import Json
from localedge.state.timestamps import now

CAPACITY = 10_000
"""Requests that are kept; the oldest are dropped."""


class RequestLog:
    """Keeps method, path and status of requests; no headers and no bodies, so no secrets."""

    def __init__(self) -> None:
        self._entries: deque[dict[str, Json]] = deque(maxlen=CAPACITY)

    def add(self, method: str, path: str) -> dict[str, Json]:
        """Add a request; its `status` is None until a response starts."""
        entry: dict[str, Json] = {"method": method, "path": path, "status": None, "at": now()}
        self._entries.append(entry)
        return entry

    def entries(self) -> list[dict[str, Json]]:
        """Return the requests, oldest first."""
        return list(self._entries)

    def clear(self) -> None:
        """Drop every entry."""
        self._entries.clear()
