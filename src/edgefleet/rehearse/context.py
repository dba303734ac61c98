"""What the commands of a rehearsal need of the outside world."""

from collections.abc import Callable, Iterable
from typing import Protocol

from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.fleet.context import FleetContext
from edgefleet.health.check import HealthDependencies
from edgefleet.plan.accounts import Accounts
from edgefleet.records.lineage import Lineage


class RehearsalContext(FleetContext, Protocol):
    """The dependencies of a rehearsal, all of them on this machine."""

    @property
    def accounts(self) -> Accounts:
        """The accounts of the embedded Cloudflare."""
        ...

    @property
    def lineage(self) -> Lineage:
        """The history of the repository."""
        ...

    def loader(self, name: str, environment: Environment) -> Callable[[], Tenant]:
        """Return what validates and loads one tenant."""
        ...

    def health_ports(self) -> HealthDependencies:
        """Return what a health check of one target needs."""
        ...


def tenant_of(tenants: Iterable[Tenant], target: Target) -> Tenant:
    """Return the tenant of a target."""
    return next(tenant for tenant in tenants if tenant.name == target.tenant)
