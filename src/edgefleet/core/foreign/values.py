"""Look into parsed JSON of any shape: another rule reports a wrong one."""

from collections.abc import Iterator, Mapping

from edgefleet.core.model import Json


def at(value: Json, *keys: str) -> Json:
    """Return what stands below `keys`, or None where any of them is absent."""
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def entries(value: Json, *keys: str) -> Iterator[tuple[int, Mapping[str, Json]]]:
    """Yield each object of the list below `keys`, with its number there; none without a list."""
    found = at(value, *keys)
    for number, one in enumerate(found if isinstance(found, list) else ()):
        if isinstance(one, Mapping):
            yield number, one
