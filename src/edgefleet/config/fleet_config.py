"""The file `fleet.jsonc` at the root of a fleet: what holds for its Worker and for all tenants.

The field descriptions here are what editors show (docs/reference/fleet.schema.json is generated
from this model). Every key is optional.
"""

from pydantic import ConfigDict, Field

from edgefleet.core.model import CamelModel


class FleetConfig(CamelModel):
    """What holds for a fleet's Worker and all of its tenants: fleet.jsonc."""

    model_config = ConfigDict(title="fleet.jsonc", hide_input_in_errors=True)

    editor_schema: str | None = Field(
        default=None, alias="$schema", description="Where editors find this schema."
    )


NO_FLEET = FleetConfig()
"""Every key at its default: for commits from before fleet.jsonc, and where no key matters."""
