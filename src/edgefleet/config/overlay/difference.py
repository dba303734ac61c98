"""In what a tenant differs from the Worker's own wrangler file."""

from collections.abc import Iterator, Mapping

from edgefleet.config.overlay.layers import Layers
from edgefleet.config.overlay.merge import NAMED_LISTS, named_entries
from edgefleet.core.model import Json, Model


class Difference(Model):
    """One value that differs: `base` and `own` are None where one of the two has none."""

    path: str
    """Such as `vars.LOG_LEVEL`; a binding stands by its name: `kv_namespaces.CACHE.id`."""
    base: Json
    own: Json
    file: str
    """The file that says it, relative to the root."""


def differences(layers: Layers, environment: str) -> Iterator[Difference]:
    """Yield each value in which an environment differs from the base alone."""
    base = layers.below.resolve(environment) if layers.below.has(environment) else {}
    own = layers.resolve(environment)
    before, after = dict(_flat(base)), dict(_flat(own))
    for keys in dict.fromkeys((*after, *before)):
        here, there = before.get(keys), after.get(keys)
        # A binding with a name alone, to which the other side adds keys.
        bare = {} in (here, there) and any(
            each[: len(keys)] == keys != each for each in (*before, *after)
        )
        if here != there and not bare:
            where = layers.origin(environment, keys)
            path = ".".join(keys)
            yield Difference(path=path, base=here, own=there, file=where.file)


def _flat(value: Json, keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Yield each value that is no object, with its keys; bindings stand by their names."""
    name = NAMED_LISTS.get(".".join(keys))
    if name and isinstance(value, list):
        named = {named[0]: entry for named, entry in named_entries(value, name) if named}
        value = {key: _without(entry, name) for key, entry in named.items()}
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _flat(inner, (*keys, key))
    else:
        yield keys, value


def _without(entry: Json, name: str) -> Json:
    return {key: value for key, value in entry.items() if key != name}
