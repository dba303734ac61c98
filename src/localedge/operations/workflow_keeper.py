"""Keeps unfinished instances of workflows running, through restarts and deployments.

The engine has its timers in memory, so an instance goes on only while its script's runtime is up,
and after a restart only when it is asked to. A finished step is not repeated then: its result is
in the instance's storage.
"""

import asyncio
import contextlib
import logging

from localedge.operations.workflows import keep
from localedge.state.server import ServerState
from localedge.wire.errors import ApiError

SECONDS = 1.0
MOST_AT_ONCE = 200
_log = logging.getLogger(__name__)


class WorkflowKeeper:
    """Looks after unfinished instances every second."""

    def __init__(self, state: ServerState) -> None:
        self._state = state
        self._loop: asyncio.Task[None] | None = None
        self._failing: set[str] = set()

    def start(self) -> None:
        """Begin."""
        self._loop = asyncio.create_task(self._run())

    async def close(self) -> None:
        """End; what is unfinished goes on with the next server."""
        if self._loop:
            self._loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop

    async def keep_all(self) -> None:
        """See to it that every unfinished instance runs."""
        for workflow, instances in self._state.workflows.unfinished():
            try:
                await keep(self._state, workflow, instances[:MOST_AT_ONCE])
                self._failing.discard(workflow.id)
            except ApiError as failed:
                if workflow.id not in self._failing:
                    _log.warning("the workflow %s: %s", workflow.name, failed.message)
                self._failing.add(workflow.id)

    async def _run(self) -> None:
        while True:
            await self.keep_all()
            await asyncio.sleep(SECONDS)
