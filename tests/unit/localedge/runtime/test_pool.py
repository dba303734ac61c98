"""Instances start when asked for, hand over on a change and are stopped when idle."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from localedge.model import Json
from localedge.runtime.instance import Load
from localedge.runtime.node import InstanceFailed
from localedge.runtime.pool import Key, Patience, Pool
from support.data_plane import ref

SHOP = Key(ref("shop"))
PATIENCE = Patience(idle=60, handover=0.4, drain=0.6)


class FakeHost:
    """Starts nothing, and writes down what it was asked."""

    def __init__(self) -> None:
        self.running: list[str] = []
        self.starts = 0
        self.fails = False

    async def start(self, instance: str, options: dict[str, Json]) -> int:
        await asyncio.sleep(0.02)
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

    def __init__(self, patience: Patience = PATIENCE) -> None:
        self.host = FakeHost()
        self.pool = Pool(self.host, lambda _, load: {"load": sorted(load.versions)}, patience)
        self.load = load("v1")

    async def ask(self, seconds: float = 0) -> int:
        """Use the pool as one request does; return the port that answers."""
        async with self.pool.lease(SHOP, lambda: self.load) as instance:
            await asyncio.sleep(seconds)
            return instance.port


def load(*versions: str, **owners: str) -> Load:
    return Load(frozenset(versions), owners)


def play(scene: Callable[[Stage], Awaitable[None]], patience: Patience = PATIENCE) -> None:
    async def main() -> None:
        stage = Stage(patience)
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


def test_another_version_starts_another_instance_while_requests_end_on_the_old() -> None:
    async def scene(stage: Stage) -> None:
        await stage.ask()
        streaming = asyncio.create_task(stage.ask(0.3))
        await asyncio.sleep(0)
        stage.load = load("v2")
        assert await stage.ask() == 2
        assert len(stage.host.running) == 2
        assert await streaming == 1

    play(scene)


def test_an_old_instance_is_stopped_when_its_requests_are_done() -> None:
    async def scene(stage: Stage) -> None:
        await stage.ask()
        stage.load = load("v2")
        await stage.ask()
        await asyncio.sleep(PATIENCE.drain)
        assert len(stage.host.running) == 1

    play(scene)


def test_with_objects_new_requests_wait_for_old_ones() -> None:
    async def scene(stage: Stage) -> None:
        stage.load = load("v1", space="v1")
        old = asyncio.create_task(stage.ask(0.1))
        await asyncio.sleep(0.05)
        stage.load = load("v2", space="v2")
        new = asyncio.create_task(stage.ask())
        await old
        assert not new.done()
        assert await new == 2
        assert len(stage.host.running) == 1

    play(scene, Patience(handover=2))


def test_with_objects_the_wait_ends_and_a_long_stream_goes_on() -> None:
    async def scene(stage: Stage) -> None:
        stage.load = load("v1", space="v1")
        stream = asyncio.create_task(stage.ask(1))
        await asyncio.sleep(0.05)
        stage.load = load("v2", space="v2")
        assert await stage.ask() == 2
        assert not stream.done()
        assert await stream == 1

    play(scene, Patience(handover=0.1, drain=5))


def test_another_owner_of_objects_needs_another_instance() -> None:
    async def scene(stage: Stage) -> None:
        stage.load = load("v1", "v2", space="v1")
        await stage.ask()
        stage.load = load("v1", "v2", space="v2")
        assert await stage.ask() == 2

    play(scene)


def test_a_failed_start_fails_who_waits_and_the_next_request_tries_again() -> None:
    async def scene(stage: Stage) -> None:
        stage.host.fails = True
        waiting = [stage.ask() for _ in range(3)]
        failures = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(it) for it in failures] == [InstanceFailed] * 3
        stage.host.fails = False
        assert await stage.ask() == 1

    play(scene)


def test_a_request_that_is_cancelled_does_not_stop_the_start_for_others() -> None:
    async def scene(stage: Stage) -> None:
        first, second = asyncio.create_task(stage.ask()), asyncio.create_task(stage.ask())
        await asyncio.sleep(0.01)
        first.cancel()
        assert await second == 1
        assert len(stage.host.running) == 1

    play(scene)


def test_what_is_wanted_is_asked_again_after_a_wait() -> None:
    async def scene(stage: Stage) -> None:
        asking = asyncio.create_task(stage.ask())
        await asyncio.sleep(0.01)
        stage.load = load("v2")
        assert await asking == 2

    play(scene)


def test_a_broken_instance_is_replaced() -> None:
    async def scene(stage: Stage) -> None:
        async with stage.pool.lease(SHOP, lambda: stage.load) as instance:
            instance.broken = True
        assert await stage.ask() == 2
        assert len(stage.host.running) == 1

    play(scene)


@pytest.mark.parametrize(("idle", "left"), [(60, 1), (0, 0)])
def test_only_idle_instances_are_swept(idle: float, left: int) -> None:
    async def scene(stage: Stage) -> None:
        await stage.ask()
        await asyncio.sleep(0.01)
        stage.pool.sweep()
        await asyncio.sleep(0.05)
        assert len(stage.host.running) == left

    play(scene, Patience(idle=idle))


def test_an_instance_in_use_is_not_swept() -> None:
    async def scene(stage: Stage) -> None:
        using = asyncio.create_task(stage.ask(0.2))
        await asyncio.sleep(0.1)
        stage.pool.sweep()
        await asyncio.sleep(0.05)
        assert len(stage.host.running) == 1
        await using

    play(scene, Patience(idle=0))


def test_stop_ends_the_chosen_and_no_other() -> None:
    async def scene(stage: Stage) -> None:
        await stage.ask()
        async with stage.pool.lease(Key(ref("other")), lambda: load("v9")):
            await stage.pool.stop(lambda key, _: key == SHOP)
        assert len(stage.host.running) == 1

    play(scene)


def test_a_removed_deployment_fails_requests_that_wait() -> None:
    async def scene(stage: Stage) -> None:
        deployed = [True]

        def wanted() -> Load:
            if not deployed[0]:
                raise LookupError("not deployed")
            return stage.load

        async def ask() -> None:
            async with stage.pool.lease(SHOP, wanted):
                pass

        asking = asyncio.create_task(ask())
        await asyncio.sleep(0.01)
        deployed[0] = False
        with pytest.raises(LookupError):
            await asking

    play(scene)
