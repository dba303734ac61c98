"""Find the line and column of a problem; a text is searched only when it has one.

The document must be lexically valid; `jsonc` has checked that.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate

from edgefleet.config.reading.rule import KeyPath, Spot

# Only sets of characters are repeated possessively: Python before 3.11.5 ends a possessive group
# too early (https://github.com/python/cpython/issues/106052). No group here matches in two ways.
_PLAIN = r'[^"\\\x00-\x1f]*+'
STRING = rf'"{_PLAIN}(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{{4}}){_PLAIN})*"'
COMMENT = r"//[^\r\n\u2028\u2029]*+|/\*[^*]*+(?:\*(?!/)[^*]*+)*\*/"
BLANK = rf"(?:[ \t\r\n]|{COMMENT})"
SCALAR = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null"

TOKEN = re.compile(
    rf"(?P<blank>{BLANK}+)|(?P<key>{STRING})(?={BLANK}*:)|(?P<open>[{{\[])|(?P<close>[}}\]])"
    rf"|(?P<value>{STRING}|{SCALAR})|[,:]"
)


@dataclass(slots=True)
class _Container:
    path: KeyPath
    is_list: bool
    items: int = 0


@dataclass(frozen=True, slots=True)
class Positions:
    """Offsets of all keys (and list items) of one document."""

    offsets: dict[KeyPath, int] = field(default_factory=dict)
    repeated: list[tuple[KeyPath, int]] = field(default_factory=list)
    """Keys that stand a second time in one object, at their second place."""

    def offset(self, path: KeyPath) -> int:
        """Return where `path` stands; for something missing, where its nearest parent does."""
        while path and path not in self.offsets:
            path = path[:-1]
        return self.offsets.get(path, 0)


def index(text: str) -> Positions:
    """Find every key of a document, in one pass without recursion."""
    found = Positions()
    containers: list[_Container] = []
    here: KeyPath = ()
    for token in TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "key":
            here = (*containers[-1].path, json.loads(token[0]))
            if here in found.offsets:
                found.repeated.append((here, token.start()))
            found.offsets[here] = token.start()
        elif kind in {"open", "value"}:
            here = _item(containers, here)
            found.offsets.setdefault(here, token.start())
            if kind == "open":
                containers.append(_Container(here, is_list=token[0] == "["))
        elif kind == "close":
            containers.pop()
    return found


def _item(containers: list[_Container], here: KeyPath) -> KeyPath:
    if not containers or not containers[-1].is_list:
        return here
    container = containers[-1]
    container.items += 1
    return (*container.path, container.items - 1)


class PositionFinder:
    """Turns places in one text into line and column, both from 1."""

    def __init__(self, text: str, find: Callable[[str], Positions] = index) -> None:
        self._text = text
        self._find = find
        self._positions: Positions | None = None
        self._line_starts = [0, *accumulate(len(line) for line in text.split("\n")[:-1])]
        self._line_starts = [start + number for number, start in enumerate(self._line_starts)]

    def line_and_column(self, place: Spot) -> tuple[int, int]:
        """Return the place's line and column; the end of a text is its last character."""
        offset = place if isinstance(place, int) else self._key(place)
        offset = max(0, min(offset, len(self._text) - 1))
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def _key(self, path: KeyPath) -> int:
        if self._positions is None:
            self._positions = self._find(self._text)
        return self._positions.offset(path)
