"""The base of every model: frozen, unknown keys refused, camelCase in files."""

from collections.abc import Iterator
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema

Json = Any
"""A parsed JSON value, as a file or an API carries it."""


class Model(BaseModel):
    """A frozen value whose JSON form names its fields as Python does."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CamelModel(BaseModel):
    """A frozen value whose JSON form names its fields in camelCase, as tenants' files do."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


_field_sets: dict[tuple[type, frozenset[str]], set[str]] = {}
M = TypeVar("M", bound=BaseModel)


def lean(model: M) -> M:
    """Return a frozen model after letting it, and all in it, share sets of fields with others.

    For models of which a command keeps thousands: pydantic notes in a set of 216 or 728 bytes in
    each of them which fields were given.
    """
    given = model.model_fields_set
    shared = _field_sets.setdefault((type(model), frozenset(given)), given)
    object.__setattr__(model, "__pydantic_fields_set__", shared)
    for value in model.__dict__.values():
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, BaseModel):
                lean(each)
    return model


class InOwnFile:
    """Marks a field whose object may stand in a separate file, whose path then takes its place.

    The reader of the file puts the object in; editors accept both.
    """

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Json]:
        """Return the field's schema, or a path."""
        path = {
            "type": "string",
            "description": "The path of a JSONC file that holds it, relative to fleet.jsonc.",
        }
        return {"anyOf": [handler(schema), path]}


IN_OWN_FILE = InOwnFile()


def own_file_places(model: type[BaseModel]) -> Iterator[tuple[str, ...]]:
    """Yield the keys of each field that may stand in a separate file, outer ones first."""
    for name, field in model.model_fields.items():
        key = field.alias or name
        if any(isinstance(each, InOwnFile) for each in field.metadata):
            yield (key,)
        alternatives = get_args(field.annotation) if _is_union(field.annotation) else ()
        for part in (field.annotation, *alternatives):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from ((key, *below) for below in own_file_places(part))


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in {Union, UnionType}
