"""Delivers messages of queues to the Workers that consume them."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Sequence

from localedge.model import ScriptRef
from localedge.operations.queues import settle
from localedge.state.queues import rules
from localedge.state.queues.messages import now_ms
from localedge.state.queues.models import NO_RUNTIME, WORKER, Consumer, Message, Queue
from localedge.state.server import ServerState

LONGEST_SLEEP = 60.0
SECONDS_WITHOUT_RUNTIME = 5.0
MOST_AT_ONCE = 4
"""Batches of one queue that are delivered at the same time, if its consumer names no number.

Cloudflare goes up to 250
(https://developers.cloudflare.com/queues/configuration/consumer-concurrency/)."""


class QueueDelivery:
    """Waits for due batches, and hands each to a version of the consumer that is live then."""

    def __init__(self, state: ServerState) -> None:
        self._state = state
        self._wake = asyncio.Event()
        self._running: dict[asyncio.Task[None], str] = {}
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; what an earlier server was delivering when it ended is delivered again."""
        self._state.messages.release_pushed()
        self._state.messages.on_send = self._wake.set
        self._loop = asyncio.create_task(self._run())

    async def close(self) -> None:
        """End; batches in delivery are delivered again by the next server."""
        self._state.messages.on_send = lambda: None
        tasks = [*self._running, *([self._loop] if self._loop else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            wait = self._deliver_due()
            # Not `wait_for`: Python 3.11's loses a cancellation that comes with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._wake.wait()

    def _deliver_due(self) -> float:
        """Start each delivery that is due; return the seconds until the next one is."""
        waits = [LONGEST_SLEEP]
        for queue, consumer in self._state.queues.consumed():
            if consumer.type == WORKER and not queue.settings.delivery_paused:
                waits.append(self._deliver_from(queue, consumer))
        return min(waits)

    def _deliver_from(self, queue: Queue, consumer: Consumer) -> float:
        self._state.messages.expire(queue)
        most = consumer.settings.max_concurrency or MOST_AT_ONCE
        while Counter(self._running.values())[queue.id] < most:
            waiting = self._state.messages.due_times(queue.id, consumer.settings.batch_size)
            due = rules.batch_due(waiting, consumer.settings)
            if due is None:
                return LONGEST_SLEEP
            if due > now_ms():
                return (due - now_ms()) / 1000
            batch = self._state.messages.lease(queue.id, consumer.settings.batch_size)
            task = asyncio.create_task(self._deliver(queue, consumer, batch))
            self._running[task] = queue.id
            task.add_done_callback(self._ended)
        return LONGEST_SLEEP

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._wake.set()

    async def _deliver(self, queue: Queue, consumer: Consumer, batch: Sequence[Message]) -> None:
        ref = ScriptRef(queue.account_id, consumer.script)
        metrics = self._state.messages.metrics(queue.id)
        result = await self._state.data_plane.queue(ref, queue.name, batch, metrics)
        if result.outcome == NO_RUNTIME:
            self._state.messages.give_back(batch, SECONDS_WITHOUT_RUNTIME)
        else:
            settle(self._state, queue, consumer, rules.settle(batch, result, consumer))
