"""Reads GraphQL queries: one operation with fields, aliases, arguments and variables.

Fragments, directives and mutations are refused (https://spec.graphql.org/October2021/#sec-Language).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from localedge.model import Json

TOKEN = re.compile(
    r"(?P<skipped>[\s,\ufeff]+|#[^\n\r]*)|(?P<name>[A-Za-z_]\w*)|(?P<number>-?\d+(?:\.\d+)?)"
    r'|(?P<text>"(?:[^"\\\n]|\\.)*")|(?P<sign>\.\.\.|[!$():=@\[\]{|}])',
    re.ASCII,
)
CONSTANTS: Mapping[str, Json] = {"true": True, "false": False, "null": None}
DEEPEST = 20


class GraphqlError(Exception):
    """A query that is refused; the message says why."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field that a query asks for; `alias` is its name in the answer."""

    name: str
    alias: str
    arguments: Mapping[str, Json] = field(default_factory=dict)
    fields: tuple["Field", ...] = ()


def parse_query(text: str, variables: Mapping[str, Json]) -> tuple[Field, ...]:
    """Return the fields of a query's only operation; raise `GraphqlError`."""
    parser = _Parser(_tokens(text), variables)
    return parser.operation()


def _tokens(text: str) -> list[tuple[str, str]]:
    found, position = [], 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise GraphqlError(f"syntax error: unexpected {text[position]!r}")
        position = match.end()
        if match.lastgroup and match.lastgroup != "skipped":
            found.append((match.lastgroup, match[0]))
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], variables: Mapping[str, Json]) -> None:
        self._tokens = tokens
        self._variables = variables
        self._position = 0
        self._depth = 0

    def operation(self) -> tuple[Field, ...]:
        if self._peek() != "{":
            if self._take("name") != "query":
                raise GraphqlError("only queries are answered")
            if self._peek() not in {"(", "{"}:
                self._take("name")
            if self._peek() == "(":
                self._skip_definitions()
        fields = self._fields()
        if self._position < len(self._tokens):
            raise GraphqlError("only one operation is answered, without fragments")
        return fields

    def _fields(self) -> tuple[Field, ...]:
        self._descend()
        self._expect("{")
        found = []
        while self._peek() != "}":
            found.append(self._field())
        self._expect("}")
        self._depth -= 1
        return tuple(found)

    def _field(self) -> Field:
        name = alias = self._take("name")
        if self._peek() == ":":
            self._expect(":")
            name = self._take("name")
        arguments = self._object("(", ")") if self._peek() == "(" else {}
        return Field(name, alias, arguments, self._fields() if self._peek() == "{" else ())

    def _object(self, opening: str, closing: str) -> dict[str, Json]:
        self._descend()
        self._expect(opening)
        found = {}
        while self._peek() != closing:
            key = self._take("name")
            self._expect(":")
            found[key] = self._value()
        self._expect(closing)
        self._depth -= 1
        return found

    def _value(self) -> Json:
        match self._peek():
            case "{":
                return self._object("{", "}")
            case "[":
                return self._list()
            case "$":
                self._expect("$")
                return self._variables.get(self._take("name"))
        kind, text = self._next()
        if kind == "name":
            return CONSTANTS.get(text, text)
        if kind not in {"number", "text"}:
            raise GraphqlError(f"syntax error: unexpected {text!r}")
        try:
            return json.loads(text)
        except ValueError:
            raise GraphqlError(f"syntax error: unexpected {text}") from None

    def _list(self) -> list[Json]:
        self._descend()
        self._expect("[")
        found = []
        while self._peek() != "]":
            found.append(self._value())
        self._expect("]")
        self._depth -= 1
        return found

    def _skip_definitions(self) -> None:
        while self._next()[1] != ")":
            pass

    def _descend(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise GraphqlError(f"a query may be {DEEPEST} levels deep")

    def _peek(self) -> str:
        return self._tokens[self._position][1] if self._position < len(self._tokens) else ""

    def _next(self) -> tuple[str, str]:
        if self._position >= len(self._tokens):
            raise GraphqlError("syntax error: the query ends too early")
        self._position += 1
        return self._tokens[self._position - 1]

    def _take(self, kind: str) -> str:
        found, text = self._next()
        if found != kind:
            raise GraphqlError(f"syntax error: unexpected {text!r}")
        return text

    def _expect(self, text: str) -> None:
        found = self._next()[1]
        if found != text:
            raise GraphqlError(f"syntax error: expected {text!r}, found {found!r}")
