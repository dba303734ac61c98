"""What an R2 bucket can be told besides objects: rules, domains and event notifications.

All of it is kept and shown, and nothing is applied: no object is deleted or locked by a rule, no
address serves a bucket, no queue gets a message.
"""

import uuid
from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localedge.model import Json
from localedge.state.r2 import settings
from localedge.state.r2.buckets import R2Bucket, check_jurisdiction
from localedge.state.r2.store import R2Store
from localedge.state.timestamps import now
from localedge.wire.envelope import success
from localedge.wire.jobs.queue_errors import QueueNotFound
from localedge.wire.r2_errors import (
    R2DomainNotFound,
    R2MalformedBody,
    R2NoCorsPolicy,
    R2NoNotifications,
)
from localedge.wire.request import json_object

BUCKET = "/accounts/{account_id}/r2/buckets/{bucket}"
DOMAINS = BUCKET + "/domains/custom"
NOTIFICATIONS = "/accounts/{account_id}/event_notifications/r2/{bucket}/configuration"
QUEUE = NOTIFICATIONS + "/queues/{queue_id}"
QueueNames = Callable[[str, str], str | None]
"""Returns the name of an account's queue by its id."""
Document = TypeVar("Document", bound=BaseModel)


def routes(r2: R2Store, queue_name: QueueNames) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Service(r2, queue_name)
    return [
        Route(BUCKET + "/cors", service.get_cors, methods=["GET"]),
        Route(BUCKET + "/cors", service.put_cors, methods=["PUT"]),
        Route(BUCKET + "/cors", service.delete_cors, methods=["DELETE"]),
        Route(BUCKET + "/lifecycle", service.get_lifecycle, methods=["GET"]),
        Route(BUCKET + "/lifecycle", service.put_lifecycle, methods=["PUT"]),
        Route(BUCKET + "/lock", service.get_lock, methods=["GET"]),
        Route(BUCKET + "/lock", service.put_lock, methods=["PUT"]),
        Route(BUCKET + "/domains/managed", service.get_managed, methods=["GET"]),
        Route(BUCKET + "/domains/managed", service.put_managed, methods=["PUT"]),
        Route(DOMAINS, service.list_domains, methods=["GET"]),
        Route(DOMAINS, service.add_domain, methods=["POST"]),
        Route(DOMAINS + "/{domain}", service.get_domain, methods=["GET"]),
        Route(DOMAINS + "/{domain}", service.change_domain, methods=["PUT"]),
        Route(DOMAINS + "/{domain}", service.delete_domain, methods=["DELETE"]),
        Route(NOTIFICATIONS, service.list_notifications, methods=["GET"]),
        Route(QUEUE, service.get_notifications, methods=["GET"]),
        Route(QUEUE, service.add_notifications, methods=["PUT"]),
        Route(QUEUE, service.delete_notifications, methods=["DELETE"]),
    ]


class _Service:
    def __init__(self, r2: R2Store, queue_name: QueueNames) -> None:
        self._r2 = r2
        self._queue_name = queue_name

    # -- rules

    async def get_cors(self, request: Request) -> Response:
        policy = self._bucket(request).settings.get("cors")
        if policy is None:
            raise R2NoCorsPolicy
        return success(policy)

    async def put_cors(self, request: Request) -> Response:
        return await self._put_rules(request, "cors", settings.CorsPolicy)

    async def delete_cors(self, request: Request) -> Response:
        self._r2.buckets.set_setting(self._bucket(request), "cors", None)
        return success({})

    async def get_lifecycle(self, request: Request) -> Response:
        return success(self._bucket(request).settings.get("lifecycle", {"rules": []}))

    async def put_lifecycle(self, request: Request) -> Response:
        return await self._put_rules(request, "lifecycle", settings.LifecyclePolicy)

    async def get_lock(self, request: Request) -> Response:
        return success(self._bucket(request).settings.get("lock", {"rules": []}))

    async def put_lock(self, request: Request) -> Response:
        return await self._put_rules(request, "lock", settings.LockRules)

    # -- domains

    async def get_managed(self, request: Request) -> Response:
        return success(_managed(self._bucket(request)))

    async def put_managed(self, request: Request) -> Response:
        document = await _parsed(settings.ManagedDomain, request)
        self._r2.buckets.set_setting(self._bucket(request), "managed", document.enabled)
        return success(_managed(self._bucket(request)))

    async def list_domains(self, request: Request) -> Response:
        return success({"domains": list(_domains(self._bucket(request)).values())})

    async def add_domain(self, request: Request) -> Response:
        domain = _dump(await _parsed(settings.NewDomain, request))
        bucket = self._bucket(request)
        status = {"ownership": "active", "ssl": "active"}
        domains = {**_domains(bucket), domain["domain"]: {**domain, "status": status}}
        self._r2.buckets.set_setting(bucket, "domains", domains)
        return success(domain)

    async def get_domain(self, request: Request) -> Response:
        return success(_domain(self._bucket(request), request.path_params["domain"]))

    async def change_domain(self, request: Request) -> Response:
        change = _dump(await _parsed(settings.DomainChange, request))
        bucket, name = self._bucket(request), request.path_params["domain"]
        changed = {**_domain(bucket, name), **change, "domain": name}
        domains = {**_domains(bucket), name: changed}
        self._r2.buckets.set_setting(bucket, "domains", domains)
        return success({key: it for key, it in changed.items() if key != "status"})

    async def delete_domain(self, request: Request) -> Response:
        bucket, name = self._bucket(request), request.path_params["domain"]
        _domain(bucket, name)
        left = {key: it for key, it in _domains(bucket).items() if key != name}
        self._r2.buckets.set_setting(bucket, "domains", left)
        return success({"domain": name})

    # -- event notifications

    async def list_notifications(self, request: Request) -> Response:
        bucket = self._bucket(request)
        queues = [self._queue(bucket, queue_id) for queue_id in _notifications(bucket)]
        if not queues:
            raise R2NoNotifications
        return success({"bucketName": bucket.name, "queues": queues})

    async def get_notifications(self, request: Request) -> Response:
        return success(self._queue(self._bucket(request), request.path_params["queue_id"]))

    async def add_notifications(self, request: Request) -> Response:
        document = await _parsed(settings.NotificationRules, request)
        bucket, queue_id = self._bucket(request), request.path_params["queue_id"]
        if self._queue_name(bucket.account_id, queue_id) is None:
            raise QueueNotFound
        made = [
            {**_dump(it), "ruleId": uuid.uuid4().hex, "createdAt": now()} for it in document.rules
        ]
        known = _notifications(bucket)
        rules = [*known.get(queue_id, ()), *made]
        self._r2.buckets.set_setting(bucket, "notifications", {**known, queue_id: rules})
        return success({})

    async def delete_notifications(self, request: Request) -> Response:
        body = await json_object(request) if await request.body() else {}
        bucket, queue_id = self._bucket(request), request.path_params["queue_id"]
        known, named = _notifications(bucket), body.get("ruleIds")
        if queue_id not in known:
            raise QueueNotFound
        if named is not None and not isinstance(named, list):
            raise R2MalformedBody
        left = [it for it in known[queue_id] if named and it["ruleId"] not in named]
        others = {key: it for key, it in known.items() if key != queue_id}
        rules = {**others, queue_id: left} if left else others
        self._r2.buckets.set_setting(bucket, "notifications", rules)
        return success({})

    # -- all

    def _bucket(self, request: Request) -> R2Bucket:
        jurisdiction = check_jurisdiction(request.headers.get("cf-r2-jurisdiction"))
        account, name = request.path_params["account_id"], request.path_params["bucket"]
        return self._r2.buckets.require(account, name, jurisdiction)

    async def _put_rules(self, request: Request, subject: str, model: type[BaseModel]) -> Response:
        document = _dump(await _parsed(model, request))
        self._r2.buckets.set_setting(self._bucket(request), subject, document)
        return success({})

    def _queue(self, bucket: R2Bucket, queue_id: str) -> Json:
        name = self._queue_name(bucket.account_id, queue_id)
        if name is None:
            raise QueueNotFound
        rules = _notifications(bucket).get(queue_id, [])
        return {"queueId": queue_id, "queueName": name, "rules": rules}


async def _parsed(model: type[Document], request: Request) -> Document:
    try:
        return model.model_validate(await json_object(request))
    except ValidationError as invalid:
        problem = invalid.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, problem["loc"]))
        raise R2MalformedBody(f"{R2MalformedBody.text} {where}: {problem['msg']}") from None


def _dump(document: BaseModel) -> dict[str, Json]:
    return document.model_dump(mode="json", by_alias=True, exclude_none=True)


def _managed(bucket: R2Bucket) -> Json:
    token = uuid.uuid5(uuid.NAMESPACE_OID, f"{bucket.account_id}/{bucket.id}").hex
    return {
        "bucketId": token,
        "domain": f"pub-{token}.r2.dev",
        "enabled": bucket.settings.get("managed", False),
    }


def _domains(bucket: R2Bucket) -> dict[str, Json]:
    return dict(bucket.settings.get("domains", {}))


def _domain(bucket: R2Bucket, name: str) -> Json:
    found = _domains(bucket).get(name)
    if found is None:
        raise R2DomainNotFound
    return found


def _notifications(bucket: R2Bucket) -> dict[str, Json]:
    return dict(bucket.settings.get("notifications", {}))
