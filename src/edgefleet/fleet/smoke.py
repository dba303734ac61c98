"""The smoke test of one target of many, once it is deployed: a failure rolls nothing back."""

from edgefleet.config.health.smoke import SmokeContract
from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.deploy.request import Dependencies
from edgefleet.errors import CredentialError, UnhealthyError
from edgefleet.health.check import in_force
from edgefleet.health.expected import ForeignSecret, expectation
from edgefleet.health.smoke import SmokeDependencies, SmokeSecrets, smoke, smoke_secrets
from edgefleet.records.models import Health, Record


class SmokeFailedError(UnhealthyError):
    """The new version is live, and failed its smoke test."""

    code = "smoke"

    def __init__(self, record: Record, reason: str, hint: str = "") -> None:
        back = f"edgefleet rollback --tenants {record.tenant} --env {record.environment}"
        super().__init__(
            f"version {record.version_id} is live, and its smoke test failed: {reason}",
            hint=hint or back,
        )
        self.record = record


def smoke_deployed(
    tenant: Tenant,
    record: Record,
    ports: Dependencies,
    deps: SmokeDependencies,
    deadline: float | None,
) -> None:
    """Test what a deploy left live, also where it changed nothing.

    Where a secret that it needs is missing, there is no smoke test, and a note says so. Raises
    `SmokeFailedError`, also for a secret that is not the tenant's.
    """
    contract = tenant.fleet.smoke
    if contract is None:
        ports.progress.say("  note: no smoke test: fleet.jsonc names none")
        return
    try:
        secrets = smoke_secrets(tenant, record.environment, deps.credentials)
    except ForeignSecret as error:
        raise SmokeFailedError(record, error.message, error.hint) from error
    except CredentialError as error:
        ports.progress.say(f"  note: no smoke test: {error.message}")
        return
    try:
        reason = _fault(contract, tenant, record, ports, deps, secrets, deadline)
    except KeyboardInterrupt:
        reason = "the run was stopped before the test ended"
    if reason:
        raise SmokeFailedError(record, reason)


def _fault(
    contract: SmokeContract,
    tenant: Tenant,
    record: Record,
    ports: Dependencies,
    deps: SmokeDependencies,
    secrets: SmokeSecrets,
    deadline: float | None,
) -> str:
    """Return why the version that is live does not serve its users; nothing where it does."""
    health = _health(tenant, record, ports, deadline)
    if not health.healthy:
        return health.reason
    return smoke(contract, tenant, record.environment, health, secrets=secrets, deps=deps).reason


def _health(tenant: Tenant, record: Record, ports: Dependencies, deadline: float | None) -> Health:
    url, contract = str(record.url), tenant.fleet.health
    if contract is None:
        return in_force(url, record.version_id)
    target = Target(tenant=record.tenant, environment=record.environment)
    expected = expectation(contract, tenant, target, ports.credentials, record.version_id)
    return ports.probe(url, expected, deadline=deadline or contract.deadline)
