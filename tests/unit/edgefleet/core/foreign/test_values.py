"""Parsed JSON of any shape is looked into without an error."""

import pytest

from edgefleet.core.foreign.values import at, entries
from edgefleet.core.model import Json


@pytest.mark.parametrize("value", [None, 1, "text", [], [1], {}, {"a": None}, {"a": "text"}])
def test_what_is_absent_is_none(value: Json) -> None:
    assert at(value, "a", "b") is None
    assert list(entries(value, "a", "b")) == []


def test_entries_keep_their_number_in_the_list() -> None:
    found = {"queues": {"consumers": ["no object", {"queue": "a"}, None, {"queue": "b"}]}}
    assert at(found, "queues", "consumers") == found["queues"]["consumers"]
    assert list(entries(found, "queues", "consumers")) == [(1, {"queue": "a"}), (3, {"queue": "b"})]
