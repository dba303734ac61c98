"""The file `fleet.jsonc` at the root of a fleet: what holds for its Worker and for all tenants.

The field descriptions here are what editors show (docs/reference/fleet.schema.json is generated
from this model). Every key is optional.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, StrictBool

from edgefleet.config.canary.counters import CounterContract
from edgefleet.config.contract.models import Contract
from edgefleet.config.contract.provisioning import ProvisionSection
from edgefleet.config.health.contract import HealthContract
from edgefleet.config.health.proof import ProofLevel
from edgefleet.config.health.requests import secrets_of
from edgefleet.config.health.smoke import SmokeContract
from edgefleet.config.overlay.section import WorkerSection
from edgefleet.config.shared_keys import TenantDefaults
from edgefleet.config.target import ALIASES, DEFAULT_ENVIRONMENTS, DEV, Environment
from edgefleet.core.model import IN_OWN_FILE, CamelModel

FLEET_FILE = "fleet.jsonc"
DEFAULTS = "defaults"
"""The key of the fleet's file that holds keys of tenants."""

RESERVED_ENVIRONMENTS = {
    "dev": "is this machine's, and nothing is deployed to it",
    "all": "means every environment",
    "shard": "stands in the names of jobs over many targets",
}


class EnvironmentConfig(CamelModel):
    """What holds in one environment of a fleet."""

    protected: StrictBool = Field(
        default=False,
        description="Whether it is deployed from a commit alone, over nothing that edgefleet did "
        "not deploy, and where irreversible steps need --allow-irreversible.",
    )
    minimum_proof: ProofLevel | None = Field(
        default=None,
        description="The least that a deploy to it must prove. edgefleet refuses a health check "
        "that can show less; a version that is proved to less counts as unhealthy.",
    )
    promotes_from: Environment | None = Field(
        default=None,
        description="The environment, named before this one, in which workflows must have proved "
        "a bundle before it is deployed here.",
    )


def _in_order(
    environments: dict[Environment, EnvironmentConfig],
) -> dict[Environment, EnvironmentConfig]:
    """Refuse reserved names, and promotions from an environment that does not stand before."""
    before: list[str] = []
    for name, one in environments.items():
        if why := RESERVED_ENVIRONMENTS.get(name):
            raise ValueError(f"cannot name an environment '{name}': that {why}")
        if one.promotes_from is not None and one.promotes_from not in before:
            raise ValueError(
                f"promotes '{name}' from '{one.promotes_from}', which does not stand before it"
            )
        before.append(name)
    return environments


Environments = Annotated[
    dict[Environment, EnvironmentConfig], Field(min_length=1), AfterValidator(_in_order)
]


def _default_environments() -> dict[Environment, EnvironmentConfig]:
    first, last = DEFAULT_ENVIRONMENTS
    return {
        first: EnvironmentConfig(),
        last: EnvironmentConfig(protected=True, promotes_from=first),
    }


class FleetConfig(CamelModel):
    """What holds for a fleet's Worker and all of its tenants: fleet.jsonc."""

    model_config = ConfigDict(title="fleet.jsonc", hide_input_in_errors=True)

    editor_schema: str | None = Field(
        default=None, alias="$schema", description="Where editors find this schema."
    )
    worker: WorkerSection = Field(
        default=WorkerSection(), description="The Worker that all tenants run."
    )
    lock: Literal["auto", "shared"] = Field(
        default="auto",
        description="Which lock a change takes where no option says it: the git remote's, which "
        "all machines see, or none (shared); or this machine's where there is no remote that can "
        "be pushed to (auto).",
    )
    environments: Environments = Field(
        default_factory=_default_environments,
        description="The environments in which tenants' Workers run, in the order of promotion. "
        "`dev`, on a developer's machine, needs no entry. "
        "[default: staging, then production: protected, promoted from staging]",
    )
    defaults: TenantDefaults = Field(
        default=TenantDefaults(),
        description="What holds for each tenant whose tenant.config.json does not say it: a "
        "tenant's own key takes its place, whole.",
    )
    contract: Annotated[Contract, IN_OWN_FILE] = Field(
        default=Contract(),
        description="What the Worker's code needs of every tenant and environment.",
    )
    health: Annotated[HealthContract | None, IN_OWN_FILE] = Field(
        default=HealthContract(),
        description="How the Worker tells that it is well; null for a Worker without HTTP. By "
        "default GET / must answer with a status of 200 to 399.",
    )
    counters: Annotated[CounterContract | None, IN_OWN_FILE] = Field(
        default=None,
        description="Where the Worker tells what each of its versions has served: a canary is "
        "judged by it.",
    )
    smoke: Annotated[SmokeContract | None, IN_OWN_FILE] = Field(
        default=None, description="What must hold after a deploy, beside the health check."
    )

    provision: Annotated[ProvisionSection, IN_OWN_FILE] = Field(
        default=ProvisionSection(),
        description="What new resources of a tenant need besides a name.",
    )

    @property
    def deployable(self) -> tuple[Environment, ...]:
        """The environments to which edgefleet deploys, in the order of promotion."""
        return tuple(self.environments)

    @property
    def aliases(self) -> Mapping[str, Environment]:
        """What people type for an environment that this fleet has, besides its name."""
        known = {DEV, *self.environments}
        return {
            alias: meant
            for alias, meant in ALIASES.items()
            if meant in known and alias not in self.environments
        }

    def is_protected(self, environment: Environment) -> bool:
        """Whether the rules of a protected environment hold; for one without an entry they do."""
        found = self.environments.get(environment)
        return found is None or found.protected

    def secrets_named(self, *, smoke: bool) -> tuple[str, ...]:
        """Return the secrets that the health check sends.

        With `smoke` also those of the smoke test, and of the counters that judge a canary.
        """
        named = secrets_of(self.health.headers) if self.health else []
        if smoke and self.smoke:
            named = [*named, *self.smoke.secrets]
        if smoke and self.counters:  # the jobs that test are those that deploy
            named = [*named, *secrets_of(self.counters.headers)]
        return tuple(dict.fromkeys(one.secret for one in named))

    def promotes_from(self, environment: Environment) -> Environment | None:
        """Return the environment that must prove a bundle first; None where none must."""
        found = self.environments.get(environment)
        return found.promotes_from if found else None

    def minimum_proof(self, environment: Environment) -> ProofLevel | None:
        """Return the least that a deploy must prove; None where anything will do."""
        found = self.environments.get(environment)
        return found.minimum_proof if found else None

    @property
    def health_path(self) -> str:
        """The path that the health check asks; a Worker without HTTP is not asked."""
        return self.health.path if self.health else "/"


NO_FLEET = FleetConfig()
"""Every key at its default: for commits from before fleet.jsonc, and where no key matters."""
