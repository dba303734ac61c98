"""review 8: text of a Worker, an API or a file is one harmless line, whatever it holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgefleet.core.foreign.text import foreign_text, well_formed

ANY_TEXT = st.text(alphabet=st.characters(), max_size=60)


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("no such Worker", "no such Worker"),
        ("größer als 1 %, 漢字, 🙂", "größer als 1 %, 漢字, 🙂"),
        ("one\n::error::two", "one ::error::two"),
        ("one\r\n\u2028\x85two", "one two"),
        ("::add-mask::x", ": :add-mask::x"),
        ("\n  ::stop-commands::x", ": :stop-commands::x"),
        ("```\n# free", "` `` # free"),
        ("said ##[error]x", "said ## [error]x"),
        ("\x1b]0;title\x07\x1b[2J", "�]0;title��[2J"),
        ("user\u202egnp.exe\u200b", "user�gnp.exe�"),
        ("half \ud83d an emoji", "half � an emoji"),
        ("a\x00b\x7fc", "a�b�c"),
        ("", ""),
    ],
)
def test_a_foreign_text_becomes_one_harmless_line(foreign: str, shown: str) -> None:
    assert foreign_text(foreign) == shown


def test_a_long_text_is_cut_where_the_limit_is() -> None:
    assert foreign_text("x" * 500) == "x" * 500
    assert foreign_text("x" * 501) == "x" * 499 + "…"
    assert foreign_text("abcdef", 4) == "abc…"


def test_ten_megabytes_of_blanks_are_not_looked_at() -> None:
    assert foreign_text(" " * 10_000_000 + "x") == "…"


@given(ANY_TEXT | st.text(alphabet="~:#[\n \x1b\ud800`", max_size=20), st.integers(4, 40))
def test_no_text_gets_through_that_could_hurt(text: str, limit: int) -> None:
    shown = foreign_text(text, limit)
    assert len(shown) <= limit
    assert shown.isprintable()
    shown.encode()
    assert not shown.startswith(("::", "```", "~~~", " "))
    assert "##[" not in shown
    assert foreign_text(shown, limit) == shown


@given(ANY_TEXT)
def test_only_halves_of_pairs_are_replaced(text: str) -> None:
    well_formed(text).encode()
    if not any("\ud800" <= one <= "\udfff" for one in text):
        assert well_formed(text) == text
