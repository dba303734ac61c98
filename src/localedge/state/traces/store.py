"""Takes what workerd says of each invocation: keeps it, shows it to tails, and passes it on."""

import random
from collections.abc import Awaitable, Callable, Sequence

from localedge.model import ScriptRef
from localedge.state.database import Database
from localedge.state.traces.events import Event, EventStore
from localedge.state.traces.ingestion import Analytics
from localedge.state.traces.tails import TailStore

_RANDOM = random.Random()  # noqa: S311 - it picks samples, and keeps no secret

SHOWN = 200
"""Events of a script that the admin API shows."""

EventListener = Callable[[ScriptRef, Sequence[Event]], Awaitable[None]]
SampleRate = Callable[[ScriptRef], float]
"""Returns the share of a script's invocations that Workers Logs keep; 0 where they are off."""


class TraceStore:
    """The events of all scripts; `listeners` get them after the tails."""

    def __init__(self, database: Database, sample_rate: SampleRate) -> None:
        self.stored = EventStore(database)
        self.tails = TailStore()
        self.analytics = Analytics()
        self.listeners: list[EventListener] = []
        self.stream_listeners: list[EventListener] = []
        self._sample_rate = sample_rate

    async def record(self, ref: ScriptRef, version_id: str, events: Sequence[Event]) -> None:
        """Keep events of a version, and pass them on."""
        shown = [_shown(ref, version_id, event) for event in events]
        self.stored.add(ref, version_id, [(it, self._log_interval(ref)) for it in shown])
        self.tails.send(ref, shown)
        for listener in self.listeners:
            await listener(ref, shown)

    async def stream(self, ref: ScriptRef, events: Sequence[Event]) -> None:
        """Pass on what a streaming tail told of one invocation."""
        for listener in self.stream_listeners:
            await listener(ref, events)

    def events(self, ref: ScriptRef) -> list[Event]:
        """Return the newest events of a script, oldest first."""
        return self.stored.newest(ref, SHOWN)

    def clear(self) -> None:
        """Forget everything."""
        self.tails.clear()
        self.stored.clear()
        self.analytics.reset()

    def _log_interval(self, ref: ScriptRef) -> float | None:
        """Decide whether Workers Logs keep an invocation, and for how many it stands."""
        rate = self._sample_rate(ref)
        return 1 / rate if _RANDOM.random() < rate else None


def _shown(ref: ScriptRef, version_id: str, event: Event) -> Event:
    defaults = {"exceptions": [], "logs": [], "diagnosticsChannelEvents": [], "truncated": False}
    return {
        **defaults,
        **event,
        "scriptName": ref.own_name,
        "scriptVersion": {"id": version_id},
        **({"dispatchNamespace": ref.namespace} if ref.namespace else {}),
    }
