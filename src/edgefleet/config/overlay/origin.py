"""Find the file and the key from which a value of a resolved configuration came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from edgefleet.config.overlay.merge import NAMED_LISTS, named_entries
from edgefleet.core.model import Json

Keys: TypeAlias = tuple[str | int, ...]
"""Keys and list indexes from the root of a document down to a value."""


class ValueOrigin(NamedTuple):
    """A key in a file, which is relative to the root."""

    file: str
    keys: Keys


@dataclass(frozen=True, slots=True)
class Layer:
    """One part of a wrangler file: its top level, or one of its environments."""

    file: str
    prefix: Keys
    """Where the part stands in the file."""
    keys: Mapping[str, Json]


class _Found(NamedTuple):
    keys: Keys
    """As much of what was looked for as this layer has, as it stands there."""
    decides: bool
    """Whether no layer below has a say: it is all there, or was replaced or taken away."""


def origin(layers: Sequence[Layer], resolved: Json, keys: Keys) -> ValueOrigin | None:
    """Return where the highest layer says what stands at `keys` of the resolved configuration.

    In a list of bindings a key is the index of an entry, or the name of a binding that is missing.
    For something that no layer has, it is the longest part of it that one has; None for no part.
    """
    best: tuple[int, ValueOrigin | None] = (0, None)
    for layer in reversed(layers):
        found = _find(layer.keys, resolved, keys)
        here = ValueOrigin(layer.file, (*layer.prefix, *found.keys))
        if found.decides:
            return here
        if len(found.keys) > best[0]:
            best = len(found.keys), here
    return best[1]


def _find(node: Json, resolved: Json, keys: Keys) -> _Found:
    found: Keys = ()
    section = ""
    for key in keys:
        name_key = NAMED_LISTS.get(section)
        here = key
        if name_key and isinstance(node, list | dict):
            here = _entry(node, resolved, key, name_key)
        elif not isinstance(node, dict) and not (isinstance(node, list) and _has(node, key)):
            return _Found(found, decides=True)
        if not _has(node, here):
            return _Found(found, decides=False)
        node, resolved = _get(node, here), _below(resolved, key, name_key)
        found = (*found, here)
        section = f"{section}[]" if name_key else f"{section}.{key}".lstrip(".")
    return _Found(found, decides=True)


def _entry(node: Json, resolved: Json, key: str | int, name_key: str) -> str | int:
    """Return which entry of a layer's list is the binding that `key` means; -1 for none."""
    if isinstance(key, int):
        entries = list(named_entries(resolved, name_key)) if isinstance(resolved, list) else []
        named, entry = entries[key] if key < len(entries) else (None, None)
    else:
        named, entry = (key, 0), None
    if isinstance(node, dict):
        return named[0] if named and named[1] == 0 else -1
    for number, (own, value) in enumerate(named_entries(node, name_key)):
        if own == named and (named is not None or value == entry):
            return number
    return -1


def _has(node: Json, key: str | int) -> bool:
    if isinstance(node, dict):
        return key in node
    return isinstance(node, list) and isinstance(key, int) and 0 <= key < len(node)


def _below(resolved: Json, key: str | int, name_key: str | None) -> Json:
    if name_key and isinstance(key, str) and isinstance(resolved, list):
        named = dict(named_entries(resolved, name_key))
        return named.get((key, 0))
    return _get(resolved, key) if _has(resolved, key) else None


def _get(node: Any, key: str | int) -> Json:
    return node[key]
