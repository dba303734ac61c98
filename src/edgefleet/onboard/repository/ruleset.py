"""How a repository's live ruleset differs from the one that its files hold."""

import json
from collections.abc import Iterator, Mapping, Sequence

from edgefleet.core.model import Json

NAMES = ("type", "context", "actor_type")
"""What an item of a list is known by: a rule, a required check, who may pass by the rules."""


def ruleset_differences(wanted: Json, live: Json, path: str = "ruleset") -> Iterator[str]:
    """Yield a line for each difference, either way.

    What GitHub adds to a ruleset and the files do not name is its default, and no difference; an
    item of a list that they do not name is one.
    """
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        for key, value in wanted.items():
            if key in live:
                yield from ruleset_differences(value, live[key], f"{path}.{key}")
            else:
                yield f"{path}.{key}: not set, should be {json.dumps(value)}"
    elif isinstance(wanted, list) and isinstance(live, list):
        yield from _items(_named(wanted), _named(live), path)
    elif wanted != live:
        yield f"{path}: is {json.dumps(live)}, should be {json.dumps(wanted)}"


def _items(wanted: Mapping[str, Json], live: Mapping[str, Json], path: str) -> Iterator[str]:
    for name, item in wanted.items():
        if name in live:
            yield from ruleset_differences(item, live[name], f"{path}.{name}")
        else:
            yield f"{path}: {name} is missing"
    yield from (f"{path}: {name} should not be there" for name in live if name not in wanted)


def _named(items: Sequence[Json]) -> dict[str, Json]:
    return {_name(item): item for item in items}


def _name(item: Json) -> str:
    if not isinstance(item, Mapping):
        return str(item)
    known = next((str(item[key]) for key in NAMES if key in item), json.dumps(item))
    return f"{known} {item['actor_id']}" if "actor_id" in item else known
