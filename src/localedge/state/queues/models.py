"""Queues, consumers and messages as data."""

from dataclasses import dataclass, field
from enum import StrEnum

from localedge.model import Json

WORKER = "worker"
HTTP_PULL = "http_pull"
NO_RUNTIME = "noRuntime"
"""The outcome of a delivery that no Worker was reached by: it counts as none."""


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """Settings of a queue; times are in seconds."""

    delivery_delay: int = 0
    delivery_paused: bool = False
    message_retention_period: int = 345_600


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue of an account; `purged_on` says when its messages were last deleted at once."""

    account_id: str
    id: str
    name: str
    created_on: str
    modified_on: str
    settings: QueueSettings = field(default_factory=QueueSettings)
    purged_on: str | None = None


@dataclass(frozen=True, slots=True)
class ConsumerSettings:
    """How a consumer gets messages.

    `max_wait_time_ms` and `max_concurrency` belong to Workers, `visibility_timeout_ms` to pull
    consumers. `retry_delay` is in seconds; no `max_concurrency` leaves the number to the server.
    """

    batch_size: int = 10
    max_retries: int = 3
    retry_delay: int = 0
    max_wait_time_ms: int = 5000
    max_concurrency: int | None = None
    visibility_timeout_ms: int = 30_000


@dataclass(frozen=True, slots=True)
class Consumer:
    """Who gets a queue's messages: a script of the account (`worker`), or clients (`http_pull`)."""

    id: str
    queue_id: str
    type: str
    script: str
    dead_letter_queue: str
    created_on: str
    settings: ConsumerSettings = field(default_factory=ConsumerSettings)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to send; `delay` is in seconds, None where the sender named none."""

    content_type: str
    body: bytes
    delay: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A stored message; `attempts` counts its deliveries, also the one that it is in."""

    id: str
    content_type: str
    body: bytes
    sent_ms: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """How much a queue holds, and since when (milliseconds since the epoch; 0: it is empty)."""

    backlog_count: int
    backlog_bytes: int
    oldest_message_timestamp_ms: int

    def document(self) -> dict[str, Json]:
        """Return the metrics as the API has them."""
        return {
            "backlog_count": self.backlog_count,
            "backlog_bytes": self.backlog_bytes,
            "oldest_message_timestamp_ms": self.oldest_message_timestamp_ms,
        }


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """What a consumer's `queue()` handler did with a batch (workerd's `FetcherQueueResult`).

    `retried` and `batch_delay` are delays in seconds, None where the handler named none.
    """

    outcome: str
    acked: frozenset[str] = frozenset()
    retried: dict[str, int | None] = field(default_factory=dict)
    ack_all: bool = False
    retry_all: bool = False
    batch_delay: int | None = None


class Verdict(StrEnum):
    """What becomes of a delivered message."""

    DONE = "done"
    RETRY = "retry"
    DEAD_LETTER = "dead letter"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of one message; `delay` (seconds) counts for a retry."""

    message: Message
    verdict: Verdict
    delay: int = 0
