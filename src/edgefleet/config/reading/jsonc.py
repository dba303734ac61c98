"""Read JSON with comments and trailing commas, as strictly as wrangler does.

Most files are JSON once lines that are comments are left out: Python's own parser reads those.
pyjson5 reads the others, but its errors say little, and it accepts all of JSON5, which wrangler
refuses. json5 is a thousand times slower and reports the position of an error, so only invalid
files are parsed with it. One regular expression finds the JSON5 that pyjson5 accepts.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyjson5

from edgefleet.config.reading.positions import BLANK, COMMENT, SCALAR, STRING, index
from edgefleet.config.reading.rule import Rule
from edgefleet.core.model import Json

FILE_EMPTY = Rule(
    code="file-empty",
    means="The file has only white space and comments.",
    example="// to do",
    fix="copy that of another tenant and change it",
)
JSON_SYNTAX = Rule(
    code="json-syntax",
    means="The file is not JSON (with comments and trailing commas). The position is where "
    "reading stopped; the error is there or just before.",
    example='"name": "bluey-ai-worker"   // no comma\n"main": "../../src/worker/index.ts"',
    fix="correct the text there or just before; an editor that knows JSONC shows it",
)
JSON_DIALECT = Rule(
    code="json-dialect",
    means="The text is JSON5, not JSON with comments and trailing commas: single quotes, names "
    "without quotes, hexadecimal numbers and the like. wrangler refuses it.",
    example="name: 'bluey-ai-worker'",
    fix='put names and texts in double quotes ("), and write numbers as decimals',
)
JSON_DEPTH = Rule(
    code="json-depth",
    means="Objects and lists are nested deeper than any setting of a tenant is.",
    example='{ "a": { "a": { "a": { "...": "33 levels" } } } }',
    fix="use at most 32 levels",
)
JSON_NOT_OBJECT = Rule(
    code="json-not-object",
    means="The file is JSON, but not one object with keys.",
    example='["bluey-ai-worker"]',
    fix="put the settings into one object: { ... }",
)
JSON_DUPLICATE_KEY = Rule(
    code="json-duplicate-key",
    means="A key occurs twice in one object. Parsers silently use one of the two, and not all "
    "parsers use the same one.",
    example='"LOG_LEVEL": "debug",\n"LOG_LEVEL": "info"',
    fix="remove one of the two",
)
RULES = (
    FILE_EMPTY,
    JSON_SYNTAX,
    JSON_DIALECT,
    JSON_DEPTH,
    JSON_NOT_OBJECT,
    JSON_DUPLICATE_KEY,
)

MAX_DEPTH = 32

_JSONC = re.compile(rf"(?:{BLANK}|{STRING}|{SCALAR}|[{{}}\[\],:])*")
_WHOLE_STRING = re.compile(STRING)
_NOTHING = re.compile(rf"{BLANK}*")
_OPAQUE = re.compile(rf"{STRING}|{COMMENT}")
# What is left of JSON without its strings and comments; a quote that is left was no JSON string.
_SKELETON = re.compile(rf"(?:[ \t\r\n{{}}\[\],:]++|(?:{SCALAR})(?![ \t\r\n]*+:))*")


@dataclass(frozen=True, slots=True)
class Fault:
    """What keeps a text from being one JSONC object, and at which offset."""

    rule: Rule
    offset: int
    message: str


def parse(text: str) -> tuple[Mapping[str, Json] | None, list[Fault]]:
    """Return the object that `text` holds, if it can be read at all, and what is wrong with it."""
    plain = _plain(text)
    if plain is not None:
        return plain, []
    try:
        value = pyjson5.decode(text, MAX_DEPTH)
    except pyjson5.Json5NestingTooDeep:
        return None, [Fault(JSON_DEPTH, 0, f"is nested more than {MAX_DEPTH} levels deep")]
    except pyjson5.Json5Exception:
        return None, [_syntax_fault(text)]
    if not isinstance(value, dict):
        start = _blank_end(text)
        return None, [Fault(JSON_NOT_OBJECT, start, "the file does not hold an object")]
    skeleton = _OPAQUE.sub("", text)
    if not _SKELETON.fullmatch(skeleton):
        return None, [_dialect_fault(text)]
    if skeleton.count(":") == _keys(value):
        return value, []
    return value, [
        Fault(JSON_DUPLICATE_KEY, offset, f'"{path[-1]}" stands twice in this object')
        for path, offset in index(text).repeated
    ]


def _plain(text: str) -> dict[str, Json] | None:
    """Return the object of a text that needs no more than Python's own parser; None for others."""
    # Not all parsers end a // comment at the same characters.
    if any(special in text for special in ("\\", "\r", "\u2028", "\u2029")):
        return None
    lines = [
        line for line in text.split("\n") if "//" not in line or line.lstrip(" \t")[:2] != "//"
    ]
    plain = "\n".join(lines)
    try:
        value = _PLAIN.decode(plain)
        strings = _strings(value, MAX_DEPTH) if isinstance(value, dict) else -1
    except (ValueError, RecursionError):
        return None
    # Of a key that stands twice, the parser keeps one. No quote is escaped, so each is counted.
    return value if plain.count('"') == 2 * strings else None


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is not JSON")


_PLAIN = json.JSONDecoder(parse_constant=_no_constant)


def _strings(value: dict[str, Json] | list[Json], levels: int) -> int:
    """Count the keys and texts in a value; raises `ValueError` below so many levels."""
    if not levels:
        raise ValueError("is nested too deep")
    count = 0
    inner: Iterable[Json] = value
    if type(value) is dict:
        count, inner = len(value), value.values()
    for each in inner:
        if type(each) is str:
            count += 1
        elif type(each) is dict or type(each) is list:
            count += _strings(each, levels - 1)
    return count


def _syntax_fault(text: str) -> Fault:
    start = _blank_end(text)
    if start == len(text):
        return Fault(FILE_EMPTY, 0, "the file is empty")
    import json5  # slow to load, too, and most fleets have no bad file

    try:
        _, error, stopped = json5.parse(text)
    except (ValueError, RecursionError):
        error, stopped = "refused without a place", start
    if error is None:  # one of the few texts on which the two libraries disagree
        return Fault(JSON_SYNTAX, start, "the text cannot be read as JSON")
    offset = min(stopped, _first_not_jsonc(text))
    return Fault(JSON_SYNTAX, offset, _unexpected(text, offset))


def _unexpected(text: str, offset: int) -> str:
    if offset >= len(text):
        return "the text ends before the object does"
    if text[offset] == '"' and not _WHOLE_STRING.match(text, offset):
        return "a string begins here that is not closed, or holds what must be escaped"
    return f"unexpected {_shown(text[offset])}"


def _dialect_fault(text: str) -> Fault:
    end = _first_not_jsonc(text)
    what = _shown(text[end]) if end < len(text) else "a word without quotes"
    return Fault(JSON_DIALECT, end, f"{what} begins something that JSON does not have")


def _first_not_jsonc(text: str) -> int:
    match = _JSONC.match(text)
    return match.end() if match else 0


def _blank_end(text: str) -> int:
    match = _NOTHING.match(text)
    return match.end() if match else 0


def _keys(value: dict[str, Json] | list[Json]) -> int:
    """Count the keys of all objects in a value, which is at most `MAX_DEPTH` levels deep."""
    count = 0
    inner: Iterable[Json] = value
    if isinstance(value, dict):
        count, inner = len(value), value.values()
    for each in inner:
        if type(each) is dict or type(each) is list:  # as a parser makes them; quicker
            count += _keys(each)
    return count


def _shown(character: str) -> str:
    return f"'{character}'" if character.isprintable() else f"character U+{ord(character):04X}"
