"""How a JSONC text is laid out, and how a value is written so that it looks like the rest."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from edgefleet.config.editing.spans import ValueSpan
from edgefleet.config.reading.positions import COMMENT
from edgefleet.core.model import Json

WIDTH = 100
"""Characters up to which a list of scalars, and an object in a list, is written in one line."""

_LINE_END = re.compile(r"\r\n|\n|\r")
_INDENT = re.compile(r"[ \t]*+")
_REST_OF_LINE = re.compile(rf"(?:[ \t]|{COMMENT})*")
_COMMENT = re.compile(COMMENT)
_TO_LINE_END = re.compile(r"[ \t]*+(?:\r\n|\n|\r)")
DEFAULT_UNIT = "  "


@dataclass(frozen=True, slots=True)
class Layout:
    """The line ends of a text, and what indents one level in it."""

    text: str
    line_end: str
    unit: str

    @classmethod
    def of(cls, text: str, root: ValueSpan) -> "Layout":
        """Read it from the first line end, and from the first line that is indented."""
        first = _LINE_END.search(text)
        layout = cls(text, first[0] if first else "\n", DEFAULT_UNIT)
        if not root.items or not layout.is_spread(root):
            return layout
        own, inner = layout.indent(root.start), layout.indent(root.items[0].start)
        unit = inner.removeprefix(own) if inner.startswith(own) else ""
        return cls(text, layout.line_end, unit or DEFAULT_UNIT)

    def line_start(self, offset: int) -> int:
        """Return where the line begins that `offset` is in."""
        return max(self.text.rfind("\n", 0, offset), self.text.rfind("\r", 0, offset)) + 1

    def indent(self, offset: int) -> str:
        """Return the blanks at the begin of the line that `offset` is in."""
        found = _INDENT.match(self.text, self.line_start(offset), offset)
        return found[0] if found else ""

    def is_spread(self, container: ValueSpan) -> bool:
        """Whether what is in an object or a list begins on another line."""
        end = container.items[0].start if container.items else container.end
        return _LINE_END.search(self.text, container.start, end) is not None

    def behind_comments(self, offset: int) -> tuple[int, bool]:
        """Return the end of the last comment that follows on the same line, or `offset`.

        The second is whether that comment lasts until the line ends.
        """
        rest = _REST_OF_LINE.match(self.text, offset)
        comments = [*_COMMENT.finditer(self.text, offset, rest.end() if rest else offset)]
        if not comments:
            return offset, False
        return comments[-1].end(), comments[-1][0].startswith("//")

    def behind_last_comment(self, empty: ValueSpan) -> int:
        """Return the end of the last comment in an object or list of nothing, or its begin."""
        comments = [*_COMMENT.finditer(self.text, empty.start + 1, empty.end - 1)]
        return comments[-1].end() if comments else empty.start + 1

    def with_blanks(self, start: int, end: int, *, left: bool) -> tuple[int, int]:
        """Return what goes with a piece that is removed: its lines, or blanks on one side."""
        first = self.line_start(start)
        line_end = _TO_LINE_END.match(self.text, end)
        if line_end and not self.text[first:start].strip(" \t"):
            return first, line_end.end()
        if left:
            return len(self.text[:start].rstrip(" \t")), end
        rest = self.text[end:]
        return start, end + len(rest) - len(rest.lstrip(" \t"))

    def named(self, key: str | int, value: Json, indent: str, *, flat: bool) -> str:
        """Return a member of an object, or the entry of a list, as text."""
        in_list = isinstance(key, int)
        return f"{_name(key)}{self.written(value, indent, flat=flat, in_list=in_list)}"

    def written(self, value: Json, indent: str, *, flat: bool, in_list: bool) -> str:
        """Return a value as text, whose further lines begin with `indent` and more.

        `flat` puts it into one line; so are lists of scalars, and objects in lists, that fit.
        """
        if flat or not isinstance(value, dict | list) or not value:
            return _in_one_line(value)
        is_list = isinstance(value, list)
        line = _in_one_line(value)
        if (in_list or is_list) and _is_plain(value) and len(indent) + len(line) <= WIDTH:
            return line
        inner = indent + self.unit
        parts = [f"{inner}{self.named(*each, inner, flat=False)}" for each in _entries(value)]
        lines = f",{self.line_end}".join(parts)
        opened, closed = "[]" if is_list else "{}"
        return f"{opened}{self.line_end}{lines}{self.line_end}{indent}{closed}"


def _is_plain(value: dict[str, Json] | list[Json]) -> bool:
    """Whether nothing in an object or a list holds anything itself."""
    return not any(isinstance(each, dict | list) and each for _, each in _entries(value))


def _in_one_line(value: Json) -> str:
    if not isinstance(value, dict | list) or not value:
        return _scalar(value)
    inner = ", ".join(f"{_name(key)}{_in_one_line(each)}" for key, each in _entries(value))
    return f"[{inner}]" if isinstance(value, list) else f"{{ {inner} }}"


def _entries(value: dict[str, Json] | list[Json]) -> Iterable[tuple[str | int, Json]]:
    return value.items() if isinstance(value, dict) else enumerate(value)


def _name(key: str | int) -> str:
    return "" if isinstance(key, int) else f"{_scalar(key)}: "


def _scalar(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    # Half a surrogate pair has no UTF-8, and not all parsers take these for part of a line.
    odd = any("\ud800" <= c <= "\udfff" or c in "\u2028\u2029\x7f" for c in text)
    return json.dumps(value, allow_nan=False) if odd else text
