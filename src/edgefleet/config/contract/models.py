"""The section `contract` of fleet.jsonc: what the Worker's code needs, as data.

The field descriptions here are what editors show.
"""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from edgefleet.config.contract.json_schema import JsonSchema
from edgefleet.core.model import IN_OWN_FILE, CamelModel

VAR_NAME = r"^[A-Za-z_$][A-Za-z0-9_$]{0,127}$"


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
