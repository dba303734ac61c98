"""Whatever a Worker, an API or a file holds instead of JSON is a `ValueError`."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgefleet.core.foreign.json import parse_json
from edgefleet.core.model import Json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    # What json writes is read back by it: half a pair beside another half would become whole.
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc"), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>", id="html"),
        pytest.param(b"[" * 60_000, id="deep lists"),
        pytest.param(b'{"a":' * 60_000, id="deep objects"),
        pytest.param(b"[" * 65 + b"]" * 65, id="deeper than allowed"),
        pytest.param(b'{"a": 1, "a": 2}', id="a key twice"),
        pytest.param(b"[NaN]", id="not a number"),
        pytest.param(b"[-Infinity]", id="infinite"),
        pytest.param(b"[1e999]", id="too large for a float"),
        pytest.param(b"1" * 5000, id="too many digits"),
        pytest.param('{"a": 1}'.encode("utf-16"), id="UTF-16"),
        pytest.param(b'"\xff"', id="not UTF-8"),
        pytest.param(b'"\xed\xa0\x80"', id="half a pair in bytes"),
    ],
)
def test_what_is_no_json_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words are Python's own for half of them
        parse_json(data)


def test_half_a_surrogate_pair_is_replaced_wherever_it_is() -> None:
    found = parse_json(rb'{"k\ud800": ["\uDFFF", "\ud83d\ude42"]}')
    assert found == {"k�": ["�", "🙂"]}


def test_a_text_that_holds_half_a_pair_is_made_well_formed_too() -> None:
    assert parse_json('["\ud800"]') == ["�"]


def test_two_keys_that_become_one_are_a_key_twice() -> None:
    with pytest.raises(ValueError, match="twice"):
        parse_json(rb'{"\ud800": 1, "\ud801": 2}')


def test_the_limit_on_size_is_the_callers() -> None:
    assert parse_json(b"[1]", largest=3) == [1]
    with pytest.raises(ValueError, match="larger than 3 bytes"):
        parse_json(b"[12]", largest=3)


@given(VALUES)
def test_good_json_is_read_as_it_is(value: Json) -> None:
    assert parse_json(json.dumps(value)) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=30) | st.text(r'{}[]",:\ud89e1a', max_size=30).map(str.encode))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    try:
        found = parse_json(data)
    except ValueError:
        return
    json.dumps(found, ensure_ascii=False).encode()
