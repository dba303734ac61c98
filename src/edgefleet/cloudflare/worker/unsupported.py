"""What a wrangler file may ask for and edgefleet does not deploy: it is refused by its name."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from edgefleet.core.model import Json

UNSUPPORTED = {
    "assets": "static assets",
    "site": "Workers Sites",
    "containers": "containers",
    "unsafe": "bindings and metadata that are passed on unread",
    "streaming_tail_consumers": "Workers that get logs as they are written",
    "upload_source_maps": "source maps of the modules",
    "python_modules": "modules of Python Workers",
    "wasm_modules": "modules of service workers; an ES module imports its .wasm file",
    "text_blobs": "files of service workers; an ES module imports its text",
    "data_blobs": "files of service workers; an ES module imports its data",
}
"""Keys of a wrangler file that need more than metadata and modules -> what they stand for."""

ASKS_FOR_NOTHING: tuple[Json, ...] = (None, False, [])


class Unsupported(NamedTuple):
    """One thing that is asked for: where in the file, as people write that, and what it is."""

    path: tuple[str | int, ...]
    key: str
    what: str


def unsupported(resolved: Mapping[str, Json]) -> Iterator[Unsupported]:
    """Yield what a resolved configuration asks for that no deploy would bring to Cloudflare.

    An empty object asks for something, too: wrangler does with `"assets": {}` what a build tool
    wrote down elsewhere.
    """
    for key, what in UNSUPPORTED.items():
        if resolved.get(key) not in ASKS_FOR_NOTHING:
            yield Unsupported((key,), key, what)
    yield from _queues(resolved.get("queues"))
    yield from _workflows(resolved)
    if resolved.get("compliance_region") not in (None, "public"):
        what = "an account of a region with a separate API"
        yield Unsupported(("compliance_region",), "compliance_region", what)
    if resolved.get("legacy_env") is False:
        yield Unsupported(("legacy_env",), "legacy_env", "environments within one script")


def _queues(queues: Json) -> Iterator[Unsupported]:
    """Yield consumers, and delays of producers: neither edgefleet nor wrangler uploads these."""
    if not isinstance(queues, Mapping):
        return
    if queues.get("consumers") not in ASKS_FOR_NOTHING:
        yield Unsupported(("queues", "consumers"), "queues.consumers", "queue consumers")
    producers = queues.get("producers")
    for number, one in enumerate(producers if isinstance(producers, list) else ()):
        if isinstance(one, Mapping) and one.get("delivery_delay"):
            key = f"queues.producers[{number}].delivery_delay"
            path = ("queues", "producers", number, "delivery_delay")
            yield Unsupported(path, key, "delays of a producer; set the delay at the queue")


def _workflows(resolved: Mapping[str, Json]) -> Iterator[Unsupported]:
    """Yield this script's own workflows; a binding to one of another script needs no more."""
    declared = resolved.get("workflows")
    for number, one in enumerate(declared if isinstance(declared, list) else ()):
        script = one.get("script_name") if isinstance(one, Mapping) else None
        if script in (None, resolved.get("name")):
            what = "workflows of this script, which must be registered besides the upload"
            yield Unsupported(("workflows", number), f"workflows[{number}]", what)
