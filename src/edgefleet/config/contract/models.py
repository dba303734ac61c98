"""The section `contract` of fleet.jsonc: what the Worker's code needs, as data.

The field descriptions here are what editors show.
"""

from difflib import get_close_matches
from functools import cached_property
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StrictBool,
    model_validator,
)
from pydantic_core import CoreSchema

from edgefleet.cloudflare.worker.binding_types import KINDS
from edgefleet.config.contract.json_schema import JsonSchema
from edgefleet.config.contract.pointers import POINTER, VARS, keys
from edgefleet.core.model import IN_OWN_FILE, CamelModel, Json

VAR_NAME = r"^[A-Za-z_$][A-Za-z0-9_$]{0,127}$"
CLASS_NAME = r"^[A-Za-z_$][A-Za-z0-9_$]*$"
CODE = r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$"
DURABLE_OBJECTS = "durable_objects"
BINDING_SECTIONS = tuple(sorted({section.split(".")[0] for section in KINDS}))
"""The sections of a wrangler file that hold bindings."""


class SettingsContract(CamelModel):
    """The Worker's settings in tenant.config.json, and how the Worker gets them."""

    model_config = ConfigDict(hide_input_in_errors=True)

    json_schema: Annotated[JsonSchema | None, IN_OWN_FILE] = Field(
        default=None,
        alias="schema",
        description="The JSON Schema that a tenant's settings must satisfy. Without one, they may "
        "be anything.",
    )
    var: Annotated[str, Field(pattern=VAR_NAME)] | None = Field(
        default=None,
        description="The JSON var by which the Worker gets the settings, with tenantId beside "
        "them. Without one, it does not get them.",
    )
    flat: bool = Field(
        default=False,
        description="true: settings stand beside the keys of edgefleet in tenant.config.json; "
        "false: below its key settings.",
    )

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        if self.flat and self.json_schema is None:
            raise ValueError("needs a schema beside flat: true, which tells settings from errors")
        return self


def _kind(kind: str) -> str:
    if kind not in BINDING_SECTIONS:
        near = get_close_matches(kind, BINDING_SECTIONS, n=1)
        hint = f", such as {near[0]}" if near else ", such as kv_namespaces"
        raise ValueError(f"must be a section of a wrangler file that holds bindings{hint}")
    return kind


class BindingContract(CamelModel):
    """A binding that each environment must have; written as its kind alone, or as an object."""

    model_config = ConfigDict(hide_input_in_errors=True)

    kind: Annotated[str, AfterValidator(_kind)] = Field(
        description="The section of a wrangler file that holds it, such as kv_namespaces.",
        json_schema_extra={"enum": list(BINDING_SECTIONS)},
    )
    class_name: Annotated[str, Field(pattern=CLASS_NAME)] | None = Field(
        default=None, alias="class", description="The class of a Durable Object."
    )

    @model_validator(mode="before")
    @classmethod
    def _written(cls, value: Json) -> Json:
        return {"kind": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _of_an_object(self) -> Self:
        if self.class_name is not None and self.kind != DURABLE_OBJECTS:
            raise ValueError("has a class, which only a binding of kind durable_objects has")
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Json]:
        """Accept both forms."""
        kinds = {"type": "string", "enum": list(BINDING_SECTIONS)}
        return {"anyOf": [kinds, handler(schema)]}


Pointer = Annotated[str, Field(max_length=500, pattern=POINTER)]


class Relation(CamelModel):
    """What must hold between two values; where one of both is absent, nothing is compared."""

    model_config = ConfigDict(hide_input_in_errors=True)

    values: tuple[Pointer, ...] = Field(
        min_length=1,
        description="JSON pointers to the values: /settings/..., or /vars/...; of a list, each "
        "entry counts.",
    )
    one_of: Pointer | None = Field(
        default=None, description="The list in which each value must be."
    )
    at_most: Pointer | None = Field(
        default=None, description="The number that no value may exceed."
    )
    at_least: Pointer | None = Field(
        default=None, description="The number that each value must reach."
    )
    code: Annotated[str, Field(pattern=CODE)] = Field(
        default="contract-relation", description="The code of the finding."
    )
    message: Annotated[str, Field(min_length=1, max_length=500)] = Field(
        description="What is wrong, after the name of the key: `is no region of this tenant`."
    )
    fix: Annotated[str, Field(min_length=1, max_length=500)] = Field(
        default="change one of both", description="What to do."
    )

    @model_validator(mode="after")
    def _one_comparison(self) -> Self:
        if len(self.compared) != 1:
            raise ValueError("needs one of oneOf, atMost and atLeast")
        return self

    @cached_property
    def compared(self) -> dict[str, str]:
        """The comparison, by its key in the file, and the pointer that it names."""
        named = {"oneOf": self.one_of, "atMost": self.at_most, "atLeast": self.at_least}
        return {key: pointer for key, pointer in named.items() if pointer is not None}

    @cached_property
    def needs_vars(self) -> bool:
        """Whether it is about the vars of an environment, too."""
        return any(keys(each)[0] == VARS for each in (*self.values, *self.compared.values()))


class Contract(CamelModel):
    """What the Worker's code needs of every tenant and environment."""

    model_config = ConfigDict(hide_input_in_errors=True)

    editor_schema: str | None = Field(
        default=None, alias="$schema", description="Where editors find this schema."
    )
    settings: SettingsContract = Field(
        default=SettingsContract(),
        description="The Worker's settings in tenant.config.json, and how the Worker gets them.",
    )
    bindings: dict[str, BindingContract] | None = Field(
        default=None,
        description="The bindings that each environment must have, by name. [default: those of "
        "the Worker's own wrangler file]",
    )
    vars: Annotated[JsonSchema | None, IN_OWN_FILE] = Field(
        default=None,
        description="The JSON Schema that the vars of each environment must satisfy. "
        '`"const": "$environment"` stands for the environment\'s name. Without one, vars may be '
        "anything that wrangler takes.",
    )
    relations: tuple[Relation, ...] = Field(
        default=(), description="What must hold between settings and vars."
    )
    key_value_classes: StrictBool = Field(
        default=False,
        description="true: Durable Object classes with key-value storage (new_classes) are meant, "
        "and no warning names them.",
    )
