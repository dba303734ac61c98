"""The file `fleet.jsonc` at the root of a fleet: what holds for its Worker and for all tenants.

The field descriptions here are what editors show (docs/reference/fleet.schema.json is generated
from this model). Every key is optional.
"""

from typing import Literal

from pydantic import ConfigDict, Field

from edgefleet.core.model import CamelModel


class FleetConfig(CamelModel):
    """What holds for a fleet's Worker and all of its tenants: fleet.jsonc."""

    model_config = ConfigDict(title="fleet.jsonc", hide_input_in_errors=True)

    editor_schema: str | None = Field(
        default=None, alias="$schema", description="Where editors find this schema."
    )
    lock: Literal["auto", "shared"] = Field(
        default="auto",
        description="Which lock a change takes where no option says it: the git remote's, which "
        "all machines see, or none (shared); or this machine's where there is no remote that can "
        "be pushed to (auto).",
    )


NO_FLEET = FleetConfig()
"""Every key at its default: for commits from before fleet.jsonc, and where no key matters."""
