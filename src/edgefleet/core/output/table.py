"""A plain table that reads the same on a terminal, in a log and in a file."""

from collections.abc import Sequence

GAP = "  "
NARROWEST = 8
"""No column is cut to fewer characters, so that the start of an id stays readable."""
CUT = "…"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], width: int | None = None) -> str:
    """Return columns padded to their widest cell, under a line of dashes.

    `width` is that of the terminal, in characters; None means no limit. In a table that is wider,
    the widest columns are cut; if that is not enough, each row becomes lines of heading and value.
    """
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    fitted = widths if width is None else _fitted(widths, width)
    if fitted is None:
        return "\n\n".join(_lines(headings, row) for row in rows)
    dashes = ["-" * size for size in fitted]
    lines = [headings, dashes, *rows]
    return "\n".join(
        GAP.join(_cell(cell, size) for cell, size in zip(line, fitted, strict=True)).rstrip()
        for line in lines
    )


def _fitted(widths: Sequence[int], width: int) -> list[int] | None:
    """Cut the widest columns until all fit into a width; None if they cannot."""
    room = width - len(GAP) * (len(widths) - 1)
    fitted = list(widths)
    while sum(fitted) > room:
        widest = max(range(len(fitted)), key=fitted.__getitem__)
        if fitted[widest] <= NARROWEST:
            return None
        fitted[widest] -= 1
    return fitted


def _cell(text: str, width: int) -> str:
    cut = text if len(text) <= width else text[: width - 1] + CUT
    return cut.ljust(width)


def _lines(headings: Sequence[str], row: Sequence[str]) -> str:
    widest = max(map(len, headings))
    pairs = zip(headings, row, strict=True)
    return "\n".join(f"{heading.ljust(widest)}{GAP}{cell}".rstrip() for heading, cell in pairs)
