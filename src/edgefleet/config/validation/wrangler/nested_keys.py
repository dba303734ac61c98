"""Find keys below the top level of a wrangler file that have no decision."""

from collections.abc import Iterator, Mapping

from edgefleet.cloudflare.worker.binding_types import KINDS
from edgefleet.cloudflare.worker.unsupported import WRANGLER
from edgefleet.cloudflare.wrangler_keys import DECISIONS, decision, known
from edgefleet.config.overlay.merge import NAMED_LISTS
from edgefleet.config.reading.rule import KeyPath
from edgefleet.core.model import Json

UPLOADED = frozenset(
    f"{section}.{key}"
    for section, kind in KINDS.items()
    for key in (kind.name, *kind.needed, *kind.extra)
)
"""Keys of bindings that edgefleet uploads, whatever the schema says of them."""


def _simple() -> Mapping[str, frozenset[str]]:
    divided = {key.rpartition(".")[0] for key in DECISIONS}
    sections: dict[str, set[str]] = {section: set() for section in divided}
    for key, found in DECISIONS.items():
        section, _, name = key.rpartition(".")
        if (found.whole or key not in divided) and known(found, WRANGLER):
            sections[section].add(name)
    return {section: frozenset(names) for section, names in sections.items()}


SIMPLE = _simple()
"""The keys of each section that are known and need no further look; nearly all are."""


def undecided(section: Mapping[str, Json]) -> Iterator[KeyPath]:
    """Yield each nested key that wrangler does not know."""
    for key, value in section.items():
        found = decision(key)
        if key != "env" and found is not None and not found.whole:
            yield from _below(value, key, (key,))


def _below(value: Json, name: str, path: KeyPath, *, entry: bool = False) -> Iterator[KeyPath]:
    """Yield those of a value; `entry` is whether it is one of a list."""
    if isinstance(value, list):
        simple = SIMPLE.get(name, frozenset())
        if all(isinstance(inner, dict) and inner.keys() <= simple for inner in value):
            return
        for number, inner in enumerate(value):
            yield from _below(inner, name, (*path, number), entry=True)
    elif isinstance(value, dict) and name in NAMED_LISTS and not entry:
        for binding, inner in value.items():  # an overlay may have bindings by their names
            yield from _below(inner, name, (*path, binding), entry=True)
    elif isinstance(value, dict):
        yield from _keys(value, name, path)


def _keys(value: Mapping[str, Json], name: str, path: KeyPath) -> Iterator[KeyPath]:
    simple = SIMPLE.get(name, frozenset())
    for key in () if value.keys() <= simple else [one for one in value if one not in simple]:
        inner = value[key]
        whole = f"{name}.{key}"
        found = decision(whole)
        here = (*path, key)
        if found is None:
            if whole not in UPLOADED:
                yield here
        elif not found.whole:
            yield from _below(inner, whole, here)
