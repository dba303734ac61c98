"""A target: one tenant in one environment, the unit that is deployed, checked and rolled back."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic_core import CoreSchema, core_schema

from edgefleet.core.model import Json, Model

ENVIRONMENT = r"^[a-z][a-z0-9]{0,19}$"


class Environment(str):
    """The name of an environment; `dev` is on this machine only and is never deployed.

    fleet.jsonc names the others. A name has no hyphen, so that `acme-staging` is one target alone.
    """

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> CoreSchema:
        """Let models take a text of this form."""
        form = core_schema.str_schema(pattern=ENVIRONMENT)
        return core_schema.no_info_after_validator_function(cls, form)

    @property
    def deployable(self) -> bool:
        """Whether a deploy to it is allowed."""
        return self != DEV


DEV = Environment("dev")
STAGING = Environment("staging")
PRODUCTION = Environment("production")
DEFAULT_ENVIRONMENTS = (STAGING, PRODUCTION)
"""Those of a fleet whose fleet.jsonc names none."""

ALIASES = {
    "develop": DEV,
    "development": DEV,
    "stg": STAGING,
    "preview": STAGING,
    "prd": PRODUCTION,
    "prod": PRODUCTION,
}
"""What people type for an environment, besides its name."""


class Target(Model):
    """Tenant x environment, by name."""

    tenant: str
    environment: Environment

    def __str__(self) -> str:
        return f"{self.tenant}-{self.environment}"

    @classmethod
    def parse(cls, name: str) -> "Target | None":
        """Return the target of a name that `str` gave; None for any other text."""
        tenant, _, environment = name.rpartition("-")
        if not tenant or environment == DEV or not re.fullmatch(ENVIRONMENT, environment):
            return None
        return cls(tenant=tenant, environment=Environment(environment))

    @property
    def as_option(self) -> str:
        """Its options for a command that takes one target: `--tenant acme --env staging`."""
        return f"--tenant {self.tenant} --env {self.environment}"

    @property
    def as_selector(self) -> str:
        """Its options for a command that takes several: `--tenants acme --env staging`."""
        return f"--tenants {self.tenant} --env {self.environment}"


SCHEMA_VERSION = 1


def target_entry(target: Target, document: Mapping[str, Json]) -> dict[str, Json]:
    """Return what a command prints of one target, with its names and the version of the form."""
    named = {"schema_version": SCHEMA_VERSION, **target.model_dump(mode="json")}
    return named | {name: value for name, value in document.items() if name not in named}


def unknown_target(target: Target, error: Mapping[str, Json]) -> dict[str, Json]:
    """Return the entry of a target whose state edgefleet could not read."""
    document = {"target": target.model_dump(mode="json"), "state": "unknown", "error": dict(error)}
    return target_entry(target, document)
