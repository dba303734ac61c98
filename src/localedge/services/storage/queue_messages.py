"""Messages of queues for clients that are no Workers: push, pull, acknowledge, look, delete."""

import base64
import json
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.operations import queues as queue_flows
from localedge.state.queues.models import Message, NewMessage, Queue
from localedge.state.server import ServerState
from localedge.wire.envelope import success
from localedge.wire.jobs.queue_errors import MessageBodyInvalid
from localedge.wire.request import as_objects, as_text, json_object

MESSAGES = "/accounts/{account_id}/queues/{queue_id}/messages"
LARGEST_PULL = 100


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Messages(state)
    return [
        Route(MESSAGES, service.push, methods=["POST"]),
        Route(MESSAGES + "/batch", service.push_batch, methods=["POST"]),
        Route(MESSAGES + "/pull", service.pull, methods=["POST"]),
        Route(MESSAGES + "/ack", service.acknowledge, methods=["POST"]),
        Route(MESSAGES + "/peek", service.peek, methods=["POST"]),
        Route(MESSAGES + "/purge", service.purge, methods=["POST"]),
    ]


class _Messages:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def push(self, request: Request) -> Response:
        queue, body = self._queue(request), await json_object(request)
        self._state.messages.send(queue, [_message(body)])
        return success(self._metadata(queue))

    async def push_batch(self, request: Request) -> Response:
        queue, body = self._queue(request), await json_object(request)
        messages = [_message(item) for item in as_objects(body.get("messages"), "messages")]
        delay = _number(body, "delay_seconds")
        self._state.messages.send(queue, messages, delay)
        return success(self._metadata(queue))

    async def pull(self, request: Request) -> Response:
        queue, body = self._queue(request), await _optional(request)
        limit = _number(body, "batch_size") or 5
        visible = _number(body, "visibility_timeout_ms")
        found = queue_flows.pull(self._state, queue, min(limit, LARGEST_PULL), visible)
        metrics = self._state.messages.metrics(queue.id)
        return success(
            {
                "message_backlog_count": metrics.backlog_count,
                "messages": [{**_shown(it), "lease_id": lease} for lease, it in found],
                **self._metadata(queue),
            }
        )

    async def acknowledge(self, request: Request) -> Response:
        queue, body = self._queue(request), await json_object(request)
        acks = [_lease(item) for item in as_objects(body.get("acks") or [], "acks")]
        retries = {
            _lease(item): _number(item, "delay_seconds")
            for item in as_objects(body.get("retries") or [], "retries")
        }
        done, again, warnings = queue_flows.acknowledge(self._state, queue, acks, retries)
        return success({"ackCount": done, "retryCount": again, "warnings": warnings})

    async def peek(self, request: Request) -> Response:
        queue, body = self._queue(request), await _optional(request)
        limit = min(_number(body, "batch_size") or 5, LARGEST_PULL)
        found = self._state.messages.peek(queue.id, limit)
        return success({"messages": [{**_shown(it), "ref": it.id} for it in found]})

    async def purge(self, request: Request) -> Response:
        queue, body = self._queue(request), await json_object(request)
        refs = [as_text(it.get("ref"), "ref") for it in as_objects(body.get("refs"), "refs")]
        gone = [ref for ref in refs if not self._state.messages.remove(queue.id, ref)]
        warnings = dict.fromkeys(gone, "The message is not in the queue any more.")
        return success({"errors": [], "warnings": warnings})

    def _queue(self, request: Request) -> Queue:
        path = request.path_params
        return self._state.queues.require(path["account_id"], path["queue_id"])

    def _metadata(self, queue: Queue) -> dict[str, Json]:
        return {"metadata": {"metrics": self._state.messages.metrics(queue.id).document()}}


async def _optional(request: Request) -> dict[str, Json]:
    return await json_object(request) if await request.body() else {}


def _message(item: Mapping[str, Json]) -> NewMessage:
    """Read a message; `bytes` come as base64, and JSON is what a body without a type is."""
    body, kind = item.get("body"), item.get("content_type") or "json"
    delay = _number(item, "delay_seconds")
    if not isinstance(kind, str) or kind not in _ENCODERS:
        raise MessageBodyInvalid("content_type must be json, text or bytes.")
    try:
        return NewMessage(kind, _ENCODERS[kind](body), delay)
    except (AttributeError, TypeError, ValueError) as broken:
        raise MessageBodyInvalid(f"body does not fit to content_type {kind}.") from broken


_ENCODERS: Mapping[str, Callable[[Json], bytes]] = {
    "json": lambda body: json.dumps(body, allow_nan=False).encode(),
    "text": lambda body: body.encode(),
    "bytes": lambda body: base64.b64decode(body, validate=True),
}


def _shown(message: Message) -> dict[str, Json]:
    """Describe a message; JSON and bytes come as base64, as pull consumers get them."""
    content = message.body if message.content_type == "text" else base64.b64encode(message.body)
    return {
        "id": message.id,
        "body": content.decode(errors="replace"),
        "timestamp_ms": message.sent_ms,
        "attempts": message.attempts,
        "metadata": {"CF-Content-Type": message.content_type},
    }


def _lease(item: Mapping[str, Json]) -> str:
    return as_text(item.get("lease_id"), "lease_id")


def _number(given: Mapping[str, Json], key: str) -> int | None:
    value = given.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e9:
        raise MessageBodyInvalid(f"{key} must be a number from 0 on.")
    return int(value)
