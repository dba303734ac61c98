"""The smoke test of one target of many, once it is deployed: a failure rolls nothing back."""

from edgefleet.config.tenant import Tenant
from edgefleet.core.secret import Secret
from edgefleet.deploy.request import Dependencies
from edgefleet.errors import CredentialError, UnhealthyError
from edgefleet.health.models import Expectation
from edgefleet.health.smoke import ConnectChat, require_own, smoke, smoke_key
from edgefleet.records.models import Record


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
    tenant: Tenant, record: Record, ports: Dependencies, connect: ConnectChat, deadline: float
) -> None:
    """Chat with what a deploy left live, also where it changed nothing.

    A tenant whose callers need API keys lends one of them: without it there is no smoke test, and
    a note says so. Raises `SmokeFailedError`, also for a key that is not the tenant's.
    """
    try:
        found = smoke_key(tenant, record.environment, ports.credentials)
    except CredentialError as error:
        ports.progress.say(f"  note: no smoke test: {error.message}")
        return
    try:
        key = require_own(tenant, found, ports.credentials) if found else None
    except CredentialError as error:
        raise SmokeFailedError(record, error.message, error.hint) from error
    try:
        reason = _fault(tenant, record, ports, key, connect, deadline)
    except KeyboardInterrupt:
        reason = "the run was stopped before the test ended"
    if reason:
        raise SmokeFailedError(record, reason)


def _fault(
    tenant: Tenant,
    record: Record,
    ports: Dependencies,
    key: Secret | None,
    connect: ConnectChat,
    deadline: float,
) -> str:
    """Return why the version that is live does not serve its users; nothing where it does."""
    expected = Expectation(
        tenant=record.tenant, environment=record.environment, version_id=record.version_id
    )
    health = ports.probe(str(record.url), expected, deadline=deadline)
    if not health.healthy:
        return health.reason
    found = smoke(tenant, record.environment, health, key=key, connect=connect, clock=ports.clock)
    return found.reason
