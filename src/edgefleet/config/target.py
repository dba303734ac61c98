"""A target: one tenant in one environment, the unit that is deployed, checked and rolled back."""

from collections.abc import Mapping
from enum import StrEnum

from edgefleet.core.model import Json, Model


class Environment(StrEnum):
    """Where a Worker runs; `dev` is on this machine only and is never deployed."""

    DEV = "dev"
    STAGING = "staging"
    PRODUCTION = "production"

    @property
    def deployable(self) -> bool:
        """Whether a deploy to it is allowed."""
        return self is not Environment.DEV


DEPLOYABLE = tuple(environment for environment in Environment if environment.deployable)

ALIASES = {
    "develop": Environment.DEV,
    "development": Environment.DEV,
    "stg": Environment.STAGING,
    "preview": Environment.STAGING,
    "prd": Environment.PRODUCTION,
    "prod": Environment.PRODUCTION,
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
        if not tenant or environment not in DEPLOYABLE:
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
