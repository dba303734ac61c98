"""The newest events of each script, and the tails that watch them; all of it in memory."""

import asyncio
import random
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from localedge.model import Json, ScriptRef
from localedge.state.traces.filters import wants
from localedge.wire.errors import NotFound
from localedge.wire.script_errors import TooManyTails

KEPT = 200
"""Events of a script; the oldest are dropped."""
MOST_TAILS = 10
"""https://developers.cloudflare.com/workers/observability/logs/real-time-logs/#limits"""
LIFETIME = timedelta(hours=6)
WAITING = 1000
"""Events that wait for a slow client; then the newest are dropped."""

Event = Mapping[str, Json]
EventListener = Callable[[ScriptRef, Sequence[Event]], Awaitable[None]]


@dataclass(frozen=True, slots=True, eq=False)
class Tail:
    """A client that watches a script: the events that pass the filters wait in a queue."""

    id: str
    ref: ScriptRef
    filters: tuple[Mapping[str, Json], ...]
    expires_at: datetime
    events: asyncio.Queue[Event | None] = field(default_factory=lambda: asyncio.Queue(WAITING))


class TraceStore:
    """Takes what workerd says of each event; `listeners` get it after the tails."""

    def __init__(self) -> None:
        self._events: dict[ScriptRef, deque[Event]] = {}
        self._tails: dict[str, Tail] = {}
        self.listeners: list[EventListener] = []

    async def record(self, ref: ScriptRef, version_id: str, events: Sequence[Event]) -> None:
        """Keep events of a version, and pass them on."""
        shown = [_shown(ref, version_id, event) for event in events]
        self._events.setdefault(ref, deque(maxlen=KEPT)).extend(shown)
        for tail in self.tails(ref):
            for event in shown:
                if wants(tail.filters, event, random.random()) and not tail.events.full():  # noqa: S311 - picks a sample
                    tail.events.put_nowait(event)
        for listener in self.listeners:
            await listener(ref, shown)

    def events(self, ref: ScriptRef) -> list[Event]:
        """Return the newest events of a script, oldest first."""
        return list(self._events.get(ref, ()))

    def add_tail(self, ref: ScriptRef, filters: tuple[Mapping[str, Json], ...]) -> Tail:
        """Begin to watch a script; raise `TooManyTails`."""
        if len(self.tails(ref)) >= MOST_TAILS:
            raise TooManyTails
        tail = Tail(uuid.uuid4().hex, ref, filters, datetime.now(UTC) + LIFETIME)
        self._tails[tail.id] = tail
        return tail

    def tails(self, ref: ScriptRef) -> list[Tail]:
        """Return the tails of a script that have not expired."""
        for tail in [it for it in self._tails.values() if it.expires_at < datetime.now(UTC)]:
            self._end(tail)
        return [it for it in self._tails.values() if it.ref == ref]

    def tail(self, tail_id: str) -> Tail | None:
        """Return one tail."""
        return self._tails.get(tail_id)

    def remove_tail(self, ref: ScriptRef, tail_id: str) -> None:
        """End a tail; raise `NotFound`."""
        tail = self._tails.get(tail_id)
        if tail is None or tail.ref != ref:
            raise NotFound("workers.api.error.tail_not_found")
        self._end(tail)

    def clear(self) -> None:
        """Forget everything."""
        for tail in list(self._tails.values()):
            self._end(tail)
        self._events.clear()

    def _end(self, tail: Tail) -> None:
        del self._tails[tail.id]
        if tail.events.full():
            tail.events.get_nowait()
        tail.events.put_nowait(None)


def _shown(ref: ScriptRef, version_id: str, event: Event) -> Event:
    defaults = {"exceptions": [], "logs": [], "diagnosticsChannelEvents": [], "truncated": False}
    return {
        **defaults,
        **event,
        "scriptName": ref.own_name,
        "scriptVersion": {"id": version_id},
        **({"dispatchNamespace": ref.namespace} if ref.namespace else {}),
    }
