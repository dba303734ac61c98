"""Other people's words inside GitHub's Markdown."""

import pytest

from edgefleet.core.output.markdown import escaped, fenced, fitting, markdown_link, markdown_table


def test_a_table_has_a_row_for_each_row() -> None:
    assert markdown_table(["a", "b"], [["1", "2"], ["3", ""]]).splitlines() == [
        "| a | b |",
        "| --- | --- |",
        "| 1 | 2 |",
        "| 3 |  |",
    ]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("a|b", r"a\|b"),
        ("a\n  b\r\nc", "a b c"),
        ("@all #1 <img> `x` [y](z)", r"\@all \#1 \<img\> \`x\` \[y\](z)"),
        ("![i](http://evil)", r"\!\[i\](http:/\/evil)"),
        ("see www.evil.example", r"see www\.evil.example"),
        ("::error::x", ": :error::x"),
        ("x\u202ey\x1b[2J", "x\ufffdy\ufffd\\[2J"),
    ],
)
def test_no_cell_ends_early_or_becomes_markup(cell: str, shown: str) -> None:
    assert markdown_table(["h"], [[cell]]).splitlines()[-1] == f"| {shown} |"


@pytest.mark.parametrize("text", ["plain", "```", "a\n````\n@everyone", "`" * 9])
def test_nothing_in_a_block_ends_it(text: str) -> None:
    first, *inside, last = fenced(text).splitlines()
    assert first == f"{last}text"
    assert "\n".join(inside) == text
    assert not any(line.startswith(last) for line in inside)


def test_a_long_block_is_cut_and_says_so() -> None:
    assert fenced("x" * 1200, longest=1000).splitlines()[1:3] == [
        "x" * 1000,
        "... 200 more characters",
    ]


def test_a_cell_is_cut() -> None:
    assert len(escaped("x" * 100_000)) == 1_000


def test_a_block_of_hostile_fences_stays_small_and_whole() -> None:
    first, *inside, last = fenced("`" * 60_000 + "\ud800").splitlines()
    assert last == "`" * 21
    assert first == f"{last}text"
    assert len("\n".join(inside)) < 60_000
    assert "\ud800" not in "".join(inside)


def test_only_an_address_of_the_web_is_a_link() -> None:
    assert markdown_link("a_b", "https://a.example/x#y") == r"[a\_b](https://a.example/x#y)"
    for address in ("javascript:alert(1)", "https://a.example/) [x](http://evil", ""):
        assert markdown_link("a_b", address) == r"a\_b"


def test_what_does_not_fit_is_cut_at_a_line_and_said() -> None:
    """R32: of a page over 1 MiB GitHub shows nothing at all."""
    text = "\n".join(["| row |"] * 1_000)
    assert fitting(text, 8_000) == text
    shown = fitting(text, 4_000)
    assert len(shown.encode()) <= 4_000
    rows = shown.count("| row |\n")
    assert rows > 400
    assert shown.endswith(
        f"\n\n{1_000 - rows} more lines do not fit on this page; the artifacts and "
        "the log have them."
    )


def test_a_block_that_is_cut_is_ended() -> None:
    text = fenced("\n".join(["```", *["line"] * 1_000]))
    shown = fitting(text, 1_000)
    assert shown.startswith("````text\n```\nline\n")
    assert "\n````\n\n" in shown
