"""Values in a JSON body, and what they must be."""

from typing import Any

import pytest

from edgefleet.config.health.places import ABSENT, Matcher, value_at
from edgefleet.core.model import Json
from edgefleet.health.expectations import expectation_fault

BODY: dict[str, Json] = {
    "a": {"b": [10, {"c": None}]},
    "x/y": 1,
    "m~n": 2,
    "": 3,
    "text": "hello",
    "yes": True,
}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", BODY),
        ("/a/b/0", 10),
        ("/a/b/1/c", None),
        ("/x~1y", 1),
        ("/m~0n", 2),
        ("/", 3),
    ],
)
def test_a_pointer_leads_as_rfc_6901_says(pointer: str, value: Json) -> None:
    assert value_at(BODY, pointer) == value


@pytest.mark.parametrize("pointer", ["/no", "/a/b/2", "/a/b/01", "/a/b/-", "/text/0", "/a/b/1/c/d"])
def test_a_pointer_that_leads_nowhere_is_told_from_null(pointer: str) -> None:
    assert value_at(BODY, pointer) is ABSENT


@pytest.mark.parametrize(
    ("pointer", "expected", "fault"),
    [
        ("/text", "hello", ""),
        ("/text", "bye", "/text is 'hello', not 'bye'"),
        ("/yes", 1, "/yes is true, not 1"),
        ("/a/b", Matcher(equals=[10, {"c": None}]), ""),
        ("/a/b", Matcher(equals=[10]), '/a/b is [10, {"c": null}], not [10]'),
        ("/a/b/1/c", None, ""),
        ("/no", None, "/no is missing"),
        ("/text", Matcher(pattern="^h.*o$"), ""),
        ("/text", Matcher(pattern="^x"), "/text does not match ^x"),
        ("/yes", Matcher(pattern="."), "/yes does not match ."),
        ("/yes", Matcher(type="number"), "/yes is no number"),
        ("/a", Matcher(type="object"), ""),
        ("/a/b/0", Matcher(minimum=10), ""),
        ("/a/b/0", Matcher(minimum=11), "/a/b/0 is less than 11, or no number"),
        ("/yes", Matcher(minimum=0), "/yes is less than 0, or no number"),
        ("/no", Matcher(type="string", message="it lacks a name"), "it lacks a name"),
        ("", Matcher(type="array"), "its body is no array"),
    ],
)
def test_a_value_is_as_expected_or_told_in_words(pointer: str, expected: Any, fault: str) -> None:
    assert expectation_fault(BODY, {pointer: expected}, lambda value: value) == fault
