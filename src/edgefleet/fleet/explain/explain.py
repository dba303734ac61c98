"""Reads the traffic of many targets, and which of them would have a canary."""

from collections.abc import Callable, Iterator, Sequence

from edgefleet.config.canary.policy import CanaryChoice, CanaryPolicy
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.parallel import in_parallel
from edgefleet.deploy.checks.canaries import policy_of
from edgefleet.deploy.request import Dependencies
from edgefleet.errors import EdgefleetError, UsageError
from edgefleet.fleet.explain.measure import measured
from edgefleet.fleet.explain.models import ExplainedTarget

Found = tuple[Target, ExplainedTarget | EdgefleetError | None]
"""A target with what its canary would have; None where nothing is deployed, and so no canary."""


def measured_targets(
    tenants: Sequence[Tenant],
    environment: Environment,
    choice: CanaryChoice,
    ports_of_one: Callable[[], Dependencies],
) -> Iterator[Found]:
    """Yield the traffic of each target that would have a canary with steps, in their order.

    Raises `UsageError` where none would.
    """
    policies = ((one, policy_of(choice, one, environment)) for one in tenants)
    going = [(one, policy) for one, policy in policies if policy and policy.steps]
    if not going:
        raise UsageError(
            f"none of these targets has a canary with steps in {environment}",
            hint="name them: --canary 5,25,50",
        )

    def one(item: tuple[Tenant, CanaryPolicy]) -> ExplainedTarget | None:
        tenant, policy = item
        target = Target(tenant=tenant.name, environment=environment)
        traffic = measured(tenant, target, policy, ports_of_one())
        if traffic is None:
            return None
        ring = tenant.config.ring
        return ExplainedTarget(tenant=tenant.name, ring=ring, policy=policy, traffic=traffic)

    targets = (Target(tenant=tenant.name, environment=environment) for tenant, _ in going)
    yield from zip(targets, in_parallel(going, one), strict=True)
