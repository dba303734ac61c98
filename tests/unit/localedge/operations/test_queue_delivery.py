"""Deliveries of queues, with a data plane whose outcomes a test orders."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from localedge.model import ScriptRef
from localedge.operations.queue_delivery import QueueDelivery
from localedge.state.data_plane import NullDataPlane
from localedge.state.queues.models import (
    Consumer,
    ConsumerSettings,
    DeliveryResult,
    Message,
    Metrics,
    NewMessage,
    Queue,
)
from localedge.state.server import ServerState

ACCOUNT = "a" * 32


class Outcomes(NullDataPlane):
    """Answers deliveries with the outcomes in their order, and with `ok` after the last."""

    def __init__(self, *outcomes: str) -> None:
        self.outcomes = list(outcomes)
        self.delivered: list[tuple[str, list[int]]] = []
        self.rounds = asyncio.Semaphore(0)

    async def queue(
        self, ref: ScriptRef, queue: str, batch: Sequence[Message], _metrics: Metrics
    ) -> DeliveryResult:
        self.delivered.append((f"{queue}>{ref.name}", [it.attempts for it in batch]))
        self.rounds.release()
        return DeliveryResult(self.outcomes.pop(0) if self.outcomes else "ok")


def consumed(state: ServerState, name: str, dead: str = "", **settings: int) -> Queue:
    queue = state.queues.add(ACCOUNT, name)
    wanted = ConsumerSettings(max_wait_time_ms=0, max_retries=1, **settings)
    consumer = Consumer(name, queue.id, "worker", f"{name}-script", dead, "", wanted)
    state.queues.add_consumer(consumer)
    return queue


def deliver(folder: Path, plane: Outcomes, messages: int, rounds: int, **settings: int) -> int:
    """Send messages, and deliver until there were so many rounds; return what is left."""

    async def run() -> int:
        state = ServerState(folder)
        state.data_plane = plane
        jobs = consumed(state, "jobs", "dead", **settings)
        consumed(state, "dead")
        delivery = QueueDelivery(state)
        delivery.start()
        state.messages.send(jobs, [NewMessage("text", b"m")] * messages)
        async with asyncio.timeout(30):
            for _ in range(rounds):
                await plane.rounds.acquire()
        await delivery.close()
        left = state.messages.metrics(jobs.id).backlog_count
        state.close()
        return left

    return asyncio.run(run())


def test_a_full_batch_goes_to_the_consumers_script(tmp_path: Path) -> None:
    plane = Outcomes()
    assert deliver(tmp_path, plane, messages=5, rounds=3, batch_size=2) == 0
    assert sorted(plane.delivered) == [
        ("jobs>jobs-script", [1]),
        ("jobs>jobs-script", [1, 1]),
        ("jobs>jobs-script", [1, 1]),
    ]


def test_a_batch_that_fails_twice_goes_to_the_dead_letter_queue(tmp_path: Path) -> None:
    plane = Outcomes("exception", "exception")
    assert deliver(tmp_path, plane, messages=1, rounds=3) == 0
    assert plane.delivered == [
        ("jobs>jobs-script", [1]),
        ("jobs>jobs-script", [2]),
        ("dead>dead-script", [1]),
    ]


def test_a_delivery_that_reached_no_runtime_counts_as_none(tmp_path: Path) -> None:
    plane = Outcomes("noRuntime")
    assert deliver(tmp_path, plane, messages=1, rounds=1) == 1
    state = ServerState(tmp_path)
    queue = state.queues.named(ACCOUNT, "jobs")
    assert queue is not None
    assert [it.attempts for it in state.messages.peek(queue.id, 5)] == [0]
    state.close()
