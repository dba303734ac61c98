"""Queue consumers as a wrangler file describes them, with Cloudflare's defaults filled in.

https://developers.cloudflare.com/queues/configuration/configure-queues/#consumer-worker-configuration
"""

from collections.abc import Iterable, Mapping

from edgefleet.core.model import Json

QueueConsumer = Mapping[str, Json]
"""A consumer: `queue`, and every key of `DEFAULTS`."""

DEFAULTS: Mapping[str, Json] = {
    "max_batch_size": 10,
    "max_batch_timeout": 5,
    "max_retries": 3,
    "dead_letter_queue": "",
    "max_concurrency": None,
    "retry_delay": 0,
}
PULL = "a pull consumer"
"""Who has a queue whose messages clients fetch themselves."""


def declared_consumers(resolved: Mapping[str, Json]) -> tuple[dict[str, Json], ...]:
    """Return the consumers of a resolved configuration, by queue, every key filled in."""
    queues = resolved.get("queues")
    found = (queues.get("consumers") if isinstance(queues, Mapping) else None) or []
    return by_queue(filled(str(one["queue"]), one) for one in found)


def filled(queue: str, found: Mapping[str, Json]) -> dict[str, Json]:
    """Return a consumer with every key; what `found` leaves out is at its default."""
    filled = {key: found.get(key) for key in DEFAULTS}
    return {
        "queue": queue,
        **{key: DEFAULTS[key] if value is None else value for key, value in filled.items()},
    }


def by_queue(consumers: Iterable[dict[str, Json]]) -> tuple[dict[str, Json], ...]:
    """Return consumers in one order."""
    return tuple(sorted(consumers, key=lambda one: str(one["queue"])))
