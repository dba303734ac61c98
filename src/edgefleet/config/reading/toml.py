"""Read TOML, the other form of a wrangler file, and find the lines of its keys."""

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import NamedTuple

from edgefleet.config.reading.jsonc import FILE_EMPTY, Fault
from edgefleet.config.reading.positions import Positions
from edgefleet.config.reading.rule import KeyPath, Rule
from edgefleet.core.model import Json

TOML_SYNTAX = Rule(
    code="toml-syntax",
    means="The file is not TOML 1.0. The position is where reading stopped; the error is there or "
    "just before.",
    example="name = my-worker",
    fix="correct the text there or just before; an editor that knows TOML shows it",
)
TOML_VALUE = Rule(
    code="toml-value",
    means="A number that JSON does not have, in which Cloudflare takes all settings.",
    example="cpu_ms = inf",
    fix="write a finite number",
)
RULES = (TOML_SYNTAX, TOML_VALUE)

_PLACE = re.compile(r"at line (\d+), column (\d+)")
_TOKEN = re.compile(
    r'(?P<skip>[ \t\r]+|#[^\n]*)|(?P<line>\n)|(?P<text>"""(?:\\.|[^\\])*?"{3,5}|'
    r"'''.*?'{3,5}|\"(?:\\.|[^\"\\])*\"|'[^']*')|(?P<mark>[\[\]{},=.])|(?P<word>[^\s\[\]{},=.#\"']+)",
    re.DOTALL,
)


def parse(text: str) -> tuple[Mapping[str, Json] | None, list[Fault]]:
    """Return what a TOML text holds, if it can be read at all, and what is wrong with it.

    Dates become text in ISO 8601, as wrangler sends them.
    """
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, [_syntax_fault(text, str(error))]
    except RecursionError:
        return None, [Fault(TOML_SYNTAX, 0, "it is nested too deeply")]
    if not value:
        return None, [Fault(FILE_EMPTY, 0, "the file is empty")]
    positions = index(text)
    faults = [
        Fault(TOML_VALUE, positions.offset(path), f"{path[-1]} is no finite number")
        for path in _not_finite(value)
    ]
    return _as_json(value), faults


def _syntax_fault(text: str, message: str) -> Fault:
    found = _PLACE.search(message)
    offset = len(text)
    if found:
        line, column = int(found[1]), int(found[2])
        offset = sum(len(each) + 1 for each in text.split("\n")[: line - 1]) + column - 1
    return Fault(TOML_SYNTAX, offset, f"it is not TOML: {message.partition(' (at ')[0]}")


def _as_json(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {key: _as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_json(inner) for inner in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def _not_finite(value: Json, path: KeyPath = ()) -> Iterator[KeyPath]:
    if isinstance(value, float) and not math.isfinite(value):
        yield path
    pairs = value.items() if isinstance(value, Mapping) else ()
    for key, inner in enumerate(value) if isinstance(value, list) else pairs:
        yield from _not_finite(inner, (*path, key))


def index(text: str) -> Positions:
    """Find every key and list item of a document, which must be valid."""
    scanner = _Scanner(text)
    scanner.run()
    return Positions(scanner.offsets)


class _Token(NamedTuple):
    kind: str
    text: str
    start: int


class _Scanner:
    """Walks through the tokens of a valid text and notes where each key stands."""

    def __init__(self, text: str) -> None:
        found = (_Token(one.lastgroup or "", one[0], one.start()) for one in _TOKEN.finditer(text))
        self._tokens = [token for token in found if token.kind != "skip"]
        self._at = 0
        self._tables: dict[KeyPath, int] = {}
        """How many tables each array of tables has so far."""
        self.offsets: dict[KeyPath, int] = {}

    def run(self) -> None:
        table: KeyPath = ()
        while self._at < len(self._tokens):
            if self._next("["):
                table = self._header()
            elif not self._next("\n"):
                self._pair(table)

    def _next(self, text: str) -> bool:
        """Take the next token if it is this one."""
        if self._at < len(self._tokens) and self._tokens[self._at].text == text:
            self._at += 1
            return True
        return False

    def _header(self) -> KeyPath:
        is_list = self._next("[")
        start = self._tokens[self._at].start
        path: KeyPath = ()
        for key in self._keys("]"):
            path = (*path, key)
            if is_list and self._tokens[self._at - 1].text == "]":
                self._tables[path] = self._tables.get(path, 0) + 1
            self.offsets.setdefault(path, start)
            if path in self._tables:
                path = (*path, self._tables[path] - 1)
                self.offsets.setdefault(path, start)
        if is_list:
            self._next("]")
        return path

    def _keys(self, end: str) -> Iterator[str]:
        """Yield the parts of a dotted key; the token after the last one is taken before it."""
        while True:
            token = self._tokens[self._at]
            self._at += 1
            key = token.text
            if token.kind == "text":
                (key,) = tomllib.loads(f"{token.text} = 0")
            last = self._next(end) or not self._next(".")
            yield key
            if last:
                return

    def _pair(self, table: KeyPath) -> None:
        start, path = self._tokens[self._at].start, table
        for key in self._keys("="):
            path = (*path, key)
            self.offsets.setdefault(path, start)
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        self.offsets.setdefault(path, self._tokens[self._at].start)
        if self._next("["):
            number = 0
            while not self._next("]"):
                if not (self._next("\n") or self._next(",")):
                    self._value((*path, number))
                    number += 1
        elif self._next("{"):
            while not self._next("}"):
                if not (self._next("\n") or self._next(",")):
                    self._pair(path)
        else:
            while self._at < len(self._tokens) and self._tokens[self._at].text not in "\n,]}":
                self._at += 1
