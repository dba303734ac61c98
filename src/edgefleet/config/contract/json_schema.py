"""A JSON Schema of a fleet: what is wrong with it, and what it finds wrong with a value.

Validated by jsonschema-rs (https://github.com/Stranger6667/jsonschema), in the draft that
`$schema` names, 2020-12 without one. No reference leads out of the schema: nothing is fetched.
"""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from edgefleet.config.contract.schema_words import Found, Path, in_words
from edgefleet.core.model import Json

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError, Validator

ENVIRONMENT = "$environment"
"""Stands for the environment's name as the value of a `const`."""


class JsonSchema:
    """A schema as a file holds it. It is compiled once, where a value is first compared with it."""

    __slots__ = ("_compiled", "_named", "value")

    def __init__(self, value: Json) -> None:
        self.value = value
        self._compiled: Validator | None = None
        self._named: dict[str, JsonSchema] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JsonSchema) and self.value == other.value

    def __hash__(self) -> int:
        return hash(json.dumps(self.value, sort_keys=True))

    def __reduce__(self) -> tuple[type["JsonSchema"], tuple[Json]]:
        # What is compiled cannot be sent to another process.
        return JsonSchema, (self.value,)

    def fault(self) -> tuple[Path, str] | None:
        """Return where it is no JSON Schema, and words for it; None for one."""
        try:
            self._validator()
        except Exception as error:  # noqa: BLE001 - ValueError and several of the library's own
            return _fault(error, self.value)
        return None

    def errors(self, value: Json) -> Iterator[Found]:
        """Yield what is wrong with a value; the schema has no fault."""
        compiled = self._validator()
        if not compiled.is_valid(value):
            for error in compiled.iter_errors(value):
                yield from in_words(error, self.value)

    def of_environment(self, name: str) -> "JsonSchema":
        """Return the schema in which `"const": "$environment"` is this environment's name."""
        if name not in self._named:
            self._named[name] = JsonSchema(_named(self.value, str(name)))
        return self._named[name]

    @property
    def named_by_environment(self) -> frozenset[str]:
        """The keys whose value must be the environment's name."""
        named = self.value.get("properties")
        return frozenset(
            key
            for key, each in (named.items() if isinstance(named, Mapping) else ())
            if isinstance(each, Mapping) and each.get("const") == ENVIRONMENT
        )

    def _validator(self) -> "Validator":
        if self._compiled is None:
            # Importing it takes longer than to validate a hundred tenants.
            from jsonschema_rs import validator_for

            self._compiled = validator_for(self.value, validate_formats=True, retriever=_nothing)
        return self._compiled

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        form = core_schema.dict_schema(core_schema.str_schema())
        return core_schema.no_info_before_validator_function(
            lambda value: value.value if isinstance(value, cls) else value,
            core_schema.no_info_after_validator_function(cls, form),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _: CoreSchema, __: GetJsonSchemaHandler) -> Json:
        return {"type": "object"}


def _nothing(uri: str) -> Json:
    raise ValueError(f"{uri} is not part of the schema")


def _fault(error: Exception, schema: Json) -> tuple[Path, str]:
    if type(error).__name__ != "ValidationError":
        return (), "is no JSON Schema that edgefleet can read"
    wrong: ValidationError = error  # type: ignore[assignment]
    if type(wrong.kind).__name__ == "Referencing":
        return _reference(schema, wrong.message)
    path, _, words = next(in_words(wrong, None))
    return path, words


def _reference(schema: Json, message: str) -> tuple[Path, str]:
    """Find the reference that leads nowhere."""
    for path, value in _references(schema, ()):
        target = value.removeprefix("#")
        if target and (f"'{target}'" in message or value in message):
            words = "leads nowhere; a reference begins with # and stays in its file"
            return path, words if path[-1] != "$schema" else "is no draft that edgefleet knows"
    return (), "has a reference that leads nowhere"


def _references(schema: Json, path: Path) -> Iterator[tuple[Path, str]]:
    items: Any = ()
    if isinstance(schema, Mapping):
        items = schema.items()
    elif isinstance(schema, list):
        items = enumerate(schema)
    for key, value in items:
        if key in {"$ref", "$dynamicRef", "$schema"} and isinstance(value, str):
            yield (*path, key), value
        else:
            yield from _references(value, (*path, key))


def _named(schema: Json, name: str) -> Json:
    if isinstance(schema, list):
        return [_named(each, name) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        key: name if (key, value) == ("const", ENVIRONMENT) else _named(value, name)
        for key, value in schema.items()
    }
