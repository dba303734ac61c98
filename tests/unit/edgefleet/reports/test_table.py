"""Plain tables."""

from edgefleet.reports.table import table


def test_columns_are_as_wide_as_their_widest_cell_and_no_line_ends_in_blanks() -> None:
    assert table(("a", "long"), [("wide cell", "b"), ("c", "")]).splitlines() == [
        "a          long",
        "---------  ----",
        "wide cell  b",
        "c",
    ]


def test_a_table_without_rows_is_its_head() -> None:
    assert table(("a", "b"), []) == "a  b\n-  -"
