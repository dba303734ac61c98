"""What to say over a layer so that it becomes a wanted configuration: the inverse of `merge`."""

from collections.abc import Mapping

from edgefleet.config.overlay.merge import NAMED_LISTS, named_entries
from edgefleet.core.model import Json


def over(
    below: Mapping[str, Json], wanted: Mapping[str, Json], section: str = ""
) -> dict[str, Json]:
    """Return the least that, merged over `below`, gives `wanted`; neither is changed.

    A `null` in `wanted` that `below` does not have cannot be said: in an overlay it takes a key
    away. Bindings keep the order in which `below` has them.
    """
    found: dict[str, Json] = {}
    for key, value in wanted.items():
        inner = f"{section}.{key}" if section else key
        if key not in below or not _same(below[key], value):
            found[key] = _value(below.get(key), value, inner)
    return found | {key: None for key in below if key not in wanted}


def _value(below: Json, wanted: Json, section: str) -> Json:
    if section in NAMED_LISTS and isinstance(wanted, list):
        return _list(below if isinstance(below, list) else [], wanted, section)
    if isinstance(wanted, Mapping):
        return over(below if isinstance(below, Mapping) else {}, wanted, section)
    return wanted


def _list(below: list[Json], wanted: list[Json], section: str) -> Json:
    """Return the entries that differ; as an object with their names, where one is taken away."""
    key = NAMED_LISTS[section]
    before = {named: entry for named, entry in named_entries(below, key) if named}
    after = dict(named_entries(wanted, key))
    changed = [
        {key: entry[key], **over(before.get(named) or {}, entry, f"{section}[]")}
        for named, entry in after.items()
        if named and not (named in before and _same(before[named], entry))
    ]
    gone = [name for name, _ in before if (name, 0) not in after]
    if not gone:
        return changed
    named = {entry[key]: {k: v for k, v in entry.items() if k != key} for entry in changed}
    return named | dict.fromkeys(gone)


def _same(one: Json, other: Json) -> bool:
    """Whether two values of a file are equal; to Python, `1` and `true` are."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and bool(one == other)
