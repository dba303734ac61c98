"""The schema: the datasets of the accounts that a token opens, and nothing of zones."""

from collections.abc import Sequence
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
)

from localedge.model import Json
from localedge.services.graphql.dataset import Dataset
from localedge.services.graphql.scalars import TEXT, WHOLE


def build_schema(datasets: Sequence[Dataset]) -> GraphQLSchema:
    """Return the schema; a query's context is the ids of the accounts that it may read."""
    account = GraphQLObjectType("account", {it.name: it.graphql_field() for it in datasets})
    wanted = GraphQLInputObjectType(
        "AccountsFilter_InputObject",
        {
            "accountTag": GraphQLInputField(TEXT),
            "accountTag_in": GraphQLInputField(GraphQLList(TEXT)),
        },
    )
    accounts = GraphQLField(
        GraphQLList(GraphQLNonNull(account)),
        {"filter": GraphQLArgument(wanted), "limit": GraphQLArgument(WHOLE)},
        resolve=_accounts,
    )
    viewer = GraphQLObjectType("viewer", {"accounts": accounts})
    query = GraphQLObjectType("Query", {"viewer": GraphQLField(viewer, resolve=lambda *_: {})})
    return GraphQLSchema(query)


def _accounts(
    _: Json,
    info: GraphQLResolveInfo[Any],
    **arguments: Json,
) -> list[dict[str, Json]]:
    given = arguments.get("filter") or {}
    tags = [*(given.get("accountTag_in") or ()), given.get("accountTag")]
    wanted = [it for it in tags if it is not None]
    if not wanted or any(it not in info.context for it in wanted):
        raise GraphQLError("not authorized for that account", extensions={"code": "authz"})
    return [{"id": it} for it in wanted]
