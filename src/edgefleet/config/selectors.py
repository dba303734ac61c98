"""Selectors, with which commands name tenants: `acme,shop-*,ring:0,tag:eu`, or `all`."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import NamedTuple, NoReturn

from edgefleet.core.model import Json
from edgefleet.errors import UsageError

ALL = "all"
GLOB = re.compile(r"[*?\[]")
RING = re.compile(r"[0-9]{1,3}")


class Labels(NamedTuple):
    """What a tenant may be selected by, besides its name."""

    ring: int
    tags: frozenset[str]


def labels(config: Mapping[str, Json]) -> Labels | None:
    """Return the labels in a tenant.config.json; None if they are invalid."""
    ring, tags = config.get("ring", 0), config.get("tags", [])
    if type(ring) is not int or not isinstance(tags, list) or "tenantId" not in config:
        return None
    return Labels(ring, frozenset(str(tag) for tag in tags))


LabelsOf = Callable[[str], Labels]
"""Reads a tenant's labels, only if a selector needs them."""


def select(expression: str, names: Sequence[str], labels_of: LabelsOf) -> tuple[str, ...]:
    """Return the tenants that any term of `expression` names, in the order of `names`.

    Raises `UsageError` for a term that names no tenant: it is a slip of the pen, and a run over
    fewer tenants than were meant must not look like a good one.
    """
    terms = [term.strip() for term in expression.split(",") if term.strip()]
    if not terms:
        raise UsageError("the selector names no tenant", hint="name tenants, or use 'all'")
    found = {name for term in terms for name in _matches(term, names, labels_of)}
    return tuple(name for name in names if name in found)


def _matches(term: str, names: Sequence[str], labels_of: LabelsOf) -> Sequence[str]:
    if term == ALL:
        return names
    kind, colon, word = term.partition(":")
    if colon:
        return _labelled(kind, word, names, labels_of)
    if GLOB.search(term):
        found = [name for name in names if fnmatchcase(name, term)]
        return found or _fail(f"no tenant's name matches '{term}'", names)
    return [term] if term in names else _unknown(term, names)


def _labelled(kind: str, word: str, names: Sequence[str], labels_of: LabelsOf) -> Sequence[str]:
    known = {name: labels_of(name) for name in names}
    if kind == "ring" and RING.fullmatch(word):
        found = [name for name, its in known.items() if its.ring == int(word)]
        rings = sorted({its.ring for its in known.values()})
        return found or _fail(f"no tenant is in ring {int(word)}", map(str, rings), " rings")
    if kind == "tag" and word:
        found = [name for name, its in known.items() if word in its.tags]
        tags = sorted({tag for its in known.values() for tag in its.tags})
        return found or _fail(f"no tenant has the tag '{word}'", tags, " tags")
    raise UsageError(
        f"'{kind}:{word}' selects nothing",
        hint="a selector is a tenant's name, a glob, ring:NUMBER, tag:TAG, or all",
    )


def _unknown(name: str, names: Sequence[str]) -> NoReturn:
    near = get_close_matches(name, names, n=1)
    if near:
        raise UsageError(f"there is no tenant '{name}'", hint=f"did you mean '{near[0]}'?")
    _fail(f"there is no tenant '{name}'", names)


def _fail(message: str, known: Iterable[str], what: str = "") -> NoReturn:
    there_are = ", ".join(known) or ("none" if what else "none: tenants/ is empty")
    raise UsageError(message, hint=f"there are{what}: {there_are}")
