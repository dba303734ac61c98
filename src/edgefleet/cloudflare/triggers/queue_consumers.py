"""Queue consumers at Cloudflare: which queues a script gets messages of; a queue has one consumer.

https://developers.cloudflare.com/api/resources/queues/subresources/consumers/
"""

from collections.abc import Iterable, Sequence

from edgefleet.cloudflare.client import Cloudflare, segment
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.triggers import schemas as wire
from edgefleet.cloudflare.triggers.declared_consumers import (
    PULL,
    QueueConsumer,
    by_queue,
    filled,
)
from edgefleet.core.model import Json


class QueueConsumers:
    """The consumers of an account's queues. Writes may be repeated, and raise `ApiError`."""

    def __init__(self, api: Cloudflare, account_id: str) -> None:
        self._api = api
        self._path = f"/accounts/{segment(account_id)}/queues"

    def of(self, script: str) -> tuple[dict[str, Json], ...]:
        """Return those of a script, by queue."""
        return by_queue(
            _described(queue.queue_name, one)
            for queue in self._queues()
            for one in queue.consumers
            if one.owner == script
        )

    def owners(self, names: Iterable[str]) -> dict[str, str]:
        """Return which script, or what else, gets the messages of each of these queues now."""
        wanted = set(names)
        return {
            queue.queue_name: one.owner or PULL
            for queue in self._queues()
            if queue.queue_name in wanted
            for one in queue.consumers
        }

    def try_write(self, names: Iterable[str]) -> None:
        """Find out, at one of these queues, whether the token may write consumers; changes nothing.

        Raises `ApiError` where it may not.
        """
        wanted = set(names)
        queue = next((one for one in self._queues() if one.queue_name in wanted), None)
        if queue is not None:
            self._api.try_delete(f"{self._path}/{segment(queue.queue_id)}/consumers")

    def replace(self, script: str, wanted: Sequence[QueueConsumer]) -> None:
        """Make a script the consumer of these queues and of no others.

        Raises `ApiError` for a queue that is not there, or that another consumer has.
        """
        queues = {queue.queue_name: queue for queue in self._queues()}
        for consumer in wanted:
            queue = queues.get(str(consumer["queue"]))
            if queue is None:
                raise ApiError(f"there is no queue {consumer['queue']}", status=404)
            self._put(script, queue, consumer)
        kept = {consumer["queue"] for consumer in wanted}
        for name, queue in queues.items():
            for one in queue.consumers:
                if one.owner == script and name not in kept:
                    self._api.write("DELETE", self._consumer(queue, one))

    def _put(self, script: str, queue: wire.Queue, wanted: QueueConsumer) -> None:
        body = _body(script, wanted)
        for one in queue.consumers:
            if one.owner != script:
                owner = one.owner or PULL
                raise ApiError(f"the queue {queue.queue_name} belongs to {owner}", status=409)
            if _described(queue.queue_name, one) != wanted:
                self._api.write("PUT", self._consumer(queue, one), body)
            return
        self._api.write("POST", f"{self._path}/{segment(queue.queue_id)}/consumers", body)

    def _consumer(self, queue: wire.Queue, one: wire.Consumer) -> str:
        path = f"{self._path}/{segment(queue.queue_id)}/consumers"
        return f"{path}/{segment(one.consumer_id)}"

    def _queues(self) -> list[wire.Queue]:
        return list(self._api.pages(self._path, wire.Queue))


def _body(script: str, wanted: QueueConsumer) -> dict[str, Json]:
    return {
        "type": "worker",
        "script_name": script,
        "dead_letter_queue": wanted["dead_letter_queue"],
        "settings": {
            "batch_size": wanted["max_batch_size"],
            "max_retries": wanted["max_retries"],
            "max_wait_time_ms": int(wanted["max_batch_timeout"] * 1000),
            "max_concurrency": wanted["max_concurrency"],
            "retry_delay": wanted["retry_delay"],
        },
    }


def _described(queue: str, one: wire.Consumer) -> dict[str, Json]:
    """Return a live consumer in the words of a wrangler file."""
    milliseconds = one.settings.max_wait_time_ms
    told = {
        "max_batch_size": one.settings.batch_size,
        "max_batch_timeout": None if milliseconds is None else milliseconds / 1000,
        "max_retries": one.settings.max_retries,
        "dead_letter_queue": one.dead_letter_queue,
        "max_concurrency": one.settings.max_concurrency,
        "retry_delay": one.settings.retry_delay,
    }
    return filled(queue, told)
