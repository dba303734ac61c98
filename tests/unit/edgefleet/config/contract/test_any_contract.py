"""Contracts that no person would write: each is valid or refused at its place, with no fault."""

import json
from pathlib import Path
from typing import Any

import pyjson5
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgefleet.config.files.fleet_file import read_fleet
from edgefleet.config.reading.locate import locate
from support.fleet import make_fleet

FILES = ("contract/contract.jsonc", "contract/settings.schema.json")
WORDS = st.sampled_from(
    ["", "/", "/settings/x", "/vars/~2", "#/$defs/x", "#", "kv_namespaces", "ring", "$environment"]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2**70) | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_fleet(tmp_path_factory.mktemp("contract"))


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the path of every value in a document, the document first."""
    inner = value if isinstance(value, dict) else {}
    if isinstance(value, list):
        inner = dict(enumerate(value))
    return [path, *(one for key, each in inner.items() for one in places(each, (*path, key)))]


def replaced(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    """Return a document with another value at one place."""
    if not path:
        return new
    items: Any = dict(value) if isinstance(value, dict) else list(value)
    items[path[0]] = replaced(items[path[0]], path[1:], new)
    return items


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_contract_with_anything_in_any_place_is_told_where(fleet: Path, data: Any) -> None:
    file = data.draw(st.sampled_from(FILES))
    before = (fleet / file).read_text()
    document = pyjson5.decode(before)
    place = data.draw(st.sampled_from(places(document)))
    try:
        (fleet / file).write_text(json.dumps(replaced(document, place, data.draw(ANYTHING))))
        read = read_fleet(fleet)
    finally:
        (fleet / file).write_text(before)
    assert (read.config is None) == bool(read.problems)
    for finding in locate(read.problems, read.texts, str):
        assert finding.path in {*FILES, "fleet.jsonc"}
        assert finding.line >= 1
        assert finding.message
