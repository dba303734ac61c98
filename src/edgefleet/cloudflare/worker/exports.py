"""Declared exports of a Worker: its Durable Object classes without migrations, its entrypoints.

An upload carries the whole declaration, and Cloudflare brings the script's classes to it when the
version gets traffic. A class leaves by an entry that says so (a tombstone: deleted, renamed,
transferred). Of a version Cloudflare tells the live entries alone
(https://developers.cloudflare.com/durable-objects/reference/durable-objects-migrations/).
"""

from collections.abc import Mapping

from edgefleet.core.model import Json

DURABLE_OBJECT = "durable-object"
CREATED = "created"
LIVE_STATES = frozenset({CREATED, "expecting-transfer"})
TYPES = frozenset({DURABLE_OBJECT, "worker"})
"""The types that edgefleet deploys; that of a workflow stands in `workflows`."""


def uploaded_exports(resolved: Mapping[str, Json]) -> dict[str, Json] | None:
    """Return the `exports` of an upload; None where the configuration declares none."""
    return dict(resolved["exports"]) if resolved.get("exports") else None


def live_exports(declared: Mapping[str, Json] | None) -> dict[str, dict[str, Json]]:
    """Return the exports that exist once a version has traffic, in one form."""
    return {
        name: {key: value for key, value in entry.items() if (key, value) != ("state", CREATED)}
        for name, entry in (declared or {}).items()
        if entry.get("state", CREATED) in LIVE_STATES
    }


def leaving_text(declared: Mapping[str, Json] | None, name: str) -> str:
    """Return what becomes of the objects of a class that is no live export any more."""
    entry = (declared or {}).get(name) or {}
    match entry.get("state"):
        case "deleted":
            return f"the objects of {name} are deleted"
        case "renamed":
            return f"{name} becomes {entry.get('renamed_to')}"
        case "transferred":
            return f"the objects of {name} go to the script {entry.get('transferred_to')}"
    return f"{name} is no longer declared"
