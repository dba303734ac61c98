"""Queues where they meet scripts and other queues: consumers, pulled messages."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace

from localedge.model import Json, ScriptRef
from localedge.state.queues import rules
from localedge.state.queues.models import (
    HTTP_PULL,
    WORKER,
    Consumer,
    Message,
    Queue,
    Settlement,
    Verdict,
)
from localedge.state.server import ServerState
from localedge.state.timestamps import now
from localedge.wire.errors import BadBody
from localedge.wire.jobs.queue_errors import (
    ConsumerExists,
    DeliveryPaused,
    PullNotEnabled,
    QueueHandlerMissing,
    QueueNotFound,
)
from localedge.wire.request import as_object, as_text

LAPSED = "The lease has ended, or never was."


def create_consumer(state: ServerState, queue: Queue, body: Mapping[str, Json]) -> Consumer:
    """Give a queue its consumer.

    Raises `ConsumerExists`, `NotFound` for a script that does not exist, `QueueHandlerMissing`,
    `QueueNotFound` for a dead letter queue that does not exist, `BadBody`.
    """
    made = _consumer(state, queue, body, Consumer(uuid.uuid4().hex, queue.id, "", "", "", now()))
    if state.queues.consumer(queue.id):
        raise ConsumerExists
    state.queues.add_consumer(made)
    state.messages.on_send()
    return made


def update_consumer(
    state: ServerState, queue: Queue, consumer_id: str, body: Mapping[str, Json]
) -> Consumer:
    """Replace a consumer's settings; what `body` leaves out gets its default again."""
    known = state.queues.require_consumer(queue, consumer_id)
    changed = _consumer(state, queue, body, known)
    state.queues.change_consumer(changed)
    state.messages.on_send()
    return changed


def pull(
    state: ServerState, queue: Queue, limit: int, visible_ms: int | None
) -> list[tuple[str, Message]]:
    """Lease messages to a client, for `visible_ms` or what the consumer's settings say.

    Raises `PullNotEnabled` and `DeliveryPaused`.
    """
    consumer = _pull_consumer(state, queue)
    if queue.settings.delivery_paused:
        raise DeliveryPaused
    state.messages.expire(queue)
    lapsed = state.messages.lapsed(queue.id)
    settle(state, queue, consumer, [rules.retry(message, 0, consumer) for message in lapsed])
    wait = consumer.settings.visibility_timeout_ms if visible_ms is None else visible_ms
    return state.messages.pull(queue.id, limit, wait)


def acknowledge(
    state: ServerState, queue: Queue, acks: Sequence[str], retries: Mapping[str, int | None]
) -> tuple[int, int, dict[str, str]]:
    """Settle leases of a client: `acks` are done, `retries` come again after a delay in seconds.

    Returns how many were done, how many come again, and a warning for each lease that has ended.
    """
    consumer = _pull_consumer(state, queue)
    known = {lease: state.messages.leased(queue.id, lease) for lease in (*acks, *retries)}
    done = [Settlement(it, Verdict.DONE) for lease in acks if (it := known[lease])]
    again = [
        rules.retry(it, delay, consumer) for lease, delay in retries.items() if (it := known[lease])
    ]
    settle(state, queue, consumer, [*done, *again])
    warnings = {lease: LAPSED for lease, found in known.items() if found is None}
    return len(done), len(again), warnings


def settle(
    state: ServerState, queue: Queue, consumer: Consumer, settlements: Sequence[Settlement]
) -> None:
    """Store what became of messages; dead ones go to the consumer's dead letter queue."""
    if settlements:
        name = consumer.dead_letter_queue
        state.messages.settle(settlements, state.queues.named(queue.account_id, name))


def _pull_consumer(state: ServerState, queue: Queue) -> Consumer:
    consumer = state.queues.consumer(queue.id)
    if consumer is None or consumer.type != HTTP_PULL:
        raise PullNotEnabled
    return consumer


def _consumer(
    state: ServerState, queue: Queue, body: Mapping[str, Json], known: Consumer
) -> Consumer:
    kind = body.get("type") or known.type or WORKER
    if kind not in (WORKER, HTTP_PULL):
        raise BadBody(f"type must be {WORKER} or {HTTP_PULL}.")
    dead = body.get("dead_letter_queue") or ""
    if dead and state.queues.named(queue.account_id, as_text(dead, "dead_letter_queue")) is None:
        raise QueueNotFound(f"The dead letter queue '{dead}' does not exist.")
    given = as_object(body.get("settings") or {}, "settings")
    return replace(
        known,
        type=kind,
        script=_script(state, queue, body, known) if kind == WORKER else "",
        dead_letter_queue=dead,
        settings=rules.consumer_settings(kind, given),
    )


def _script(state: ServerState, queue: Queue, body: Mapping[str, Json], known: Consumer) -> str:
    # wrangler says `script_name`, some clients `script` or `service`, as answers do.
    named = body.get("script_name") or body.get("script") or body.get("service") or known.script
    name = as_text(named, "script_name")
    ref = ScriptRef(queue.account_id, name)
    state.script(ref)
    latest = state.scripts.latest(ref)
    # Without a runtime the exports of an upload are unknown.
    if latest and (latest.handlers or latest.named_handlers) and "queue" not in latest.handlers:
        raise QueueHandlerMissing
    return name
