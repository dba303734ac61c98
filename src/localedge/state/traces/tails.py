"""Tails: clients that watch what a script does."""

import asyncio
import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from localedge.model import Json, ScriptRef
from localedge.state.traces.events import Event
from localedge.state.traces.filters import wants
from localedge.wire.errors import NotFound
from localedge.wire.script_errors import TooManyTails

_RANDOM = random.Random()  # noqa: S311 - it picks samples, and keeps no secret

MOST_TAILS = 10
"""https://developers.cloudflare.com/workers/observability/logs/real-time-logs/#limits"""
LIFETIME = timedelta(hours=6)
WAITING = 1000
"""Events that wait for a slow client; then the newest are dropped."""


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """A client that watches a script: the events that pass the filters wait in a queue."""

    id: str
    ref: ScriptRef
    filters: tuple[Mapping[str, Json], ...]
    expires_at: datetime
    events: asyncio.Queue[Event | None] = field(default_factory=lambda: asyncio.Queue(WAITING))


class TailStore:
    """The tails that are open; they end with the server."""

    def __init__(self) -> None:
        self._tails: dict[str, Tail] = {}

    def add(self, ref: ScriptRef, filters: tuple[Mapping[str, Json], ...]) -> Tail:
        """Begin to watch a script; raise `TooManyTails`."""
        if len(self.of(ref)) >= MOST_TAILS:
            raise TooManyTails
        tail = Tail(uuid.uuid4().hex, ref, filters, datetime.now(UTC) + LIFETIME)
        self._tails[tail.id] = tail
        return tail

    def of(self, ref: ScriptRef) -> list[Tail]:
        """Return the tails of a script that have not expired."""
        for tail in [it for it in self._tails.values() if it.expires_at < datetime.now(UTC)]:
            self._end(tail)
        return [it for it in self._tails.values() if it.ref == ref]

    def get(self, tail_id: str) -> Tail | None:
        """Return one tail."""
        return self._tails.get(tail_id)

    def remove(self, ref: ScriptRef, tail_id: str) -> None:
        """End a tail; raise `NotFound`."""
        tail = self._tails.get(tail_id)
        if tail is None or tail.ref != ref:
            raise NotFound("workers.api.error.tail_not_found")
        self._end(tail)

    def send(self, ref: ScriptRef, events: Sequence[Event]) -> None:
        """Give events of a script to the tails whose filters they pass."""
        for tail in self.of(ref):
            for event in events:
                if wants(tail.filters, event, _RANDOM.random()) and not tail.events.full():
                    tail.events.put_nowait(event)

    def clear(self) -> None:
        """End all."""
        for tail in list(self._tails.values()):
            self._end(tail)

    def _end(self, tail: Tail) -> None:
        del self._tails[tail.id]
        if tail.events.full():
            tail.events.get_nowait()
        tail.events.put_nowait(None)
