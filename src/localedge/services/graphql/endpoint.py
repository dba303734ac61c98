"""`POST /graphql`: a query over the datasets of the accounts that the token opens."""

from collections.abc import Collection, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localedge.model import Json
from localedge.services.graphql.datasets import Dataset
from localedge.services.graphql.query import Field, GraphqlError, parse_query
from localedge.state.timestamps import now
from localedge.wire.request import json_object


def routes(datasets: Mapping[str, Dataset]) -> list[Route]:
    """Return the routes, relative to the API's base."""
    service = _Service(datasets)
    return [Route("/graphql", service.query, methods=["POST"])]


class _Service:
    def __init__(self, datasets: Mapping[str, Dataset]) -> None:
        self._datasets = datasets

    async def query(self, request: Request) -> Response:
        """Answer; a failure is a 200 too, with `errors`, as the GraphQL specification has it."""
        body = await json_object(request)
        try:
            data = self._data(body, request.state.token.account_ids)
        except GraphqlError as error:
            problem = {"message": str(error), "path": None, "extensions": {"timestamp": now()}}
            return JSONResponse({"data": None, "errors": [problem]})
        return JSONResponse({"data": data, "errors": None})

    def _data(self, body: Mapping[str, Json], opened: Collection[str]) -> Json:
        text, variables = body.get("query"), body.get("variables") or {}
        if not isinstance(text, str) or not isinstance(variables, dict):
            raise GraphqlError("query must be a text, and variables an object")
        fields = parse_query(text, variables)
        return {it.alias: self._viewer(_named(it, "viewer"), opened) for it in fields}

    def _viewer(self, viewer: Field, opened: Collection[str]) -> Json:
        return {it.alias: [self._account(_named(it, "accounts"), opened)] for it in viewer.fields}

    def _account(self, accounts: Field, opened: Collection[str]) -> Json:
        wanted = accounts.arguments.get("filter")
        account = wanted.get("accountTag") if isinstance(wanted, dict) else None
        if account not in opened:
            raise GraphqlError("not authorized for that account")
        found = {}
        for it in accounts.fields:
            if it.name not in self._datasets:
                raise GraphqlError(f'unknown field "{it.name}": localedge has no such dataset')
            rows = self._datasets[it.name](str(account), it.arguments)
            found[it.alias] = [_chosen(row, it.fields) for row in rows]
        return found


def _named(field: Field, name: str) -> Field:
    if field.name != name:
        raise GraphqlError(f'unknown field "{field.name}"')
    return field


def _chosen(row: Mapping[str, Json], fields: Sequence[Field]) -> dict[str, Json]:
    """Return the fields of a row that a query asks for."""
    chosen = {}
    for field in fields:
        if field.name not in row:
            raise GraphqlError(f'unknown field "{field.name}"')
        value = row[field.name]
        if isinstance(value, dict) != bool(field.fields):
            raise GraphqlError(f'field "{field.name}" must name its fields if it has any')
        chosen[field.alias] = _chosen(value, field.fields) if field.fields else value
    return chosen
