"""Runs scheduled handlers and starts workflows on schedule, where localedge was asked to."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from localedge.operations.workflows import start_scheduled
from localedge.state.rules.cron_times import is_due
from localedge.state.server import ServerState

_MINUTE = timedelta(minutes=1)
_log = logging.getLogger(__name__)


class CronTriggers:
    """Starts the handlers that are due at each full minute (UTC). Missed minutes are lost."""

    def __init__(self, state: ServerState) -> None:
        self._state = state
        self._running: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with the next minute."""
        self._loop = asyncio.create_task(self._run())

    async def close(self) -> None:
        """End; handlers that run are not waited for."""
        tasks = [*self._running, *([self._loop] if self._loop else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def run_due(self, minute: datetime) -> None:
        """Run the handlers that are due in this minute, and wait for them; start workflows."""
        await start_scheduled(self._state, minute)
        due = [
            (ref, item.cron)
            for ref, item in self._state.triggers.all_schedules()
            if is_due(item.cron, minute)
        ]
        at_ms = int(minute.timestamp() * 1000)
        runs = [self._state.data_plane.scheduled(ref, cron, at_ms) for ref, cron in due]
        # One script that cannot be run does not stop the others.
        ends = await asyncio.gather(*runs, return_exceptions=True)
        for (ref, cron), end in zip(due, ends, strict=True):
            if end != "ok":
                _log.warning("the cron trigger %s of %s: %s", cron, ref.name, end)

    async def _run(self) -> None:
        minute = _next_minute()
        while True:
            await asyncio.sleep(max((minute - datetime.now(UTC)).total_seconds(), 0))
            task = asyncio.create_task(self.run_due(minute))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            minute = max(minute + _MINUTE, _next_minute())


def _next_minute() -> datetime:
    return datetime.now(UTC).replace(second=0, microsecond=0) + _MINUTE
