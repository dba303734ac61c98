"""Reading requests of API v4: path parameters, JSON bodies, pagination, client."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import Request

from localedge.model import Json, ScriptRef
from localedge.wire.errors import BadBody

T = TypeVar("T")

LAST_PAGE = 1_000_000
MOST_DIGITS = 18
"""Fewer than SQLite's 64 bits hold, and than Python refuses to read (4,300)."""
PLACES = {
    "jurisdiction": ("eu", "fedramp", "us"),
    "primary_location_hint": ("apac", "eeur", "enam", "oc", "weur", "wnam"),
}
"""Where Cloudflare keeps a store, as who makes it may ask
(https://developers.cloudflare.com/api/resources/d1/subresources/database/methods/create/)."""


def script_ref(request: Request) -> ScriptRef:
    """Return the script that the path names, also one in a dispatch namespace."""
    given = request.path_params
    namespace = f"{given['namespace']}/" if "namespace" in given else ""
    return ScriptRef(given["account_id"], namespace + given["name"])


async def json_body(request: Request) -> Json:
    """Parse the body as JSON; raise `BadBody` where it is none."""
    return parse_json(await request.body(), "The body")


async def json_object(request: Request) -> dict[str, Json]:
    """Parse the body as a JSON object."""
    return as_object(await json_body(request), "The body")


async def json_list(request: Request) -> list[dict[str, Json]]:
    """Parse the body as a JSON array of objects."""
    return as_objects(await json_body(request), "The body")


def parse_json(text: str | bytes, what: str) -> Json:
    """Parse JSON; raise `BadBody` naming `what` where it is none, or no text that can be stored."""
    try:
        value = json.loads(text)
        # JSON can spell halves of characters, which no encoding can.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as broken:
        raise BadBody(f"{what} is no JSON.") from broken
    return value


def as_objects(value: Json, what: str) -> list[dict[str, Json]]:
    """Return `value` if it is a JSON array of objects."""
    if not isinstance(value, list):
        raise BadBody(f"{what} must be a JSON array.")
    return [as_object(item, f"Each item of {what[0].lower()}{what[1:]}") for item in value]


def as_object(value: Json, what: str) -> dict[str, Json]:
    """Return `value` if it is a JSON object; raise `BadBody` naming `what` where it is not."""
    if not isinstance(value, dict):
        raise BadBody(f"{what} must be a JSON object.")
    return value


def as_text(value: Json, what: str) -> str:
    """Return `value` if it is a text that is not empty; raise `BadBody` where it is not."""
    if not isinstance(value, str) or not value:
        raise BadBody(f"{what} must be a string and not be empty.")
    return value


def whole_number(text: str) -> int | None:
    """Return the number of a text of digits; None for another text, and for a longer one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def check_place(body: Mapping[str, Json]) -> None:
    """Raise `BadBody` where a body names no place for a store's data; there are none here.

    `jurisdiction` and `primary_location_hint` of a KV namespace or a D1 database.
    """
    for key, known in PLACES.items():
        if key in body and body[key] not in known:
            raise BadBody(f"{key} must be one of: {', '.join(known)}.")


def flag(request: Request, name: str) -> bool:
    """Return a query parameter that is `true` or absent."""
    return request.query_params.get(name, "").lower() == "true"


def client_source(request: Request) -> str:
    """Return the client as `metadata.source` names it: `wrangler` or `api`."""
    agent = request.headers.get("user-agent", "")
    return "wrangler" if agent.startswith(("wrangler", "undici", "node")) else "api"


@dataclass(frozen=True, slots=True)
class Pagination:
    """One page of a list: numbers from 1, `size` items each."""

    number: int
    size: int

    @classmethod
    def from_request(cls, request: Request, *, size: int = 20, most: int = 1000) -> "Pagination":
        """Read `page` and `per_page`; raise `BadBody` where one is no number above 0."""
        try:
            number = int(request.query_params.get("page", "1"))
            per_page = int(request.query_params.get("per_page", str(size)))
        except ValueError as broken:
            raise BadBody("page and per_page must be numbers.") from broken
        if not 1 <= number <= LAST_PAGE or per_page < 1:
            raise BadBody(f"page must be from 1 to {LAST_PAGE}, per_page 1 or more.")
        return cls(number, min(per_page, most))

    @property
    def offset(self) -> int:
        """How many items come before this page."""
        return (self.number - 1) * self.size

    def slice(self, items: Sequence[T]) -> list[T]:
        """Return the items of this page."""
        return list(items[self.offset : self.offset + self.size])

    def info(self, total: int, count: int) -> dict[str, int]:
        """Return the `result_info` of this page of `count` out of `total` items."""
        return {
            "page": self.number,
            "per_page": self.size,
            "count": count,
            "total_count": total,
            "total_pages": -(-total // self.size),
        }
