"""Rules of queues: names, settings, when a batch is due, what becomes of a delivered message.

See https://developers.cloudflare.com/queues/configuration/batching-retries/ and
https://developers.cloudflare.com/queues/platform/limits/.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from localedge.model import Json
from localedge.state.queues.models import (
    HTTP_PULL,
    WORKER,
    Consumer,
    ConsumerSettings,
    DeliveryResult,
    Message,
    NewMessage,
    QueueSettings,
    Settlement,
    Verdict,
)
from localedge.wire.errors import BadBody
from localedge.wire.jobs.queue_errors import (
    InvalidQueueName,
    MessageBatchTooLarge,
    MessageMetadataInvalid,
    MessageTooLarge,
    TooManyMessages,
)

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
LONGEST_DELAY = 86_400
LARGEST_MESSAGE = 128_000
LARGEST_BATCH = 256_000
MOST_MESSAGES = 100
CONTENT_TYPES = ("text", "json", "bytes", "v8")

_QUEUE_BOUNDS = {
    "delivery_delay": (0, LONGEST_DELAY),
    "message_retention_period": (60, 1_209_600),
}
_COMMON_BOUNDS = {
    "batch_size": (1, 100),
    "max_retries": (0, 100),
    "retry_delay": (0, LONGEST_DELAY),
}
BOUNDS = {
    WORKER: {**_COMMON_BOUNDS, "max_wait_time_ms": (0, 60_000), "max_concurrency": (1, 250)},
    HTTP_PULL: {**_COMMON_BOUNDS, "visibility_timeout_ms": (0, 43_200_000)},
}


def check_name(name: str) -> None:
    """Refuse a name that Cloudflare would not take."""
    if not NAME.fullmatch(name):
        raise InvalidQueueName(
            f"Queue name '{name}' is not valid: use 1 to 63 lowercase letters, digits and dashes, "
            "and begin and end with a letter or a digit."
        )


def queue_settings(given: Mapping[str, Json], known: QueueSettings) -> QueueSettings:
    """Return `known` with the settings that a request gives; raises `BadBody`."""
    changed = _bounded(given, _QUEUE_BOUNDS)
    paused = given.get("delivery_paused")
    if not isinstance(paused, bool | None):
        raise BadBody("delivery_paused must be true or false.")
    if paused is not None:
        changed["delivery_paused"] = paused
    return QueueSettings(**{**asdict(known), **changed})


def consumer_settings(kind: str, given: Mapping[str, Json]) -> ConsumerSettings:
    """Return the settings of a consumer, defaults where the request says nothing."""
    return ConsumerSettings(**_bounded(given, BOUNDS[kind]))


def shown_settings(consumer: Consumer) -> dict[str, Json]:
    """Return the settings that the API shows of a consumer."""
    everything = asdict(consumer.settings)
    return {key: everything[key] for key in BOUNDS[consumer.type]}


def check_messages(messages: Sequence[NewMessage]) -> None:
    """Refuse messages that are too many, too large, or delayed too long."""
    if not 1 <= len(messages) <= MOST_MESSAGES:
        raise TooManyMessages(f"a batch has 1 to {MOST_MESSAGES} messages, not {len(messages)}")
    sizes = [len(message.body) for message in messages]
    if max(sizes) > LARGEST_MESSAGE:
        raise MessageTooLarge(
            f"message length of {max(sizes)} bytes exceeds limit of {LARGEST_MESSAGE}"
        )
    if sum(sizes) > LARGEST_BATCH:
        raise MessageBatchTooLarge(
            f"batch size of {sum(sizes)} bytes exceeds limit of {LARGEST_BATCH}"
        )
    for message in messages:
        if message.content_type not in CONTENT_TYPES:
            raise MessageMetadataInvalid(f"unknown content type {message.content_type}")
        check_delay(message.delay)


def check_delay(delay: int | None) -> None:
    """Refuse a delay in seconds that is longer than a day."""
    if delay is not None and not 0 <= delay <= LONGEST_DELAY:
        raise MessageMetadataInvalid(f"a delay is 0 to {LONGEST_DELAY} seconds, not {delay}")


def batch_due(due: Sequence[int], settings: ConsumerSettings) -> int | None:
    """Return when the next batch is to be delivered, in milliseconds; None: no message waits.

    `due` are the times, ascending, from which each waiting message may be delivered. A batch goes
    when it is full, or when its first message has waited for `max_wait_time_ms`.
    """
    if not due:
        return None
    waited = due[0] + settings.max_wait_time_ms
    if len(due) < settings.batch_size:
        return waited
    return min(waited, due[settings.batch_size - 1])


def settle(
    batch: Sequence[Message], result: DeliveryResult, consumer: Consumer
) -> list[Settlement]:
    """Say what becomes of each message of a batch after its delivery.

    What the handler said of one message counts before what it said of all, and that before
    whether it failed.
    """
    return [_settled(message, result, consumer) for message in batch]


def retry(message: Message, delay: int | None, consumer: Consumer) -> Settlement:
    """Return the fate of a message that was not consumed: again later, or not any more."""
    if message.attempts <= consumer.settings.max_retries:
        wait = consumer.settings.retry_delay if delay is None else delay
        return Settlement(message, Verdict.RETRY, wait)
    if consumer.dead_letter_queue:
        return Settlement(message, Verdict.DEAD_LETTER)
    return Settlement(message, Verdict.DROPPED)


def _settled(message: Message, result: DeliveryResult, consumer: Consumer) -> Settlement:
    if message.id in result.acked:
        return Settlement(message, Verdict.DONE)
    if message.id in result.retried:
        delay = result.retried[message.id]
        return retry(message, result.batch_delay if delay is None else delay, consumer)
    if result.ack_all:
        return Settlement(message, Verdict.DONE)
    if result.retry_all or result.outcome != "ok":
        return retry(message, result.batch_delay, consumer)
    return Settlement(message, Verdict.DONE)


def _bounded(given: Mapping[str, Json], bounds: Mapping[str, tuple[int, int]]) -> dict[str, Json]:
    """Return the numbers of `given` that `bounds` names; raises `BadBody` for one outside."""
    found: dict[str, Json] = {}
    for key, (low, high) in bounds.items():
        value = given.get(key)
        if value is None:
            continue
        if not _is_whole(value) or not low <= value <= high:
            raise BadBody(f"{key} must be a whole number from {low} to {high}.")
        found[key] = int(value)
    return found


def _is_whole(value: Json) -> bool:
    """Say whether a JSON value is a whole number; the SDK sends 3 as 3.0 at times."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return value == value // 1
