"""Which events of Workers Logs pass the filters of a query."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence

from localedge.model import Json
from localedge.services.observability.documents import Document
from localedge.services.observability.parameters import Filter, Kind, Leaf, Needle
from localedge.wire.errors import BadBody

Test = Callable[[Document], bool]

COMPARED: Mapping[str, Callable[[Json, Json], bool]] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
NEGATED = {"not_includes": "includes", "not_in": "in", "is_null": "exists", "neq": "eq"}
"""Operations that hold where another one does not, also for an event without the field."""


def all_of(filters: Sequence[Filter], combination: str, needle: Needle | None) -> Test:
    """Return the test that an event must pass; raise `BadBody` for a broken expression."""
    tests = [_test(it) for it in filters]
    combined = any if combination.lower() == "or" and tests else all
    found = needle_test(needle) if needle else None
    return lambda document: (
        combined(test(document) for test in tests)
        and (found is None or any(found(str(it)) for it in document.flat.values()))
    )


def needle_test(needle: Needle) -> Callable[[str], bool]:
    """Return what tests a text for a needle."""
    text = str(needle.value)
    pattern = text if needle.is_regex else re.escape(text)
    return _compiled(pattern, 0 if needle.match_case else re.IGNORECASE)


def typed(value: Json, kind: Kind) -> Json:
    """Return a value as a type; None where it has another one."""
    match kind:
        case "string":
            return value if isinstance(value, str) else None
        case "boolean":
            return value if isinstance(value, bool) else None
        case "number":
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return value if is_number else None


def _test(given: Filter) -> Test:
    if not isinstance(given, Leaf):
        return all_of(given.filters, given.filter_combination, None)
    if given.operator in NEGATED:
        inner = _leaf(given, NEGATED[given.operator])
        return lambda document: not inner(document)
    return _leaf(given, given.operator)


def _leaf(leaf: Leaf, name: str) -> Test:
    check = _check(leaf, name)

    def test(document: Document) -> bool:
        value = typed(document.get(leaf.key), leaf.type)
        return value is not None and check(value)

    return test


def _check(leaf: Leaf, name: str) -> Callable[[Json], bool]:
    given = leaf.value
    if name == "exists":
        return lambda _: True
    if name in {"in", "not_in"}:
        wanted = {it.strip() for it in str(given).split(",")}
        return lambda value: _text(value) in wanted
    if name in COMPARED:
        compared = _as(given, leaf.type)
        return lambda value: COMPARED[name](value, compared)
    text = str(given)
    if name == "regex":
        found = _compiled(text)
        return lambda value: found(_text(value))
    checks: Mapping[str, Callable[[Json], bool]] = {
        "includes": lambda value: text in _text(value),
        "starts_with": lambda value: _text(value).startswith(text),
        "ends_with": lambda value: _text(value).endswith(text),
    }
    return checks[name]


def _as(given: Json, kind: Kind) -> Json:
    if kind == "number" and isinstance(given, str):
        try:
            return float(given)
        except ValueError:
            pass
    value = typed(given, kind)
    if value is None:
        raise BadBody(f"{given!r} is no {kind}.")
    return value


def _text(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _compiled(pattern: str, flags: int = 0) -> Callable[[str], bool]:
    try:
        found = re.compile(pattern, flags)
    except (re.error, OverflowError, RecursionError) as broken:
        raise BadBody(f"{pattern!r} is no regular expression: {broken}") from broken
    return lambda text: found.search(text) is not None
