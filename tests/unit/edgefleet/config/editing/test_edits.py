"""Set, append and remove: the value is what was asked for, and the rest stays as it was."""

import copy
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgefleet.config.editing.edits import append, remove, set_value
from edgefleet.config.editing.spans import ValueSpan, spans
from edgefleet.config.reading.jsonc import parse
from edgefleet.config.reading.positions import COMMENT, STRING
from edgefleet.core.model import Json
from edgefleet.errors import ConfigError

SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "// no", '"{,'])
KEYS = st.sampled_from(["a", "b", "c//", "d\n"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner), max_leaves=9
)
BLANKS = st.sampled_from(
    ["", " ", "\t", "\r\n", "\n", "\n  ", " /* c, } */ ", " // d ]\n", "\r// e\r"]
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Draw an object as a person may have written it: blanks, comments, trailing commas."""
    value = draw(st.dictionaries(KEYS, VALUES))
    return f"{draw(BLANKS)}{draw(written(value))}{draw(BLANKS)}"


@st.composite
def written(draw: st.DrawFn, value: Json) -> str:
    if not isinstance(value, dict | list):
        return json.dumps(value)
    parts: list[str] = []
    for key in value:
        name = f"{json.dumps(key)}{draw(BLANKS)}:{draw(BLANKS)}" if isinstance(value, dict) else ""
        inner = value[key] if isinstance(value, dict) else key
        parts.append(f"{draw(BLANKS)}{name}{draw(written(inner))}{draw(BLANKS)}")
    trailing = draw(st.booleans())
    comma = f",{draw(BLANKS)}" if parts and trailing else ""
    opened, closed = "{}" if isinstance(value, dict) else "[]"
    return f"{opened}{','.join(parts)}{comma or draw(BLANKS)}{closed}"


def value_of(text: str) -> Any:
    """Return what a text holds, which must be valid JSONC."""
    value, faults = parse(text)
    assert faults == []
    return value


def paths(value: Json) -> list[tuple[str | int, ...]]:
    """Return the path of everything in a value."""
    pairs = value.items() if isinstance(value, dict) else ()
    found: list[tuple[str | int, ...]] = []
    for key, inner in enumerate(value) if isinstance(value, list) else pairs:
        found += [(key,), *((key, *below) for below in paths(inner))]
    return found


def at(value: Json, path: tuple[str | int, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def span(text: str, path: tuple[str | int, ...]) -> ValueSpan:
    here = spans(text)
    for key in path:
        item = here.item(key)
        assert item is not None
        here = item.value
    return here


def comments(text: str) -> list[str]:
    return [found[0] for found in re.finditer(f"{STRING}|{COMMENT}", text) if found[0][0] == "/"]


@settings(deadline=None)
@given(texts(), VALUES, st.data())
def test_a_value_replaces_another_one_and_nothing_else(
    text: str, new: Json, data: st.DataObject
) -> None:
    before = value_of(text)
    path = data.draw(st.sampled_from(paths(before) or [()]))
    if path == ():
        return
    edited = set_value(text, path, new)
    wanted = copy.deepcopy(before)
    at(wanted, path[:-1])[path[-1]] = new
    assert json.dumps(value_of(edited)) == json.dumps(wanted)
    old = span(text, path)
    assert edited.startswith(text[: old.start])
    assert edited.endswith(text[old.end :])
    same = json.dumps(at(before, path), sort_keys=True) == json.dumps(new, sort_keys=True)
    assert not same or edited == text


@settings(deadline=None)
@given(texts(), KEYS, VALUES, st.data())
def test_a_new_value_stands_last_and_all_else_stays(
    text: str, key: str, new: Json, data: st.DataObject
) -> None:
    before = value_of(text)
    containers = [
        path
        for path in [(), *paths(before)]
        if isinstance(inner := at(before, path), list)
        or (isinstance(inner, dict) and key not in inner)
    ]
    path = data.draw(st.sampled_from(containers or [()]))
    if not containers:
        return
    inside = at(before, path)
    is_list = isinstance(inside, list)
    edited = append(text, path, new) if is_list else set_value(text, (*path, key), new)
    wanted = copy.deepcopy(before)
    if is_list:
        at(wanted, path).append(new)
    else:
        at(wanted, path)[key] = new
    assert json.dumps(value_of(edited)) == json.dumps(wanted)
    old = span(text, path)
    last = old.items[-1].value.end if old.items else old.start + 1
    assert edited.startswith(text[:last])
    assert edited.endswith(text[old.end - 1 :])
    assert comments(edited) == comments(text)


@settings(deadline=None)
@given(texts(), st.data())
def test_what_is_removed_takes_no_comment_beside_it_along(text: str, data: st.DataObject) -> None:
    before = value_of(text)
    path = data.draw(st.sampled_from(paths(before) or [("a",)]))
    edited = remove(text, path)
    if not paths(before):
        assert edited == text
        return
    wanted = copy.deepcopy(before)
    del at(wanted, path[:-1])[path[-1]]
    assert json.dumps(value_of(edited)) == json.dumps(wanted)
    container = span(text, path[:-1])
    item = next(each for each in container.items if each.value == span(text, path))
    kept = comments(text[: item.start]) + comments(text[item.value.end :])
    assert comments(edited) == kept
    assert edited.startswith(text[: container.start + 1])
    assert edited.endswith(text[container.end - 1 :])


@settings(deadline=None)
@given(texts(), st.lists(KEYS | st.just(0), min_size=1, max_size=4), SCALARS)
def test_what_is_missing_on_the_way_is_made(text: str, path: list[str | int], new: Json) -> None:
    where = ("new", *path)
    edited = set_value(text, where, new)
    assert at(value_of(edited), where) == new
    assert value_of(remove(edited, ("new",))) == value_of(text)


OVERLAY = """\
{
  // the shop
  "name": "acme", // its name
  "env": {
    "staging": {
      "kv_namespaces": [{ "binding": "CACHE", "id": "old" }], // kv
      "d1_databases": [
        // orders
        {
          "binding": "DB",
          "database_name": "orders" // keep
        },
      ],
      "vars": {}
    }
  }
}
"""


def test_new_values_take_the_layout_around_them() -> None:
    staging = ("env", "staging")
    text = set_value(OVERLAY, (*staging, "kv_namespaces", 0, "id"), "2")
    text = append(text, (*staging, "kv_namespaces"), {"binding": "SEEN", "id": "3"})
    text = set_value(text, (*staging, "d1_databases", 0, "database_id"), "one")
    text = append(text, (*staging, "d1_databases"), {"binding": "LOG", "database_id": "two"})
    text = append(text, (*staging, "queues", "producers"), {"binding": "Q", "queue": "jobs"})
    text = set_value(text, ("env", "production", "vars", "A"), "b")
    assert (
        text
        == """\
{
  // the shop
  "name": "acme", // its name
  "env": {
    "staging": {
      "kv_namespaces": [{ "binding": "CACHE", "id": "2" }, { "binding": "SEEN", "id": "3" }], // kv
      "d1_databases": [
        // orders
        {
          "binding": "DB",
          "database_name": "orders", // keep
          "database_id": "one"
        },
        { "binding": "LOG", "database_id": "two" },
      ],
      "vars": {},
      "queues": {
        "producers": [
          { "binding": "Q", "queue": "jobs" }
        ]
      }
    },
    "production": {
      "vars": {
        "A": "b"
      }
    }
  }
}
"""
    )


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("{}", '{\n  "a": {\n    "b": [1]\n  }\n}'),
        ("{ }\r\n", '{\r\n  "a": {\r\n    "b": [1]\r\n  }\r\n}\r\n'),
        ('{ "c": 1 }', '{ "c": 1, "a": { "b": [1] } }'),
        ('{ "c": 1, /* d */ }', '{ "c": 1, /* d */ "a": { "b": [1] }, }'),
        ('{ "c": 1 // d\n}', '{ "c": 1, // d\n"a": { "b": [1] }\n}'),
        ('{\n\t"a": {}\n}', '{\n\t"a": {\n\t\t"b": [1]\n\t}\n}'),
        ('{"a":{"b":[]}}', '{"a":{"b":[1]}}'),
        ("{\n    // empty\n}", '{\n    // empty\n  "a": {\n    "b": [1]\n  }\n}'),
    ],
)
def test_each_layout_stays_its_own(text: str, edited: str) -> None:
    assert set_value(text, ("a", "b", 0), 1) == edited


@pytest.mark.parametrize(
    ("text", "path", "edited"),
    [
        ('{\n  "a": 1, // one\n  "b": 2\n}', ("b",), '{\n  "a": 1 // one\n}'),
        ('{\n  "a": 1, // one\n  "b": 2\n}', ("a",), '{\n  // one\n  "b": 2\n}'),
        ('{ "a": 1, "b": 2 }', ("a",), '{ "b": 2 }'),
        ('{ "a": 1, "b": 2 }', ("b",), '{ "a": 1 }'),
        ('{ "a": 1, "b": 2, }', ("b",), '{ "a": 1, }'),
        ('{ "a": [1, 2, 3] }', ("a", 1), '{ "a": [1, 3] }'),
        ('{ "a": 1 }', ("b", "c"), '{ "a": 1 }'),
        ('{ "a": 1 }', (), '{ "a": 1 }'),
    ],
)
def test_a_removed_key_takes_its_line_and_one_comma(
    text: str, path: tuple[str | int, ...], edited: str
) -> None:
    assert remove(text, path) == edited


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (("a", "b"), "a is nothing that can take b"),
        (("l", 5), r"l is nothing that can take \[5\]"),
        (("l", "b"), "l is nothing that can take b"),
        ((0,), r"the file is nothing that can take \[0\]"),
    ],
)
def test_a_value_that_can_take_no_key_is_named(path: tuple[str | int, ...], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        set_value('{ "a": 1, "l": [] }', path, 1)


def test_only_lists_are_appended_to() -> None:
    with pytest.raises(ConfigError, match="a is no list"):
        append('{ "a": {} }', ("a",), 1)
