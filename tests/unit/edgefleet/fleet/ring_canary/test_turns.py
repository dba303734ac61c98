import threading
from collections.abc import Callable

from edgefleet.fleet.ring_canary.turns import LEAST_AT_STEPS, Turns


def running(*works: Callable[[], None]) -> list[threading.Thread]:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    return threads


def test_who_rests_lets_another_be_deployed() -> None:
    turns, rested, deployed = Turns(1), threading.Event(), threading.Event()

    def rests() -> None:
        turns.deploy()
        with turns.resting():
            rested.set()
            assert deployed.wait(60)
        turns.end()

    def deploys() -> None:
        assert rested.wait(60)
        turns.deploy()
        deployed.set()
        turns.end()

    for thread in running(rests, deploys):
        thread.join(60)
    assert deployed.is_set()


def test_no_more_than_parallel_are_deployed_at_once() -> None:
    turns, lock, now, most = Turns(2), threading.Lock(), 0, 0
    pair = threading.Barrier(2)

    def deploys() -> None:
        nonlocal now, most
        turns.deploy()
        with lock:
            now += 1
            most = max(most, now)
        pair.wait(60)
        with lock:
            now -= 1
        turns.end()

    for thread in running(*[deploys] * 6):
        thread.join(60)
    assert most == 2


def test_steps_have_sixteen_turns_though_one_is_deployed() -> None:
    turns, together = Turns(1), threading.Barrier(LEAST_AT_STEPS)

    def steps() -> None:
        with turns.resting():
            pass
        together.wait(60)
        turns.end()

    threads = running(*[steps] * LEAST_AT_STEPS)
    for thread in threads:
        thread.join(60)
    assert not together.broken


def test_a_turn_is_given_back_once() -> None:
    turns = Turns(1)
    turns.deploy()
    turns.deploy()
    turns.end()
    turns.end()

    taken = threading.Event()

    def takes() -> None:
        turns.deploy()
        taken.set()
        turns.end()

    for thread in running(takes, takes):
        thread.join(60)
    assert taken.is_set()
