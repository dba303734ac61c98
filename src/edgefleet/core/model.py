"""The base of every model: frozen, unknown keys refused, camelCase in files."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

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
