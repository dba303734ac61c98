"""Instances start when asked for, hand over on a change and are stopped when idle."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from localedge.model import Json
from localedge.runtime.instances.instance import InstanceSpec
from localedge.runtime.instances.node_process import InstanceFailed
from localedge.runtime.instances.pool import InstanceKey, InstancePool, Timeouts
from support.data_plane import ref

SHOP = InstanceKey(ref("shop"))
TIMEOUTS = Timeouts(idle=600, handover=600, drain=600)
"""Longer than any test takes: what ends sooner has not ended by the clock."""


class FakeHost:
    """Starts nothing, and writes down what it was asked."""

    def __init__(self) -> None:
        self.running: list[str] = []
        self.starts = 0
        self.fails = False
        self.starting = asyncio.Event()
        self.may_start = asyncio.Event()
        self.may_start.set()

    async def start(self, instance: str, options: dict[str, Json]) -> int:
        self.starting.set()
        await asyncio.sleep(0)
        await self.may_start.wait()
        if self.fails:
            raise InstanceFailed("Uncaught Error: no")
        self.starts += 1
        self.running.append(instance)
        return self.starts

    async def stop(self, instance: str) -> None:
        if instance in self.running:
            self.running.remove(instance)


class Stage:
    """A pool over a fake host, and what is deployed."""

    def __init__(self, timeouts: Timeouts = TIMEOUTS) -> None:
        self.host = FakeHost()
        self.pool = InstancePool(
            self.host, lambda _, load: {"load": sorted(load.versions)}, timeouts
        )
        self.load = load("v1")

    async def ask(self) -> int:
        """Use the pool as one request does; return the port that answers."""
        async with self.pool.lease(SHOP, lambda: self.load) as instance:
            return instance.port

    async def begin(self) -> "Request":
        """Begin a request that goes on until it is ended."""
        request = Request(self)
        await request.begun.wait()
        return request


class Request:
    """A request that is under way, as a stream is."""

    def __init__(self, stage: Stage) -> None:
        self.begun, self.may_end = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self._ask(stage))

    async def _ask(self, stage: Stage) -> int:
        async with stage.pool.lease(SHOP, lambda: stage.load) as instance:
            self.begun.set()
            await self.may_end.wait()
            return instance.port

    async def end(self) -> int:
        """Let it end; return the port that answered."""
        self.may_end.set()
        return await self.task


async def come_true(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    for _ in range(60_000):
        if holds():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it did not come true in time")


async def all_that_can_happen() -> None:
    """Let every task go on until it waits for something other than its turn."""
    for _ in range(100):
        await asyncio.sleep(0)


def load(*versions: str, **owners: str) -> InstanceSpec:
    return InstanceSpec(frozenset(versions), owners)


def play(scene: Callable[[Stage], Awaitable[None]], timeouts: Timeouts = TIMEOUTS) -> None:
    async def main() -> None:
        stage = Stage(timeouts)
        try:
            await scene(stage)
        finally:
            await stage.pool.stop(lambda *_: True)
        assert stage.host.running == []

    asyncio.run(main())


def test_many_first_requests_start_one_instance() -> None:
    async def scene(stage: Stage) -> None:
        assert await asyncio.gather(*(stage.ask() for _ in range(20))) == [1] * 20

    play(scene)


def test_fewer_versions_of_those_loaded_need_no_start() -> None:
    async def scene(stage: Stage) -> None:
        stage.load = load("v1", "v2")
        await stage.ask()
        stage.load = load("v2")
        assert await stage.ask() == 1

    play(scene)


def test_new_version_starts_while_the_old_one_finishes() -> None:
    async def scene(stage: Stage) -> None:
        await stage.ask()
        streaming = await stage.begin()
        stage.load = load("v2")
        assert await stage.ask() == 2
        await all_that_can_happen()
        assert len(stage.host.running) == 2
        assert await streaming.end() == 1

    play(scene)


def test_an_old_instance_is_stopped_when_its_requests_are_done() -> None:
    async def scene(stage: Stage) -> None:
        await stage.ask()
        stage.load = load("v2")
        await stage.ask()
        await come_true(lambda: len(stage.host.running) == 1)

    play(scene)


def test_with_objects_new_requests_wait_for_old_ones() -> None:
    async def scene(stage: Stage) -> None:
        stage.load = load("v1", space="v1")
        old = await stage.begin()
        stage.load = load("v2", space="v2")
        new = asyncio.create_task(stage.ask())
        await come_true(lambda: stage.host.starts == 2)
        await all_that_can_happen()
        assert not new.done()
        assert await old.end() == 1
        assert await new == 2
        assert len(stage.host.running) == 1

    play(scene)


def test_with_objects_the_wait_ends_and_a_long_stream_goes_on() -> None:
    async def scene(stage: Stage) -> None:
        stage.load = load("v1", space="v1")
        stream = await stage.begin()
        stage.load = load("v2", space="v2")
        assert await stage.ask() == 2
        assert len(stage.host.running) == 2
        assert await stream.end() == 1

    play(scene, Timeouts(handover=0.1, drain=600))


def test_another_owner_of_objects_needs_another_instance() -> None:
    async def scene(stage: Stage) -> None:
        stage.load = load("v1", "v2", space="v1")
        await stage.ask()
        stage.load = load("v1", "v2", space="v2")
        assert await stage.ask() == 2

    play(scene)


def test_failed_start_fails_waiters_and_is_retried() -> None:
    async def scene(stage: Stage) -> None:
        stage.host.fails = True
        waiting = [stage.ask() for _ in range(3)]
        failures = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(it) for it in failures] == [InstanceFailed] * 3
        stage.host.fails = False
        assert await stage.ask() == 1

    play(scene)


def test_cancelled_request_does_not_stop_the_start() -> None:
    async def scene(stage: Stage) -> None:
        stage.host.may_start.clear()
        first, second = asyncio.create_task(stage.ask()), asyncio.create_task(stage.ask())
        await stage.host.starting.wait()
        first.cancel()
        stage.host.may_start.set()
        assert await second == 1
        assert first.cancelled()
        assert len(stage.host.running) == 1

    play(scene)


def test_what_is_wanted_is_asked_again_after_a_wait() -> None:
    async def scene(stage: Stage) -> None:
        stage.host.may_start.clear()
        asking = asyncio.create_task(stage.ask())
        await stage.host.starting.wait()
        stage.load = load("v2")
        stage.host.may_start.set()
        assert await asking == 2

    play(scene)


def test_a_broken_instance_is_replaced() -> None:
    async def scene(stage: Stage) -> None:
        async with stage.pool.lease(SHOP, lambda: stage.load) as instance:
            instance.broken = True
        assert await stage.ask() == 2
        assert len(stage.host.running) == 1

    play(scene)


@pytest.mark.parametrize(("idle", "left"), [(600, 1), (0, 0)])
def test_only_idle_instances_are_swept(idle: float, left: int) -> None:
    async def scene(stage: Stage) -> None:
        await stage.ask()
        await asyncio.sleep(0.01)
        stage.pool.sweep()
        await all_that_can_happen()
        assert len(stage.host.running) == left

    play(scene, Timeouts(idle=idle))


def test_an_instance_in_use_is_not_swept() -> None:
    async def scene(stage: Stage) -> None:
        using = await stage.begin()
        await asyncio.sleep(0.01)
        stage.pool.sweep()
        await all_that_can_happen()
        assert len(stage.host.running) == 1
        await using.end()

    play(scene, Timeouts(idle=0))


def test_stop_ends_the_chosen_and_no_other() -> None:
    async def scene(stage: Stage) -> None:
        await stage.ask()
        async with stage.pool.lease(InstanceKey(ref("other")), lambda: load("v9")):
            await stage.pool.stop(lambda key, _: key == SHOP)
        assert len(stage.host.running) == 1

    play(scene)


def test_a_removed_deployment_fails_requests_that_wait() -> None:
    async def scene(stage: Stage) -> None:
        deployed = [True]

        def wanted() -> InstanceSpec:
            if not deployed[0]:
                raise LookupError("not deployed")
            return stage.load

        async def ask() -> None:
            async with stage.pool.lease(SHOP, wanted):
                pass

        stage.host.may_start.clear()
        asking = asyncio.create_task(ask())
        await stage.host.starting.wait()
        deployed[0] = False
        stage.host.may_start.set()
        with pytest.raises(LookupError):
            await asking

    play(scene)


async def open_socket(stage: Stage) -> asyncio.Event:
    """Open a WebSocket whose request is done; the event closes it."""
    closed = asyncio.Event()

    async def tunnel() -> None:
        await closed.wait()

    async with stage.pool.lease(SHOP, lambda: stage.load) as instance:
        instance.settle = 0
        instance.keep_open(tunnel())
    return closed


def test_an_instance_with_an_open_websocket_is_not_swept() -> None:
    async def scene(stage: Stage) -> None:
        closed = await open_socket(stage)
        await asyncio.sleep(0.01)
        stage.pool.sweep()
        await all_that_can_happen()
        assert len(stage.host.running) == 1
        closed.set()

    play(scene, Timeouts(idle=0))


def test_a_websocket_holds_the_old_instance_beyond_its_drain() -> None:
    async def scene(stage: Stage) -> None:
        closed = await open_socket(stage)
        stage.load = load("v2")
        assert await stage.ask() == 2
        await asyncio.sleep(0.01)
        assert len(stage.host.running) == 2
        closed.set()
        await come_true(lambda: len(stage.host.running) == 1)

    play(scene, Timeouts(drain=0))


def test_with_objects_a_websocket_holds_nothing() -> None:
    async def scene(stage: Stage) -> None:
        stage.load = load("v1", space="v1")
        closed = await open_socket(stage)
        stage.load = load("v2", space="v2")
        assert await stage.ask() == 2
        assert len(stage.host.running) == 1
        closed.set()

    play(scene)
