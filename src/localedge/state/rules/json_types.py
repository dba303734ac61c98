"""Checks the JSON types in the metadata of uploads and settings."""

from collections.abc import Mapping

from localedge.model import Json
from localedge.wire.errors import BadBody

METADATA: dict[str, type] = {
    "main_module": str,
    "body_part": str,
    "compatibility_date": str,
    "usage_model": str,
    "annotations": dict,
    "observability": dict,
    "limits": dict,
    "placement": dict,
    "cache_options": dict,
    "migrations": dict,
    "exports": dict,
    "logpush": bool,
    "keep_assets": bool,
}
LISTS: dict[str, type] = {
    "bindings": dict,
    "tail_consumers": dict,
    "streaming_tail_consumers": dict,
    "compatibility_flags": str,
    "keep_bindings": str,
    "tags": str,
}
TYPE_NAMES: dict[type, str] = {
    str: "a string",
    dict: "an object",
    list: "an array",
    bool: "true or false",
}


def check_metadata(given: Mapping[str, Json]) -> None:
    """Refuse a value of another type than the API takes; null is as good as absent."""
    _check(given, METADATA)
    for key, kind in LISTS.items():
        value = given.get(key)
        if value is None:
            continue
        if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
            raise BadBody(f"{key} must be an array, each item {TYPE_NAMES[kind]}.")
    observability = given.get("observability") or {}
    _check(observability, {"enabled": bool, "logs": dict, "traces": dict})


def check_binding_types(binding: Mapping[str, Json]) -> None:
    """Refuse a binding one of whose keys should be a text and is none."""
    for key, value in binding.items():
        if key.endswith(("name", "id", "service")) and not isinstance(value, str | None):
            raise BadBody(f"{key} of a binding must be a string.")
    _check(binding, {"outbound": dict})
    worker = binding.get("outbound") or {}
    _check(worker, {"worker": dict, "params": list})
    _check(worker.get("worker") or {}, {"service": str, "environment": str})


def _check(given: Mapping[str, Json], shapes: Mapping[str, type]) -> None:
    for key, kind in shapes.items():
        if given.get(key) is not None and not isinstance(given[key], kind):
            raise BadBody(f"{key} must be {TYPE_NAMES[kind]}.")
