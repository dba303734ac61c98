"""The journal: which API requests came, oldest first."""

from collections import deque

from localedge.model import Json
from localedge.state.scripts.records import now

KEPT = 10_000
"""Requests that are remembered; older ones are forgotten."""


class RequestLog:
    """Remembers method, path and status of requests: no headers, no bodies, so no secrets."""

    def __init__(self) -> None:
        self._entries: deque[dict[str, Json]] = deque(maxlen=KEPT)

    def begin(self, method: str, path: str) -> dict[str, Json]:
        """Note a request; its `status` is None until it has one, and where none was sent."""
        entry: dict[str, Json] = {"method": method, "path": path, "status": None, "at": now()}
        self._entries.append(entry)
        return entry

    def entries(self) -> list[dict[str, Json]]:
        """Return the requests, oldest first."""
        return list(self._entries)

    def clear(self) -> None:
        """Forget them."""
        self._entries.clear()
