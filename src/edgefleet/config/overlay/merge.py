"""Merge one layer of a wrangler configuration over another.

Objects merge key by key, `null` takes a key away (as in JSON Merge Patch, RFC 7396), and lists of
bindings merge by the bindings' names. Every other value, and every other list, replaces what is
below it.
"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from edgefleet.cloudflare.worker.binding_types import KINDS
from edgefleet.core.model import Json

NAMED_LISTS: Mapping[str, str] = {
    **{section: kind.name for section, kind in KINDS.items() if not kind.single},
    "queues.consumers": "queue",
}
"""Sections that are lists of named things (a dot leads into an object) -> the key of the name."""

Nth: TypeAlias = tuple[str, int]
"""A name, and how many entries of the list have had it before."""


def merge(below: Mapping[str, Json], above: Mapping[str, Json], section: str = "") -> Json:
    """Return an object with another one merged over it; neither is changed."""
    merged = dict(below)
    for key, value in above.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, str):  # nearly all are; nothing is below a text
            merged[key] = value
        else:
            inner = f"{section}.{key}" if section else key
            merged[key] = _value(merged.get(key), value, inner)
    return merged


def _value(below: Json, above: Json, section: str) -> Json:
    if section in NAMED_LISTS and isinstance(above, list | dict):
        return _list(below if isinstance(below, list) else [], above, section)
    if isinstance(above, dict):
        return merge(below if isinstance(below, dict) else {}, above, section)
    return above


def _list(below: list[Json], above: Json, section: str) -> list[Json]:
    key = NAMED_LISTS[section]
    merged: dict[Nth | int, Json] = {}
    for named, entry in named_entries(below, key):
        merged[named or len(merged)] = entry
    if isinstance(above, dict):
        for name in (name for name, value in above.items() if value is None):
            merged.pop((name, 0), None)
        above = [value | {key: name} for name, value in _by_name(above)]
    for named, entry in named_entries(above, key):
        old = merged.get(named) if named else None
        whole = named and isinstance(old, dict | None)
        merged[named or len(merged)] = merge(old or {}, entry, f"{section}[]") if whole else entry
    return list(merged.values())


def _by_name(section: Mapping[str, Json]) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield the bindings of a section that is written as an object with their names as keys."""
    for name, value in section.items():
        if value is not None:
            yield name, dict(value) if isinstance(value, dict) else {}


def named_entries(entries: list[Json], key: str) -> Iterator[tuple[Nth | None, Json]]:
    """Yield each entry of a list with its name; None for an entry that has none."""
    seen: dict[str, int] = {}
    for entry in entries:
        name = entry.get(key) if isinstance(entry, dict) else None
        if isinstance(name, str):
            number = seen.get(name, 0)
            yield (name, number), entry
            seen[name] = number + 1
        else:
            yield None, entry
