"""Answers queries over the datasets of the accounts that a token opens."""

from collections.abc import Collection, Mapping, Sequence

from graphql import GraphQLError, OperationType, execute_sync, get_operation_ast

from localedge.model import Json
from localedge.services.graphql.dataset import Dataset
from localedge.services.graphql.documents import read_document
from localedge.services.graphql.schema import build_schema
from localedge.state.timestamps import now


class Queries:
    """Answers what a request asks; `datasets` are the fields of an account."""

    def __init__(self, datasets: Sequence[Dataset]) -> None:
        self._schema = build_schema(datasets)

    def answer(self, body: Mapping[str, Json], opened: Collection[str]) -> dict[str, Json]:
        """Return the document that answers a body; a token opens the accounts `opened`.

        https://developers.cloudflare.com/analytics/graphql-api/errors/
        """
        try:
            return {"data": self._data(body, opened), "errors": None}
        except GraphQLError as error:
            return {"data": None, "errors": [_shown(error)]}

    def _data(self, body: Mapping[str, Json], opened: Collection[str]) -> Json:
        text, variables = body.get("query"), body.get("variables") or {}
        name = body.get("operationName")
        if not isinstance(text, str) or not isinstance(variables, dict):
            raise GraphQLError("query must be a text, and variables an object")
        if not isinstance(name, str | None):
            raise GraphQLError("operationName must be a text")
        document = read_document(self._schema, text, variables)
        operation = get_operation_ast(document, name)
        if operation is None or operation.operation is not OperationType.QUERY:
            raise GraphQLError("a request must name one query")
        result = execute_sync(self._schema, document, context_value=opened, operation_name=name)
        if result.errors:
            raise result.errors[0]
        return result.data


def _shown(error: GraphQLError) -> Json:
    path = [str(it) for it in error.path] if error.path else None
    extensions = {**(error.extensions or {}), "timestamp": now()}
    return {"message": error.message, "path": path, "extensions": extensions}
