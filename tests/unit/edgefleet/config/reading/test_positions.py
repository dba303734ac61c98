"""Where keys stand in a text."""

import pytest

from edgefleet.config.reading.positions import PositionFinder, index

TEXT = """\
// "a": of a comment
{
  "a": { "b": [1, { "c": "\\"}," }, [true]] }, /* "x": { */
  "\\u0064": null
}
"""


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), (2, 1)),
        (("a",), (3, 3)),
        (("a", "b"), (3, 10)),
        (("a", "b", 0), (3, 16)),
        (("a", "b", 1), (3, 19)),
        (("a", "b", 1, "c"), (3, 21)),
        (("a", "b", 2, 0), (3, 37)),
        (("d",), (4, 3)),
    ],
)
def test_a_key_or_item_is_found_at_its_first_character(
    path: tuple[str | int, ...], expected: tuple[int, int]
) -> None:
    assert PositionFinder(TEXT).line_and_column(path) == expected


def test_something_missing_is_placed_at_its_nearest_parent() -> None:
    locator = PositionFinder(TEXT)
    assert locator.line_and_column(("a", "b", 7, "id")) == (3, 10)
    assert locator.line_and_column(("nowhere",)) == (2, 1)


def test_the_end_of_a_text_is_its_last_character() -> None:
    assert PositionFinder("{\n").line_and_column(99) == (1, 2)
    assert PositionFinder("").line_and_column(0) == (1, 1)


def test_columns_count_characters_not_bytes() -> None:
    assert PositionFinder('{"\u00e4\u20ac": 1, "b": 2}').line_and_column(("b",)) == (1, 11)


def test_a_repeated_key_is_found_at_its_second_place() -> None:
    assert index('{"a": {"b": 1, "b": 2}, "b": 3}').repeated == [(("a", "b"), 15)]
