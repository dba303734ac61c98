from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from edgefleet.canary.models import Counts
from edgefleet.canary.sources import SourceUnread
from edgefleet.canary.worker_counters import WorkerCounters
from edgefleet.config.canary.counters import CounterContract
from edgefleet.health.models import Answer
from edgefleet.http.connection import TransportError
from support.clock import FakeClock

CONTRACT = CounterContract.model_validate(
    {"versions": "/data/versions", "latency": {"buckets": "/latency"}}
)
OLD, NEW = "old", "new"


def version(name: str, requests: int, errors: int = 0, slow: int = 0) -> Mapping[str, Any]:
    """Return the counters of a version, whose answers take 10 ms, or a second where slow."""
    buckets = [{"upToMs": 10, "requests": requests - slow}, {"upToMs": 1000, "requests": slow}]
    return {"id": name, "requests": requests, "errors": errors, "latency": buckets}


def answer(*versions: Mapping[str, Any]) -> Answer:
    return Answer(status=200, body={"data": {"versions": list(versions)}})


def counters(*answers: Answer | Exception) -> WorkerCounters:
    left = list(answers)

    def ask() -> Answer:
        one = left.pop(0)
        if isinstance(one, Exception):
            raise one
        return one

    return WorkerCounters(ask, CONTRACT, (OLD, NEW), FakeClock())


def test_what_came_before_a_step_does_not_count() -> None:
    source = counters(
        answer(version(OLD, 1000, 50)),
        answer(version(OLD, 1090, 51), version(NEW, 10, 2)),
        answer(version(OLD, 1180, 51), version(NEW, 21, 2)),
    )
    source.begin()

    first, second = (source.take().window.errors for _ in range(2))

    assert (first.old, first.new) == (Counts(90, 1), Counts(10, 2))
    assert (second.old, second.new) == (Counts(90, 0), Counts(11, 0))


def test_slow_is_what_few_answers_of_the_old_version_were() -> None:
    source = counters(
        answer(version(OLD, 1000, slow=30)),
        answer(version(OLD, 1100, slow=33), version(NEW, 10)),
        answer(version(OLD, 1200, slow=36), version(NEW, 30, slow=15)),
    )
    source.begin()

    source.take()
    slowness = source.take().window.slowness

    assert (slowness.old, slowness.new) == (Counts(100, 3), Counts(20, 15))


def test_few_answers_tell_nothing_of_slow_ones() -> None:
    source = counters(*[answer(version(OLD, count)) for count in (10, 20, 30)])
    source.begin()

    source.take()

    assert source.take().window.slowness.old == Counts()


def test_a_version_that_served_nothing_is_not_listed() -> None:
    source = counters(answer(), answer(version(OLD, 3)))
    source.begin()

    assert source.take().window.errors.new == Counts()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (Answer(status=503), "answers HTTP 503, not 200"),
        (Answer(status=200, body={"data": {}}), "without a list of versions at /data/versions"),
        (answer({"id": OLD, "requests": "7", "errors": 0}), "no count at /requests"),
        (answer({"id": OLD, "requests": True, "errors": 0}), "no count at /requests"),
        (answer({"id": OLD, "requests": 7}), "no count at /errors"),
        (answer({"id": OLD, "requests": -1, "errors": 0}), "no count at /requests"),
        (answer({"id": OLD, "requests": 10**400, "errors": 0}), "no count at /requests"),
        (TransportError("timed out"), "does not answer (timed out)"),
    ],
)
def test_a_wrong_answer_is_named(wrong: Answer | Exception, words: str) -> None:
    source = counters(answer(version(OLD, 1)), wrong)
    source.begin()

    with pytest.raises(SourceUnread) as caught:
        source.take()

    assert words in str(caught.value)


def test_numbers_that_went_back_are_counted_anew() -> None:
    source = counters(
        answer(version(OLD, 1000)), answer(version(OLD, 5)), answer(version(OLD, 9, 1))
    )
    source.begin()

    with pytest.raises(SourceUnread, match="went back"):
        source.take()

    assert source.take().window.errors.old == Counts(4, 1)


def test_an_entry_that_is_no_object_is_passed_over() -> None:
    body = {"data": {"versions": [7, None, "x", version(OLD, 8)]}}
    source = counters(answer(), Answer(status=200, body=body))
    source.begin()

    assert source.take().window.errors.old == Counts(8)


def test_another_command_counts_from_the_mark() -> None:
    first = counters(
        answer(version(OLD, 1000, 50, slow=30)),
        answer(version(OLD, 1090, 51, slow=33), version(NEW, 10, 2)),
    )
    first.begin()
    first.take()
    clock = FakeClock()
    second = counters(answer(version(OLD, 1180, 52, slow=36), version(NEW, 30, 3, slow=5)))

    second.resume(clock.now() - timedelta(seconds=90), first.mark())
    taken = second.take()

    assert taken.window.errors.old == Counts(90, 1)
    assert taken.window.errors.new == Counts(20, 1)
    assert taken.window.slowness.old == Counts(90, 3)
    assert taken.window.slowness.new == Counts(20, 5)
    assert taken.covered == 90


def test_without_a_mark_another_command_begins_to_count() -> None:
    source = counters(answer(version(OLD, 1000, 50)), answer(version(OLD, 1010, 50)))

    source.resume(FakeClock().now(), ())

    assert source.take().window.errors.old == Counts(10, 0)
