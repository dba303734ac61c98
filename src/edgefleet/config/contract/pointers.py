"""JSON pointers (RFC 6901) into a tenant's settings and vars."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from edgefleet.core.model import Json

SETTINGS, VARS = "settings", "vars"
POINTER = rf"^/(?:{SETTINGS}|{VARS})(?:/(?:[^~/]|~[01])*)+$"
"""Every pointer begins with what it points into, and names at least one key there."""

NOTHING = object()
"""What `find` returns where a pointer leads to no value; null is a value."""

_BRANCHES = ("$dynamicRef", "allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas")
"""Keywords by which a schema may know more keys than it names."""


@lru_cache(maxsize=1024)
def keys(pointer: str) -> tuple[str, ...]:
    """Return the keys of a pointer, the first of which is `settings` or `vars`."""
    parts = pointer.split("/")[1:]
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)


def find(value: Json, path: tuple[str, ...]) -> Any:
    """Return what stands at these keys, or NOTHING."""
    for key in path:
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and _is_index(key) and int(key) < len(value):
            value = value[int(key)]
        else:
            return NOTHING
    return value


def may_lead_somewhere(schema: Json, path: tuple[str, ...], root: Json) -> bool:
    """Whether a value that `schema` allows can have something at these keys.

    True where the schema does not tell. `root` is the whole schema, for references.
    """
    schema = _dereferenced(schema, root)
    if not isinstance(schema, Mapping) or not path or set(_BRANCHES) & schema.keys():
        return schema is not False
    below = _below(schema, path[0])
    return below is not False and may_lead_somewhere(below, path[1:], root)


def _below(schema: Mapping[str, Json], key: str) -> Json:
    """Return the schema of what stands at a key; False where nothing may stand there."""
    named = schema.get("properties", {})
    if key in named:
        return named[key]
    if not set(_listed(schema.get("type", ["object", "array"]))) & {"object", "array"}:
        return False
    for pattern, each in schema.get("patternProperties", {}).items():
        if re.search(pattern, key):
            return each
    if _is_index(key) and not named:
        return schema.get("items", True)
    # A schema that names keys means those, unless it says that others may stand beside them.
    return schema.get("additionalProperties", not named)


def _dereferenced(schema: Json, root: Json) -> Json:
    seen: list[str] = []
    while isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str):
        reference = schema["$ref"]
        if reference in seen or not reference.startswith("#/"):
            return True
        seen.append(reference)
        schema = find(root, keys(reference.removeprefix("#")))
    return schema


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) < 10
