"""The filters of a dataset: an operator for each dimension, `AND` and `OR`.

https://developers.cloudflare.com/analytics/graphql-api/features/filtering/
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Protocol

from graphql import (
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
)

from localedge.model import Json
from localedge.services.graphql.scalars import TEXT


class Row(Protocol):
    """A row of a dataset: its dimensions and measures by name."""

    def __getitem__(self, name: str, /) -> Json:
        """Return one of them."""
        ...


Filter = Mapping[str, Json]


def _like(value: Json, pattern: str) -> bool:
    """Return whether a text matches; `%` stands for any text, `_` for one character."""
    parts = (".*" if it == "%" else "." if it == "_" else re.escape(it) for it in pattern)
    return re.fullmatch("".join(parts), value, re.DOTALL) is not None


OPERATORS: Mapping[str, Callable[[Json, Json], bool]] = {
    "": operator.eq,
    "_neq": operator.ne,
    "_gt": operator.gt,
    "_geq": operator.ge,
    "_lt": operator.lt,
    "_leq": operator.le,
    "_in": lambda value, given: value in given,
    "_notin": lambda value, given: value not in given,
    "_like": _like,
    "_notlike": lambda value, given: not _like(value, given),
}
LISTS = ("_in", "_notin")
TEXTS = ("_like", "_notlike")


def filter_type(name: str, dimensions: Mapping[str, GraphQLScalarType]) -> GraphQLInputObjectType:
    """Return the type of a dataset's filter."""

    def fields() -> dict[str, GraphQLInputField]:
        groups = GraphQLInputField(GraphQLList(GraphQLNonNull(made)))
        found = {"AND": groups, "OR": groups}
        for dimension, kind in dimensions.items():
            for suffix in OPERATORS:
                if suffix in LISTS:
                    found[dimension + suffix] = GraphQLInputField(GraphQLList(kind))
                elif suffix not in TEXTS or kind is TEXT:
                    found[dimension + suffix] = GraphQLInputField(kind)
        return found

    made = GraphQLInputObjectType(name, fields)
    return made


def matches(row: Row, given: Filter) -> bool:
    """Return whether a row passes a filter; what is null filters nothing."""
    for key, value in given.items():
        if value is None:
            continue
        if key == "AND":
            passed = all(matches(row, it) for it in value)
        elif key == "OR":
            passed = not value or any(matches(row, it) for it in value)
        else:
            passed = _matches_one(row, key, value)
        if not passed:
            return False
    return True


def _matches_one(row: Row, key: str, value: Json) -> bool:
    name, separator, suffix = key.partition("_")
    return OPERATORS[separator + suffix](row[name], value)


def time_range(given: Filter) -> tuple[datetime | None, datetime | None]:
    """Return the first and the last moment that a filter leaves; None where it does not say."""
    begins, ends = [], []
    for key, value in _required(given):
        if key.endswith(("_geq", "_gt")):
            begins.append(_moment(value, time.min))
        elif key.endswith(("_leq", "_lt")):
            ends.append(_moment(value, time.max))
    return max(begins, default=None), min(ends, default=None)


def _required(given: Filter) -> Iterator[tuple[str, Json]]:
    for key, value in given.items():
        if key == "AND":
            for inner in value or ():
                yield from _required(inner)
        elif key.startswith("date") and isinstance(value, date):
            yield key, value


def _moment(value: date, of_day: time) -> datetime:
    if isinstance(value, datetime):
        return value
    return datetime.combine(value, of_day, UTC)
