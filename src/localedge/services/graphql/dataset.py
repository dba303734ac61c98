"""A dataset: its rows, grouped by the dimensions that a query names, each group with its sums.

https://developers.cloudflare.com/analytics/graphql-api/features/data-sets/
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    SelectionSetNode,
)

from localedge.model import Json
from localedge.services.graphql.filters import Filter, Row, filter_type, matches
from localedge.services.graphql.scalars import WHOLE

MOST_ROWS = 10_000
Rows = Sequence[Row]
Aggregate = tuple[GraphQLScalarType, Callable[[Rows], Json]]
"""The type of a figure, and how it is made of the rows of a group."""
DIMENSIONS = "dimensions"


@dataclass(frozen=True)
class Dataset:
    """A field of an account.

    `figures` are the aggregates by their group (`sum`, `max`, ...) and name; `rows` returns what
    an account has, by the query's filter, which is applied afterwards; `extra` are further fields
    of a group of rows, which get the rows as `rows`.
    """

    name: str
    type_name: str
    dimensions: Mapping[str, GraphQLScalarType]
    figures: Mapping[str, Mapping[str, Aggregate]]
    rows: Callable[[str, Filter], Rows]
    extra: Mapping[str, GraphQLField] = field(default_factory=dict)

    def graphql_field(self) -> GraphQLField:
        """Return the field of the schema; an account is a mapping with its `id`."""
        order = GraphQLEnumType(f"{self.type_name}OrderBy", self._orders())
        arguments = {
            "filter": GraphQLArgument(
                filter_type(f"{self.type_name}Filter_InputObject", self.dimensions)
            ),
            "limit": GraphQLArgument(GraphQLNonNull(WHOLE)),
            "orderBy": GraphQLArgument(GraphQLList(GraphQLNonNull(order))),
        }
        kind = GraphQLList(GraphQLNonNull(self._row_type()))
        return GraphQLField(kind, arguments, resolve=self._resolve)

    def _row_type(self) -> GraphQLObjectType:
        dimensions = {name: GraphQLField(kind) for name, kind in self.dimensions.items()}
        fields: dict[str, GraphQLField] = {
            DIMENSIONS: GraphQLField(GraphQLObjectType(f"{self.type_name}Dimensions", dimensions))
        }
        for group, figures in self.figures.items():
            inner = {name: GraphQLField(kind) for name, (kind, _) in figures.items()}
            name = f"{self.type_name}{group.title()}"
            fields[group] = GraphQLField(GraphQLObjectType(name, inner))
        return GraphQLObjectType(self.type_name, {**fields, **self.extra})

    def _orders(self) -> dict[str, Json]:
        names = [(name, (DIMENSIONS, name)) for name in self.dimensions]
        for group, figures in self.figures.items():
            names += [(f"{group}_{name}", (group, name)) for name in figures]
        found = {}
        for name, place in names:
            found[f"{name}_ASC"], found[f"{name}_DESC"] = (*place, False), (*place, True)
        return found

    def _resolve(
        self, account: Mapping[str, Json], info: GraphQLResolveInfo[Any], **given: Any
    ) -> list[dict[str, Json]]:
        if not 1 <= given["limit"] <= MOST_ROWS:
            raise GraphQLError(
                f'error parsing args for "{self.name}": limit must be positive number and not '
                f"greater than {MOST_ROWS}"
            )
        wanted = given.get("filter") or {}
        rows = [it for it in self.rows(account["id"], wanted) if matches(it, wanted)]
        groups = [self._group(it) for it in _grouped(rows, _dimensions(info))]
        for group, name, descending in reversed(given.get("orderBy") or []):
            groups.sort(key=lambda it: it[group][name](), reverse=descending)
        return groups[: given["limit"]]

    def _group(self, rows: Rows) -> dict[str, Json]:
        """Return a group's fields, each a function, so that nothing is counted in vain."""
        first = rows[0]
        found: dict[str, Json] = {
            DIMENSIONS: {name: _constant(first[name]) for name in self.dimensions}
        }
        for group, figures in self.figures.items():
            found[group] = {name: _figure(count, rows) for name, (_, count) in figures.items()}
        return found | {"rows": rows}


def _constant(value: Json) -> Callable[..., Json]:
    return lambda *_: value


def _figure(count: Callable[[Rows], Json], rows: Rows) -> Callable[..., Json]:
    return lambda *_: count(rows)


def _grouped(rows: Rows, names: Sequence[str]) -> list[list[Row]]:
    groups: dict[tuple[Json, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    return list(groups.values())


def _dimensions(info: GraphQLResolveInfo[Any]) -> list[str]:
    """Return the dimensions that a query asks for; they are what its rows are grouped by."""
    names: dict[str, None] = {}
    for node in info.field_nodes:
        for chosen in _fields(info, node.selection_set):
            if chosen.name.value == DIMENSIONS:
                names |= {it.name.value: None for it in _fields(info, chosen.selection_set)}
    return [name for name in names if not name.startswith("__")]


def _fields(info: GraphQLResolveInfo[Any], chosen: SelectionSetNode | None) -> Iterator[FieldNode]:
    for node in chosen.selections if chosen else ():
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, FragmentSpreadNode):
            yield from _fields(info, info.fragments[node.name.value].selection_set)
        else:
            yield from _fields(info, getattr(node, "selection_set", None))
