"""A target: one tenant in one environment, the unit that is deployed, checked and rolled back."""

from enum import StrEnum

from edgefleet.core.model import Model


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
