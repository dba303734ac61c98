"""JSON with comments and trailing commas, and nothing else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgefleet.config.reading.jsonc import (
    FILE_EMPTY,
    JSON_DEPTH,
    JSON_DIALECT,
    JSON_DUPLICATE_KEY,
    JSON_NOT_OBJECT,
    JSON_SYNTAX,
    parse,
)
from edgefleet.config.reading.rule import Rule

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
OBJECTS = st.dictionaries(
    st.text(),
    st.recursive(
        SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
    ),
)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{ "a": [1, 2,], }',
        '// first\n{ /* "b": 1 */ "a" /* c */ : 1 // last\n}',
        '{"a": "// no comment, /* nor this */", "b": -1.5e+3, "c": "\\u00e4\\n\\/"}',
        '{"a": {"k": 1}, "b": {"k": 1}}',
    ],
)
def test_comments_and_trailing_commas_are_welcome(text: str) -> None:
    value, faults = parse(text)
    assert value is not None
    assert faults == []


@pytest.mark.parametrize(
    ("text", "rule", "offset"),
    [
        ("", FILE_EMPTY, 0),
        (" \n// to do\n/* more */", FILE_EMPTY, 0),
        ("/* open", JSON_SYNTAX, 0),
        ('{"a" 1}', JSON_SYNTAX, 5),
        ('{"a": 1', JSON_SYNTAX, 7),
        ('{"a": 1}}', JSON_SYNTAX, 8),
        ('{"a": 1,,}', JSON_SYNTAX, 9),
        ('{"a": "open\n}', JSON_SYNTAX, 6),
        ("{'a': 1}", JSON_DIALECT, 1),
        ("{a: 1}", JSON_DIALECT, 1),
        ('{"a": 0x1F}', JSON_DIALECT, 7),
        ('{"a": +1}', JSON_DIALECT, 6),
        ('{"a": Infinity}', JSON_DIALECT, 6),
        ('{"a": "\\x41"}', JSON_DIALECT, 6),
        ("\u00a0{}", JSON_DIALECT, 0),
        (' ["a"]', JSON_NOT_OBJECT, 1),
        ("null", JSON_NOT_OBJECT, 0),
        ('{"a": ' + "[" * 40 + "]" * 40 + "}", JSON_DEPTH, 0),
        ('{"a": 1, "\\u0061": 2}', JSON_DUPLICATE_KEY, 9),
        ('{"a" : 1,\n"a": ":"}', JSON_DUPLICATE_KEY, 10),
        ('// one\r{"a": NaN}', JSON_DIALECT, 13),
        ('{"a":\n// one\u2028 "b" }', JSON_DIALECT, 12),
        ('{\n/*\n// */\n"a": 1, b: 2}', JSON_DIALECT, 19),
    ],
)
def test_anything_else_is_named_with_its_place(text: str, rule: Rule, offset: int) -> None:
    _, faults = parse(text)
    assert [(fault.rule.code, fault.offset) for fault in faults] == [(rule.code, offset)]


def test_every_repeated_key_is_named_and_the_last_one_counts() -> None:
    value, faults = parse('{"a": 1, "a": 2, "b": {"c": 1, "c": 3}}')
    assert value == {"a": 2, "b": {"c": 3}}
    assert [fault.offset for fault in faults] == [9, 31]


@given(OBJECTS)
def test_whatever_json_writes_is_read_back(value: dict[str, Any]) -> None:
    read, faults = parse(json.dumps(value, indent=1, ensure_ascii=False))
    assert faults == []
    assert read == value


@given(OBJECTS, st.sampled_from(["", "// { x: 'y' }\n", "/* , */"]))
def test_comments_change_nothing(value: dict[str, Any], comment: str) -> None:
    plain = json.dumps(value, indent=1)
    lines = plain.split("\n")
    assert parse("\n".join([comment, *(f"{comment}{line}" for line in lines)])) == (value, [])
