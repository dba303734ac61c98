"""The kinds of resources that are made by a name: where each is listed, and what a new one needs.

https://developers.cloudflare.com/api/ has a page of each.
"""

from collections.abc import Mapping
from typing import NamedTuple

from edgefleet.cloudflare.named_resources import ResourceKind as K
from edgefleet.core.model import Json
from edgefleet.core.secret import Secret

PAGE = 100
SMALL_PAGE = 50


class CreatableKind(NamedTuple):
    """One kind: the path of its list below an account, and the keys of an entry."""

    path: str
    name: str
    id: str
    """The key of what a binding names: an id, or the name itself."""
    page: int = 0
    """How many entries a page may hold; 0 for a list without pages."""


CREATABLE: Mapping[K, CreatableKind] = {
    K.NAMESPACE: CreatableKind("storage/kv/namespaces", "title", "id", PAGE),
    K.DATABASE: CreatableKind("d1/database", "name", "uuid", PAGE),
    K.INDEX: CreatableKind("vectorize/v2/indexes", "name", "name"),
    K.BUCKET: CreatableKind("r2/buckets", "name", "name"),
    K.QUEUE: CreatableKind("queues", "queue_name", "queue_name", PAGE),
    K.HYPERDRIVE: CreatableKind("hyperdrive/configs", "name", "id", PAGE),
    K.GATEWAY: CreatableKind("ai-gateway/gateways", "id", "id", SMALL_PAGE),
    K.DISPATCH_NAMESPACE: CreatableKind(
        "workers/dispatch/namespaces", "namespace_name", "namespace_name"
    ),
}
"""In each of them an account has a name once."""

GATEWAY: Mapping[str, Json] = {
    "cache_invalidate_on_update": False,
    "cache_ttl": 0,
    "collect_logs": True,
    "rate_limiting_interval": 0,
    "rate_limiting_limit": 0,
}
"""A gateway that logs, and neither caches nor limits."""


class DatabaseOrigin(NamedTuple):
    """The database behind a Hyperdrive configuration, and how Cloudflare opens it."""

    scheme: str
    host: str
    port: int
    database: str
    user: str
    password: Secret


class NewResource(NamedTuple):
    """What is to be made; `location` and `jurisdiction` are empty where nothing is asked."""

    kind: K
    name: str
    jurisdiction: str = ""
    location: str = ""
    dimensions: int = 0
    metric: str = ""


class ExistingResource(NamedTuple):
    """What an account has; a Vectorize index with its shape."""

    name: str
    id: str
    dimensions: int | None = None
    metric: str | None = None


def body_of(new: NewResource, origin: DatabaseOrigin | None) -> dict[str, Json]:
    """Return what asks Cloudflare for a new resource."""
    name = new.name
    match new.kind:
        case K.NAMESPACE:
            return {"title": name, **_told(jurisdiction=new.jurisdiction)}
        case K.DATABASE:
            places = _told(jurisdiction=new.jurisdiction, primary_location_hint=new.location)
            return {"name": name, **places}
        case K.INDEX:
            return {"name": name, "config": {"dimensions": new.dimensions, "metric": new.metric}}
        case K.BUCKET:
            return {"name": name, **_told(locationHint=new.location)}
        case K.QUEUE:
            return {"queue_name": name}
        case K.GATEWAY:
            return {"id": name, **GATEWAY}
        case K.HYPERDRIVE if origin is not None:
            return {"name": name, "origin": _opened(origin)}
    return {"name": name}


def headers_of(jurisdiction: str) -> dict[str, str]:
    """Return the headers of requests for R2: each jurisdiction has its own buckets."""
    return {"cf-r2-jurisdiction": jurisdiction} if jurisdiction else {}


def _told(**keys: str) -> dict[str, Json]:
    return {key: value for key, value in keys.items() if value}


def _opened(origin: DatabaseOrigin) -> dict[str, Json]:
    return {**origin._asdict(), "password": origin.password.reveal()}
