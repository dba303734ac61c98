"""A batch of messages as localedge's router takes it, and what workerd says of its delivery."""

import base64
from collections.abc import Sequence

from localedge.model import Json
from localedge.state.queues.models import DeliveryResult, Message, Metrics


def batch_event(queue: str, batch: Sequence[Message], metrics: Metrics) -> Json:
    """Return the event for the router (`workers/router.js`)."""
    return {
        "queue": queue,
        "messages": [
            {
                "id": message.id,
                "sent": message.sent_ms,
                "attempts": message.attempts,
                "contentType": message.content_type,
                "content": base64.b64encode(message.body).decode(),
            }
            for message in batch
        ],
        "metrics": {
            "backlogCount": metrics.backlog_count,
            "backlogBytes": metrics.backlog_bytes,
            "oldest": metrics.oldest_message_timestamp_ms,
        },
    }


def read_result(answer: Json) -> DeliveryResult:
    """Read workerd's `FetcherQueueResult`; an exception may come without anything else."""
    everything = answer.get("retryBatch") or {}
    return DeliveryResult(
        outcome=answer["outcome"],
        acked=frozenset(answer.get("explicitAcks") or ()),
        retried={it["msgId"]: it.get("delaySeconds") for it in answer.get("retryMessages") or ()},
        ack_all=bool(answer.get("ackAll")),
        retry_all=bool(everything.get("retry")),
        batch_delay=everything.get("delaySeconds"),
    )
