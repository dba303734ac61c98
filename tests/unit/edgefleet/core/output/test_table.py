"""Plain tables."""

from edgefleet.core.output.table import table


def test_columns_fit_their_widest_cell_without_trailing_blanks() -> None:
    assert table(("a", "long"), [("wide cell", "b"), ("c", "")]).splitlines() == [
        "a          long",
        "---------  ----",
        "wide cell  b",
        "c",
    ]


def test_a_table_without_rows_is_its_head() -> None:
    assert table(("a", "b"), []) == "a  b\n-  -"


def test_a_table_wider_than_the_terminal_cuts_its_widest_column() -> None:
    """C4: a narrow terminal breaks no word in the middle."""
    shown = table(["tenant", "why"], [["acme", "the quick brown fox jumps"]], width=24).splitlines()
    assert [len(line) <= 24 for line in shown] == [True] * 3
    assert shown[2] == "acme    the quick brown…"


def test_a_table_that_cannot_fit_becomes_lines() -> None:
    shown = table(["tenant", "result"], [["acme-corporation", "succeeded"]], width=12)
    assert shown == "tenant  acme-corporation\nresult  succeeded"


def test_without_a_terminal_nothing_is_cut() -> None:
    long = "x" * 300
    assert long in table(["why"], [[long]])
