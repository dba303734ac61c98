"""GitHub's Markdown around foreign text, which cannot change the markup."""

import re
from collections.abc import Sequence

from edgefleet.core.foreign.text import foreign_text, well_formed

LONGEST_CELL = 1_000
"""Characters of a text in a table."""

ROOM_FOR_THE_END = 200
"""Bytes for what `fitting` writes below."""


class Markdown(str):
    """A text that is Markdown already, and is not escaped again."""

    __slots__ = ()


def markdown_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; everything that could end a cell or begin markup is escaped."""
    lines = [
        headings,
        ["---"] * len(headings),
        *([table_cell(cell) for cell in row] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def table_cell(text: str) -> Markdown:
    """Return a text as a cell: escaped, unless it is Markdown already."""
    return text if isinstance(text, Markdown) else escaped(text)


def markdown_link(text: str, address: str) -> Markdown:
    """Return a link, or the text alone if the address is not http(s); both escaped."""
    if not re.fullmatch(r"https?://[\w.:/?#&=%~+,;@!$*-]+", address, re.ASCII):
        return escaped(text)
    return Markdown(f"[{escaped(text)}]({address})")


def fenced(text: str, longest: int = 50_000, *, language: str = "text") -> str:
    """Return text as a block of code that it cannot end; cut after `longest` characters.

    GitHub takes 65,536 characters for an issue's body.
    """
    if len(text) > longest:
        left = len(text) - longest
        text = f"{text[:longest]}\n... {left:,} more characters"
    text = well_formed(re.sub("`{20,}", "`" * 20, text))  # the fence must not grow without bound
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"


def fitting(markdown: str, room: int) -> str:
    """Return as many whole lines as fit into `room` bytes, and a line that counts the others.

    A block of code that is cut is closed.
    """
    if len(markdown.encode("utf-8", "replace")) <= room:
        return markdown
    lines, size, fence = list[str](), 0, ""
    every = markdown.split("\n")
    for line in every:
        size += len(line.encode("utf-8", "replace")) + 1
        if size > room - ROOM_FOR_THE_END:
            break
        lines.append(line)
        if found := re.match("`{3,}", line):
            fence = "" if fence == found[0] == line else fence or found[0]
    left = len(every) - len(lines)
    more = f"{left:,} more lines do not fit on this page; the artifacts and the log have them."
    return "\n".join([*lines, *([fence] if fence else []), "", more])


def escaped(text: str) -> Markdown:
    """Return a text as one line without markup: no link, image, HTML or mention."""
    line = foreign_text(text, LONGEST_CELL)
    marked = re.sub(r"([\\`*_\[\]<>|~#@!&])", r"\\\1", line)
    return Markdown(re.sub(r"(:/|\bwww)(/|\.)", r"\1\\\2", marked))
