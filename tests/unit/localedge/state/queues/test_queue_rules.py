import pytest

from localedge.model import Json
from localedge.state.queues import rules
from localedge.state.queues.models import (
    HTTP_PULL,
    WORKER,
    Consumer,
    ConsumerSettings,
    DeliveryResult,
    Message,
    NewMessage,
    QueueSettings,
    Verdict,
)
from localedge.wire.errors import ApiError, BadBody
from localedge.wire.jobs.queue_errors import InvalidQueueName

SETTINGS = ConsumerSettings(batch_size=2, max_retries=1, retry_delay=7, max_wait_time_ms=500)


def consumer(dead: str = "") -> Consumer:
    return Consumer("c", "q", WORKER, "one", dead, "2026-01-01T00:00:00Z", SETTINGS)


def message(name: str, attempts: int = 1) -> Message:
    return Message(name, "text", b"", 0, attempts)


@pytest.mark.parametrize(
    ("due", "when"),
    [([], None), ([100], 600), ([100, 200], 200), ([100, 700], 600), ([100, 100, 900], 100)],
)
def test_a_batch_is_due_when_it_is_full_or_has_waited(due: list[int], when: int | None) -> None:
    assert rules.batch_due(due, SETTINGS) == when


@pytest.mark.parametrize(
    ("result", "verdict", "delay"),
    [
        (DeliveryResult("ok"), Verdict.DONE, 0),
        (DeliveryResult("exception"), Verdict.RETRY, 7),
        (DeliveryResult("exception", acked=frozenset("m")), Verdict.DONE, 0),
        (DeliveryResult("exception", ack_all=True), Verdict.DONE, 0),
        (DeliveryResult("ok", retry_all=True, batch_delay=3), Verdict.RETRY, 3),
        (DeliveryResult("ok", retried={"m": None}), Verdict.RETRY, 7),
        (DeliveryResult("ok", retried={"m": 0}, batch_delay=3), Verdict.RETRY, 0),
        (DeliveryResult("ok", retried={"m": None}, ack_all=True), Verdict.RETRY, 7),
        (DeliveryResult("ok", acked=frozenset("m"), retry_all=True), Verdict.DONE, 0),
    ],
)
def test_message_options_precede_batch_options(
    result: DeliveryResult, verdict: Verdict, delay: int
) -> None:
    (settled,) = rules.settle([message("m")], result, consumer())
    assert (settled.verdict, settled.delay) == (verdict, delay)


def test_a_message_is_given_up_after_its_retries() -> None:
    last = message("m", attempts=2)
    assert rules.retry(last, None, consumer()).verdict == Verdict.DROPPED
    assert rules.retry(last, None, consumer("dead")).verdict == Verdict.DEAD_LETTER


@pytest.mark.parametrize("name", ["", "A", "a_b", "-a", "a-", "a" * 64])
def test_a_name_that_cloudflare_does_not_take(name: str) -> None:
    with pytest.raises(InvalidQueueName):
        rules.check_name(name)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (WORKER, {"batch_size": 0}),
        (WORKER, {"batch_size": 101}),
        (WORKER, {"max_retries": True}),
        (WORKER, {"max_wait_time_ms": 60_001}),
        (WORKER, {"retry_delay": 1.5}),
        (HTTP_PULL, {"visibility_timeout_ms": "1"}),
    ],
)
def test_a_setting_beyond_its_bounds_is_refused(kind: str, given: dict[str, Json]) -> None:
    with pytest.raises(BadBody, match=next(iter(given))):
        rules.consumer_settings(kind, given)


def test_settings_that_are_left_out_stay_as_they_are() -> None:
    known = QueueSettings(delivery_delay=5)
    changed = rules.queue_settings({"delivery_paused": True, "delivery_delay": None}, known)
    assert changed == QueueSettings(delivery_delay=5, delivery_paused=True)


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([], 10206),
        ([NewMessage("text", b"")] * 101, 10206),
        ([NewMessage("text", b"x" * 128_001)], 10204),
        ([NewMessage("text", b"x" * 128_000)] * 3, 10205),
        ([NewMessage("xml", b"")], 10203),
        ([NewMessage("text", b"", 86_401)], 10203),
    ],
)
def test_messages_beyond_the_limits_are_refused(messages: list[NewMessage], code: int) -> None:
    with pytest.raises(ApiError) as caught:
        rules.check_messages(messages)
    assert caught.value.code == code
