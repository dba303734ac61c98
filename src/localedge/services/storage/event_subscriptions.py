"""Event subscriptions of queues, which are kept; localedge sends no events of other products.

https://developers.cloudflare.com/queues/event-subscriptions/
"""

import uuid
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.state.resources import Resource, ResourceKind
from localedge.state.server import ServerState
from localedge.state.timestamps import now
from localedge.wire.envelope import success, success_page
from localedge.wire.errors import BadBody, NotFound
from localedge.wire.request import as_object, as_text, json_object

SUBSCRIPTIONS = "/accounts/{account_id}/event_subscriptions/subscriptions"
SUBSCRIPTION = SUBSCRIPTIONS + "/{subscription_id}"
KIND = ResourceKind.EVENT_SUBSCRIPTION
SOURCES: Mapping[str, str | None] = {
    "images": None,
    "kv": None,
    "r2": None,
    "superSlurper": None,
    "vectorize": None,
    "workersAi.model": "model_name",
    "workersBuilds.worker": "worker_name",
    "workers.script": "script_tag",
    "workflows.workflow": "workflow_name",
}
"""The types of sources, and the key that says which one, where there are several."""


def routes(state: ServerState) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Service(state)
    return [
        Route(SUBSCRIPTIONS, service.list_all, methods=["GET"]),
        Route(SUBSCRIPTIONS, service.create, methods=["POST"]),
        Route(SUBSCRIPTION, service.read, methods=["GET"]),
        Route(SUBSCRIPTION, service.edit, methods=["PATCH"]),
        Route(SUBSCRIPTION, service.delete, methods=["DELETE"]),
    ]


class _Service:
    def __init__(self, state: ServerState) -> None:
        self._state = state

    async def list_all(self, request: Request) -> Response:
        queue = request.query_params.get("queue_id")
        found = self._state.resources.all(request.path_params["account_id"], KIND)
        shown = [_shown(it) for it in found]
        wanted = [it for it in shown if queue in (None, it["destination"]["queue_id"])]
        return success_page(request, wanted)

    async def create(self, request: Request) -> Response:
        account, body = request.path_params["account_id"], await json_object(request)
        document = {
            "source": _source(as_object(body.get("source"), "source")),
            **self._changes(account, {"events": [], "enabled": True, **body}),
            "modified_at": now(),
        }
        if "destination" not in document:
            raise BadBody("destination must name a queue.")
        name = as_text(body.get("name"), "name")
        made = self._state.resources.add(account, KIND, uuid.uuid4().hex, name, document)
        return success(_shown(made))

    async def read(self, request: Request) -> Response:
        return success(_shown(self._found(request)))

    async def edit(self, request: Request) -> Response:
        found, body = self._found(request), await json_object(request)
        document = {**found.document, **self._changes(found.account_id, body)}
        name = as_text(body.get("name", found.name), "name")
        changed = self._state.resources.change(found, name, {**document, "modified_at": now()})
        return success(_shown(changed))

    async def delete(self, request: Request) -> Response:
        found = self._found(request)
        self._state.resources.remove(found)
        return success(_shown(found))

    def _found(self, request: Request) -> Resource:
        path = request.path_params
        found = self._state.resources.get(path["account_id"], KIND, path["subscription_id"])
        if found is None:
            raise NotFound("The subscription was not found.")
        return found

    def _changes(self, account: str, body: Mapping[str, Json]) -> dict[str, Json]:
        """Return what a body sets; raise `BadBody`, or `QueueNotFound`."""
        changes: dict[str, Json] = {}
        if "destination" in body:
            queue = as_object(body["destination"], "destination").get("queue_id")
            found = self._state.queues.require(account, as_text(queue, "queue_id"))
            changes["destination"] = {"type": "queues.queue", "queue_id": found.id}
        if "enabled" in body:
            if not isinstance(body["enabled"], bool):
                raise BadBody("enabled must be true or false.")
            changes["enabled"] = body["enabled"]
        if "events" in body:
            events = body["events"]
            if not isinstance(events, list) or not all(isinstance(it, str) for it in events):
                raise BadBody("events must be an array of strings.")
            changes["events"] = events
        return changes


def _source(given: Mapping[str, Json]) -> dict[str, Json]:
    kind = as_text(given.get("type"), "source.type")
    if kind not in SOURCES:
        raise BadBody(f"source.type must be one of {sorted(SOURCES)}.")
    key = SOURCES[kind]
    return {"type": kind, **({key: as_text(given.get(key), key)} if key else {})}


def _shown(item: Resource) -> dict[str, Json]:
    return {"id": item.id, "name": item.name, "created_at": item.created_on, **item.document}
