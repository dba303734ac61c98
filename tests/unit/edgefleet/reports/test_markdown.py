"""Other people's words inside GitHub's Markdown."""

import pytest

from edgefleet.reports.markdown import fenced, markdown_table


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
