"""Reads a query: parses it, puts the variables in their places, and holds it to the schema.

Cloudflare does not compare the types that a query declares for its variables with the schema's:
its own examples declare `string` and `Time`, and wrangler names another dataset's filter.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import (
    REMOVE,
    ArgumentNode,
    ASTValidationRule,
    BooleanValueNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FieldsOnCorrectTypeRule,
    FloatValueNode,
    GraphQLError,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    NameNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    StringValueNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)

from localedge.model import Json

MOST_TOKENS = 2000
ORDER = "orderBy"
"""The argument whose values are names, which a variable says as texts."""


def read_document(schema: GraphQLSchema, text: str, variables: Mapping[str, Json]) -> DocumentNode:
    """Return a query that has no variables any more; raise `GraphQLError`."""
    try:
        document = parse(text, no_location=True, max_tokens=MOST_TOKENS)
        found: DocumentNode = visit(document, _Inline(_values(document, variables)))
        errors = validate(schema, found, RULES)
    except RecursionError:
        raise GraphQLError("the query is too deep") from None
    if errors:
        raise errors[0]
    return found


def _values(document: DocumentNode, variables: Mapping[str, Json]) -> dict[str, ValueNode]:
    values: dict[str, ValueNode] = {}
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            for it in operation.variable_definitions or ():
                if it.default_value:
                    values[it.variable.name.value] = it.default_value
    return values | {name: _literal(value) for name, value in variables.items()}


def _literal(value: Json) -> ValueNode:
    match value:
        case None:
            return NullValueNode()
        case bool():
            return BooleanValueNode(value=value)
        case int():
            return IntValueNode(value=str(value))
        case float():
            return FloatValueNode(value=repr(value))
        case str():
            return StringValueNode(value=value)
        case list():
            return ListValueNode(values=tuple(_literal(it) for it in value))
    fields = (
        ObjectFieldNode(name=NameNode(value=key), value=_literal(inner))
        for key, inner in value.items()
    )
    return ObjectValueNode(fields=tuple(fields))


class _Inline(Visitor):
    """Replaces variables by their values; what one of no value would set is left out."""

    def __init__(self, values: Mapping[str, ValueNode]) -> None:
        super().__init__()
        self._values = values

    def enter_variable_definition(self, _node: VariableDefinitionNode, *_: object) -> Any:
        return REMOVE

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> Any:
        return REMOVE if self._is_absent(node.value) else None

    def enter_argument(self, node: ArgumentNode, *_: object) -> Any:
        if self._is_absent(node.value):
            return REMOVE
        if node.name.value == ORDER and isinstance(node.value, VariableNode):
            names = _names(self._values[node.value.name.value])
            return ArgumentNode(name=node.name, value=names)
        return None

    def leave_variable(self, node: VariableNode, *_: object) -> Any:
        return self._values.get(node.name.value, NullValueNode())

    def _is_absent(self, value: ValueNode) -> bool:
        return isinstance(value, VariableNode) and value.name.value not in self._values


def _names(value: ValueNode) -> ValueNode:
    if isinstance(value, ListValueNode):
        return ListValueNode(values=tuple(_names(it) for it in value.values))
    return EnumValueNode(value=value.value) if isinstance(value, StringValueNode) else value


class _KnownFields(FieldsOnCorrectTypeRule):
    """Names a field that there is not as Cloudflare does."""

    def enter_field(self, node: FieldNode, *_: object) -> None:
        if self.context.get_parent_type() and not self.context.get_field_def():
            self.report_error(GraphQLError(f'unknown field "{node.name.value}"', node))


RULES: Sequence[type[ASTValidationRule]] = [
    _KnownFields,
    *(it for it in specified_rules if it is not FieldsOnCorrectTypeRule),
]
