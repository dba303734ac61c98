"""A running Worker's queue producer binding: the protocol that workerd's queue client speaks."""

import base64

from starlette.responses import JSONResponse, Response

from localedge.model import Json
from localedge.runtime.bindings.call import BindingCall
from localedge.state.queues.messages import MessageStore
from localedge.state.queues.models import NewMessage, Queue
from localedge.state.queues.store import QueueStore
from localedge.wire.jobs.queue_errors import QueueNotFound

DELAY = "x-msg-delay-secs"


async def serve(call: BindingCall, queues: QueueStore, messages: MessageStore) -> Response:
    """Answer one call of the client: send one message or many, or read the queue's metrics."""
    queue = queues.named(call.ref.account_id, call.binding["queue_name"])
    if queue is None:
        raise QueueNotFound
    metrics = _metrics(messages, queue)
    if call.path == "metrics":
        return JSONResponse(metrics)
    if call.path == "message":
        kind = call.header("x-msg-fmt") or "v8"
        sent = [NewMessage(kind, await call.request.body())]
    elif call.path == "batch":
        sent = [_message(item) for item in (await call.request.json())["messages"]]
    else:
        return Response(f"localedge has no queue call named {call.path}", 501)
    given = call.header(DELAY)
    messages.send(queue, sent, int(given) if given else call.binding.get("delivery_delay"))
    return JSONResponse({"metadata": {"metrics": metrics}})


def _message(item: Json) -> NewMessage:
    content = base64.b64decode(item["body"])
    return NewMessage(item.get("contentType") or "v8", content, item.get("delaySecs"))


def _metrics(messages: MessageStore, queue: Queue) -> dict[str, int]:
    found = messages.metrics(queue.id)
    return {
        "backlogCount": found.backlog_count,
        "backlogBytes": found.backlog_bytes,
        "oldestMessageTimestamp": found.oldest_message_timestamp_ms,
    }
