"""Pieces of GitHub's Markdown that hold other people's words without being changed by them."""

import re
from collections.abc import Sequence


def markdown_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; what could end a cell or begin markup is escaped."""
    lines = [headings, ["---"] * len(headings), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def fenced(text: str, longest: int = 50_000) -> str:
    """Return text as a block of code, which nothing in it can end; cut after `longest` characters.

    GitHub takes 65,536 characters for an issue's body.
    """
    if len(text) > longest:
        left = len(text) - longest
        text = f"{text[:longest]}\n... {left:,} more characters"
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}text\n{text}\n{fence}"


def _cell(text: str) -> str:
    escaped = re.sub(r"([\\`*_\[\]<>|~#@])", r"\\\1", text)
    return re.sub(r"\s*[\r\n]+\s*", " ", escaped)
