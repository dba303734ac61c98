"""A plain table that reads the same on a terminal, in a log and in a file."""

from collections.abc import Sequence


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return columns padded to their widest cell, under a line of dashes."""
    widths = [max(len(cell) for cell in column) for column in zip(headings, *rows, strict=True)]
    dashes = ["-" * width for width in widths]
    lines = [headings, dashes, *rows]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
