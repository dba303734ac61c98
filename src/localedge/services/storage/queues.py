"""Queues: create, list, read, change, delete, purge; their consumers."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.operations import queues as queue_flows
from localedge.state.queues import rules
from localedge.state.queues.models import WORKER, Consumer, Queue, QueueSettings
from localedge.state.server import ServerState
from localedge.wire.envelope import success, success_page
from localedge.wire.errors import BadBody
from localedge.wire.request import as_object, as_text, json_object

QUEUES = "/accounts/{account_id}/queues"
QUEUE = QUEUES + "/{queue_id}"
CONSUMERS = QUEUE + "/consumers"
CONSUMER = CONSUMERS + "/{consumer_id}"


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Queues(state)
    return [
        Route(QUEUES, service.list_all, methods=["GET"]),
        Route(QUEUES, service.create, methods=["POST"]),
        Route(QUEUE, service.get, methods=["GET"]),
        Route(QUEUE, service.replace, methods=["PUT"]),
        Route(QUEUE, service.edit, methods=["PATCH"]),
        Route(QUEUE, service.delete, methods=["DELETE"]),
        Route(QUEUE + "/metrics", service.metrics, methods=["GET"]),
        Route(QUEUE + "/purge", service.purge, methods=["POST"]),
        Route(QUEUE + "/purge", service.purge_status, methods=["GET"]),
        Route(CONSUMERS, service.list_consumers, methods=["GET"]),
        Route(CONSUMERS, service.create_consumer, methods=["POST"]),
        Route(CONSUMER, service.get_consumer, methods=["GET"]),
        Route(CONSUMER, service.update_consumer, methods=["PUT"]),
        Route(CONSUMER, service.delete_consumer, methods=["DELETE"]),
    ]


class _Queues:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def list_all(self, request: Request) -> Response:
        names = request.query_params.getlist("name")
        found = self._state.queues.of_account(request.path_params["account_id"])
        wanted = [queue for queue in found if not names or queue.name in names]
        return success_page(request, [self._document(queue) for queue in wanted])

    async def create(self, request: Request) -> Response:
        body = await json_object(request)
        name = as_text(body.get("queue_name"), "queue_name")
        rules.check_name(name)
        settings = rules.queue_settings(_settings(body), QueueSettings())
        made = self._state.queues.add(request.path_params["account_id"], name, settings)
        return success(self._document(made))

    async def get(self, request: Request) -> Response:
        return success(self._document(self._queue(request)))

    async def replace(self, request: Request) -> Response:
        return await self._change(request, QueueSettings())

    async def edit(self, request: Request) -> Response:
        return await self._change(request, self._queue(request).settings)

    async def delete(self, request: Request) -> Response:
        self._state.queues.remove(self._queue(request))
        return success(None)

    async def metrics(self, request: Request) -> Response:
        return success(self._state.messages.metrics(self._queue(request).id).document())

    async def purge(self, request: Request) -> Response:
        queue, body = self._queue(request), await json_object(request)
        if body.get("delete_messages_permanently") is not True:
            raise BadBody("delete_messages_permanently must be true.")
        self._state.messages.purge(queue.id)
        purged = self._state.queues.mark_purged(queue)
        progress = {"started_at": purged.purged_on, "complete": True}
        return success({**self._document(purged), **progress})

    async def purge_status(self, request: Request) -> Response:
        queue = self._queue(request)
        completed = "true" if queue.purged_on else "false"
        return success({"completed": completed, "started_at": queue.purged_on or ""})

    # -- consumers

    async def list_consumers(self, request: Request) -> Response:
        return success(self._consumers(self._queue(request)))

    async def create_consumer(self, request: Request) -> Response:
        queue, body = self._queue(request), await json_object(request)
        return success(_consumer(queue, queue_flows.create_consumer(self._state, queue, body)))

    async def get_consumer(self, request: Request) -> Response:
        queue = self._queue(request)
        key = request.path_params["consumer_id"]
        return success(_consumer(queue, self._state.queues.require_consumer(queue, key)))

    async def update_consumer(self, request: Request) -> Response:
        queue, body = self._queue(request), await json_object(request)
        key = request.path_params["consumer_id"]
        changed = queue_flows.update_consumer(self._state, queue, key, body)
        return success(_consumer(queue, changed))

    async def delete_consumer(self, request: Request) -> Response:
        queue = self._queue(request)
        key = request.path_params["consumer_id"]
        self._state.queues.remove_consumer(self._state.queues.require_consumer(queue, key))
        return success(None)

    # -- all

    async def _change(self, request: Request, known: QueueSettings) -> Response:
        queue, body = self._queue(request), await json_object(request)
        name = as_text(body.get("queue_name") or queue.name, "queue_name")
        rules.check_name(name)
        settings = rules.queue_settings(_settings(body), known)
        changed = self._state.queues.change(queue, name=name, settings=settings)
        self._state.messages.on_send()
        return success(self._document(changed))

    def _queue(self, request: Request) -> Queue:
        path = request.path_params
        return self._state.queues.require(path["account_id"], path["queue_id"])

    def _consumers(self, queue: Queue) -> list[Json]:
        found = self._state.queues.consumer(queue.id)
        return [_consumer(queue, found)] if found else []

    def _producers(self, queue: Queue) -> list[Json]:
        found = []
        for script in self._state.scripts.of_account(queue.account_id):
            latest = self._state.scripts.latest(script.ref)
            bound = [it.get("queue_name") for it in latest.bindings] if latest else []
            if queue.name in bound:
                found.append({"type": WORKER, "script": script.ref.name})
        return found

    def _document(self, queue: Queue) -> dict[str, Json]:
        producers, consumers = self._producers(queue), self._consumers(queue)
        settings = queue.settings
        return {
            "queue_id": queue.id,
            "queue_name": queue.name,
            "created_on": queue.created_on,
            "modified_on": queue.modified_on,
            "producers": producers,
            "producers_total_count": len(producers),
            "consumers": consumers,
            "consumers_total_count": len(consumers),
            "settings": {
                "delivery_delay": settings.delivery_delay,
                "delivery_paused": settings.delivery_paused,
                "message_retention_period": settings.message_retention_period,
            },
        }


def _settings(body: dict[str, Json]) -> dict[str, Json]:
    return as_object(body.get("settings") or {}, "settings")


def _consumer(queue: Queue, consumer: Consumer) -> dict[str, Json]:
    # wrangler reads `script`, the SDK `script_name`.
    script = {"script": consumer.script, "script_name": consumer.script}
    return {
        "consumer_id": consumer.id,
        "queue_name": queue.name,
        "type": consumer.type,
        "created_on": consumer.created_on,
        "dead_letter_queue": consumer.dead_letter_queue,
        "settings": rules.shown_settings(consumer),
        **(script if consumer.type == WORKER else {}),
    }
