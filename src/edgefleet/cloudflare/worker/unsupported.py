"""What a wrangler file may ask for and edgefleet does not deploy: it is refused by its name."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from edgefleet.cloudflare.worker.exports import TYPES
from edgefleet.cloudflare.wrangler_keys import DECISIONS, Fate, known
from edgefleet.core.foreign.values import entries
from edgefleet.core.model import Json

WRANGLER = "4.164.0"
"""The version of package.json: what it does not know has no effect, and is not refused."""

SOME_VALUES = frozenset({"compliance_region", "legacy_env"})
"""Keys of which one value alone asks for what is refused."""

UNSUPPORTED = {
    each.key: each.why
    for each in DECISIONS.values()
    if each.fate is Fate.REFUSED and known(each, WRANGLER)
    if "." not in each.key and each.key not in SOME_VALUES
}
"""Keys of a wrangler file that no deploy would bring to Cloudflare -> what they stand for."""

_BELOW = [
    each.key
    for each in DECISIONS.values()
    if each.fate is Fate.REFUSED and "." in each.key and known(each, WRANGLER)
    if not each.key.startswith("queues.")
]
NESTED = {
    top: [key for key in _BELOW if key.startswith(f"{top}.")]
    for top in {key.partition(".")[0] for key in _BELOW}
}
"""The same below the top level, by the key there; what queues may not say depends on the value."""

DECIDED_HERE = frozenset(
    """
    main_module body_part bindings keep_bindings annotations migrations exports assets keep_assets
    compatibility_date compatibility_flags placement limits tail_consumers logpush observability
    cache_options containers package_dependencies
    """.split()
)
"""Keys of an upload that `unsafe.metadata` may not have: edgefleet decides and compares them."""

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
    for key in [one for one in resolved if one in UNSUPPORTED]:
        if resolved[key] not in ASKS_FOR_NOTHING:
            yield Unsupported((key,), key, UNSUPPORTED[key])
    yield from _queues(resolved.get("queues"))
    yield from _exports(resolved.get("exports"))
    yield from _metadata(resolved.get("unsafe"))
    for top in [one for one in resolved if one in NESTED]:
        for key in NESTED[top]:
            yield from (_refused(key, path) for path in _places(resolved, key.split(".")))
    if resolved.get("compliance_region") not in (None, "public"):
        yield _refused("compliance_region", ("compliance_region",))
    if resolved.get("legacy_env") is False:
        yield _refused("legacy_env", ("legacy_env",))


def _refused(key: str, path: tuple[str | int, ...]) -> Unsupported:
    return Unsupported(path, key, DECISIONS[key].why)


def unknown_to(version: str, resolved: Mapping[str, Json]) -> tuple[str, ...]:
    """Return the keys that would be deployed and that this version of wrangler would ignore."""
    newer = [
        each.key
        for each in DECISIONS.values()
        if each.fate in (Fate.DEPLOYED, Fate.PASSED) and not known(each, version)
    ]
    found = [key for key in newer if any(_places(resolved, key.split(".")))]
    return tuple(key for key in found if key.rpartition(".")[0] not in found)


def _places(
    value: Json, rest: list[str], path: tuple[str | int, ...] = ()
) -> Iterator[tuple[str | int, ...]]:
    """Yield each place where `rest` of a key is found: in an object, or in those of a list."""
    if isinstance(value, list) and rest:
        for number, one in enumerate(value):
            yield from _places(one, rest, (*path, number))
    elif not rest:
        if value is not None:
            yield path
    elif isinstance(value, dict) and rest[0] in value:
        yield from _places(value[rest[0]], rest[1:], (*path, rest[0]))


def _queues(queues: Json) -> Iterator[Unsupported]:
    """Yield delays of producers and timeouts of consumers: they have no effect at Cloudflare."""
    for number, one in entries(queues, "consumers"):
        if one.get("visibility_timeout_ms") is not None:
            key = "queues.consumers.visibility_timeout_ms"
            path = ("queues", "consumers", number, "visibility_timeout_ms")
            yield Unsupported(path, key, DECISIONS[key].why)
    for number, one in entries(queues, "producers"):
        if one.get("delivery_delay"):
            key = f"queues.producers[{number}].delivery_delay"
            path = ("queues", "producers", number, "delivery_delay")
            yield Unsupported(path, key, DECISIONS["queues.producers.delivery_delay"].why)


def _exports(exports: Json) -> Iterator[Unsupported]:
    """Yield exports of other types than `exports.TYPES`, and those with a container."""
    for name, entry in exports.items() if isinstance(exports, Mapping) else ():
        if isinstance(entry, Mapping) and entry.get("type") not in TYPES:
            what = "an export of another type; a workflow stands in workflows"
            yield Unsupported(("exports", name, "type"), f"exports.{name}", what)
        elif isinstance(entry, Mapping) and entry.get("container"):
            yield Unsupported(("exports", name, "container"), f"exports.{name}", "a container")


def _metadata(unsafe: Json) -> Iterator[Unsupported]:
    """Yield what `unsafe.metadata` would put in place of what edgefleet says itself."""
    given = unsafe.get("metadata") if isinstance(unsafe, Mapping) else None
    for key in sorted(DECIDED_HERE & given.keys()) if isinstance(given, Mapping) else ():
        what = "a key of uploads that edgefleet writes and compares itself"
        yield Unsupported(("unsafe", "metadata", key), f"unsafe.metadata.{key}", what)
