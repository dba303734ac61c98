"""Every key of wrangler's schema is decided, and no decision is about a key that is not there."""

import json
from collections.abc import Iterable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from edgefleet.cloudflare.worker.binding_types import KINDS
from edgefleet.cloudflare.wrangler_keys import DECISIONS, NEWEST, Fate, decision
from edgefleet.config.environments import NON_INHERITABLE, TOP_LEVEL_ONLY
from edgefleet.config.wrangler_config import INHERITABLE

ROOT = Path(__file__).parents[4]
TREES = (ROOT, ROOT / "tests" / "wrangler-4.63")
SCHEMAS = {
    json.loads((file.parent / "package.json").read_text())["version"]: json.loads(file.read_text())
    for tree in TREES
    for file in tree.glob("node_modules/wrangler/config-schema.json")
}
"""The schema of each wrangler that is installed, by version."""

Seen = tuple[str, ...]


def properties(part: Any, definitions: Any, seen: Seen = ()) -> Iterator[tuple[str, Any, Seen]]:
    """Yield each key of an object of the schema, or of the objects of a list."""
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        if name not in seen:
            yield from properties(definitions[name], definitions, (*seen, name))
    for key, inner in part.get("properties", {}).items():
        yield key, inner, seen
    items = part.get("items")
    others = [each for word in ("anyOf", "oneOf", "allOf") for each in part.get(word, [])]
    for other in (*others, *([items] if isinstance(items, dict) else [])):
        yield from properties(other, definitions, seen)


def keys(part: Any, definitions: Any, path: str = "", seen: Seen = ()) -> Iterator[str]:
    """Yield the path of every key; environments repeat the top level."""
    for key, inner, inside in properties(part, definitions, seen):
        here = f"{path}.{key}" if path else key
        yield here
        if here != "env" and not _whole(here):
            yield from keys(inner, definitions, here, inside)


def _whole(key: str) -> bool:
    found = decision(key)
    return found is not None and found.whole


@pytest.fixture(scope="module", params=SCHEMAS)
def known(request: pytest.FixtureRequest) -> frozenset[str]:
    """Return every key that a version of wrangler knows."""
    schema = SCHEMAS[request.param]
    return frozenset(keys(schema, schema["definitions"]))


def test_the_schema_is_walked(known: frozenset[str]) -> None:
    assert {"kv_namespaces.binding", "durable_objects.bindings.class_name"} <= known


def undecided(found: Iterable[str]) -> list[str]:
    return sorted(key for key in found if decision(key) is None)


def test_every_key_of_the_schema_is_decided(known: frozenset[str]) -> None:
    assert undecided(known) == []


def test_new_key_of_a_schema_is_named() -> None:
    schema = deepcopy(SCHEMAS[NEWEST])
    top = schema["definitions"]["RawConfig"]["properties"]
    top["brand_new"] = top["ai"]["properties"]["speed"] = {"type": "number"}
    top["kv_namespaces"]["items"]["properties"]["region"] = {"type": "string"}
    assert undecided(keys(schema, schema["definitions"])) == [
        "ai.speed",
        "brand_new",
        "kv_namespaces.region",
    ]


def test_every_decision_is_about_a_key_that_a_schema_has() -> None:
    versions = [tuple(map(int, version.split("."))) for version in SCHEMAS]
    there = {key for schema in SCHEMAS.values() for key in keys(schema, schema["definitions"])}
    due = (
        each.key
        for each in DECISIONS.values()
        if tuple(map(int, each.since.split("."))) <= max(versions)
    )
    assert sorted(set(due) - there) == []


def test_every_binding_that_is_uploaded_is_decided_as_deployed() -> None:
    fates = {decision(section) for section in KINDS}
    assert {found.fate if found else None for found in fates} == {Fate.DEPLOYED}


def test_environment_inherits_as_the_schema_says() -> None:
    for schema in SCHEMAS.values():
        top = schema["definitions"]["RawConfig"]["properties"].keys()
        own = schema["definitions"]["RawEnvironment"]["properties"].keys()
        assert TOP_LEVEL_ONLY | {"$schema", "env"} >= top - own
        assert own <= INHERITABLE | NON_INHERITABLE


def test_each_decision_says_why() -> None:
    assert all(each.why for each in DECISIONS.values())
