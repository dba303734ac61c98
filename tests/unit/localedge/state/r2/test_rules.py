import pytest

from localedge.state.r2 import rules
from localedge.state.r2.rules import ByteRange, Condition
from localedge.wire.r2_errors import (
    R2InvalidArgument,
    R2InvalidMaxKeys,
    R2InvalidObjectName,
    R2InvalidRange,
    R2MetadataTooLarge,
)

AT = 1_800_000_000_500


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Condition(), True),
        (Condition(matches=("e",)), True),
        (Condition(matches=("*",)), True),
        (Condition(matches=("x", "W/e")), False),
        (Condition(does_not_match=("x",)), True),
        (Condition(does_not_match=("W/e",)), False),
        (Condition(does_not_match=("*",)), False),
        (Condition(before=AT + 1), True),
        (Condition(before=AT), False),
        (Condition(after=AT - 1), True),
        (Condition(after=AT), False),
        (Condition(after=AT - 1, whole_seconds=True), False),
        (Condition(matches=("e",), before=1), True),
        (Condition(does_not_match=("x",), after=AT + 1), True),
    ],
)
def test_a_condition_on_an_object(condition: Condition, holds: bool) -> None:
    assert condition.holds("e", AT) is holds


def test_a_condition_where_there_is_no_object() -> None:
    assert Condition(does_not_match=("*",), before=1).holds(None)
    assert not Condition(matches=("*",)).holds(None)
    assert not Condition(after=1).holds(None)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ({}, ByteRange(0, 10)),
        ({"offset": 4}, ByteRange(4, 6)),
        ({"offset": 4, "length": 99}, ByteRange(4, 6)),
        ({"length": 3}, ByteRange(0, 3)),
        ({"suffix": 3}, ByteRange(7, 3)),
        ({"suffix": 99}, ByteRange(0, 10)),
    ],
)
def test_a_range_of_ten_bytes(asked: dict[str, int], part: ByteRange) -> None:
    assert rules.byte_range(10, **asked) == part


@pytest.mark.parametrize("asked", [{"offset": 11}, {"length": 0}, {"suffix": 0}, {"offset": -1}])
def test_a_range_outside_of_ten_bytes(asked: dict[str, int]) -> None:
    with pytest.raises(R2InvalidRange):
        rules.byte_range(10, **asked)


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", ByteRange(0, 1)),
        ("bytes=5-", ByteRange(5, 5)),
        ("bytes=-4", ByteRange(6, 4)),
        ("bytes=2-99", ByteRange(2, 8)),
        ("bytes=1-2,4-5", ByteRange(0, 10)),
        ("bytes=5-2", ByteRange(0, 10)),
        ("bytes=-", ByteRange(0, 10)),
        ("lines=1-2", ByteRange(0, 10)),
    ],
)
def test_a_range_header(header: str, part: ByteRange) -> None:
    assert rules.range_of_header(header, 10) == part


def test_a_key_is_one_to_1024_bytes_of_utf_8() -> None:
    assert rules.key_bytes("ü" * 512) == "ü".encode() * 512
    for key in ("", "ü" * 513, "\ud800"):
        with pytest.raises(R2InvalidObjectName):
            rules.key_bytes(key)


def test_metadata_counts_two_bytes_a_character_beyond_latin_1() -> None:
    rules.check_metadata({"a": "x" * 2047})
    rules.check_metadata({"a": "☃" * 1023})
    for custom in ({"a": "x" * 2048}, {"a": "☃" * 1024}):
        with pytest.raises(R2MetadataTooLarge):
            rules.check_metadata(custom)


def test_a_page_has_one_to_1000_objects() -> None:
    assert rules.page_size(None) == rules.page_size(1000) == 1000
    for limit in (0, 1001):
        with pytest.raises(R2InvalidMaxKeys):
            rules.page_size(limit)


def test_a_cursor_that_is_none() -> None:
    assert rules.from_cursor(rules.to_cursor(b"a\xff")) == b"a\xff"
    with pytest.raises(R2InvalidArgument):
        rules.from_cursor("é")
