"""Whether the values of a JSON body are those that a contract asks for."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from edgefleet.config.health.places import ABSENT, Matcher, value_at
from edgefleet.core.model import Json
from edgefleet.health.answers import shown_value

LONGEST_TEXT = 10_000
"""Characters of a text that a pattern is compared with."""

TYPES: Mapping[str, Callable[[Json], bool]] = {
    "string": lambda it: isinstance(it, str),
    "number": lambda it: isinstance(it, int | float) and not isinstance(it, bool),
    "boolean": lambda it: isinstance(it, bool),
    "object": lambda it: isinstance(it, dict),
    "array": lambda it: isinstance(it, list),
    "null": lambda it: it is None,
}


def expectation_fault(
    body: Json, expectations: Mapping[str, Json | Matcher], fill: Callable[[Json], Json]
) -> str:
    """Return the first expectation that does not hold, in words; nothing where all do.

    `fill` replaces placeholders such as {session} in what is expected.
    """
    for pointer, expected in expectations.items():
        value = value_at(body, pointer)
        matcher = expected if isinstance(expected, Matcher) else Matcher(equals=expected)
        wrong = _fault(value, matcher, fill)
        if wrong:
            return matcher.message or f"{pointer or 'its body'} {wrong}"
    return ""


def body_lacks(content: bytes, pattern: str | None) -> bool:
    """Whether a body, as text, does not contain what a pattern describes."""
    return pattern is not None and re.search(pattern, content.decode("utf-8", "replace")) is None


def _fault(value: Json, matcher: Matcher, fill: Callable[[Json], Json]) -> str:
    if value is ABSENT:
        return "is missing"
    if "equals" in matcher.model_fields_set:
        equals = fill(matcher.equals)
        if not same(value, equals):
            return f"is {shown_value(value)}, not {shown_value(equals)}"
    if matcher.type and not TYPES[matcher.type](value):
        return f"is no {matcher.type}"
    if matcher.pattern is not None and not _matches(matcher.pattern, value):
        return f"does not match {matcher.pattern}"
    if matcher.minimum is not None and not _at_least(matcher.minimum, value):
        return f"is less than {matcher.minimum:g}, or no number"
    return ""


def same(value: Json, other: Json) -> bool:
    """Whether two JSON values are equal; true is not 1, as Python has it."""
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    if isinstance(value, dict) and isinstance(other, dict):
        return value.keys() == other.keys() and all(same(value[key], other[key]) for key in value)
    if isinstance(value, list) and isinstance(other, list):
        return len(value) == len(other) and all(map(same, value, other))
    return bool(value == other)


def _matches(pattern: str, value: Any) -> bool:
    return isinstance(value, str) and re.search(pattern, value[:LONGEST_TEXT]) is not None


def _at_least(minimum: float, value: Any) -> bool:
    return TYPES["number"](value) and value >= minimum
