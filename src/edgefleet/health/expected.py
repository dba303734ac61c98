"""What a health check expects of one target, with the secrets that its requests need."""

import hashlib
from collections.abc import Mapping

from edgefleet.config.credentials.lookup import Credential, Credentials
from edgefleet.config.health.contract import HealthContract
from edgefleet.config.health.places import ABSENT, value_at
from edgefleet.config.health.requests import SecretHeader
from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.secret import Secret
from edgefleet.errors import CredentialError
from edgefleet.health.models import Expectation, HeaderValues


class ForeignSecret(CredentialError):
    """A secret was found that the tenant's settings do not list: it may be another tenant's."""

    code = "foreign_secret"


def expectation(
    contract: HealthContract,
    tenant: Tenant,
    target: Target,
    credentials: Credentials,
    version_id: str | None,
    *,
    changed: bool = False,
) -> Expectation:
    """Return what must answer for a target; `changed`: its traffic was shifted just now.

    Raises `CredentialError` where a secret of its requests is missing.
    """
    # At an embedded Cloudflare a deployment is in force at once.
    spreads = changed and contract.version is None and not credentials.embedded
    return Expectation(
        tenant=target.tenant,
        environment=target.environment,
        version_id=version_id,
        contract=contract,
        headers=header_values(contract.headers, tenant, target, credentials),
        steady=contract.steady_seconds if spreads else 0.0,
    )


def header_values(
    headers: Mapping[str, str | SecretHeader],
    tenant: Tenant,
    target: Target,
    credentials: Credentials,
) -> HeaderValues:
    """Return headers with the values of their secrets; one that a tenant needs not is left out.

    Raises `CredentialError` before anything is sent.
    """
    found = {
        name: value if isinstance(value, str) else secret_value(value, tenant, target, credentials)
        for name, value in headers.items()
    }
    return {name: value for name, value in found.items() if value is not None}


def secret_value(
    named: SecretHeader, tenant: Tenant, target: Target, credentials: Credentials
) -> Secret | None:
    """Return a secret of a target; None where the tenant's settings ask for none.

    Raises `CredentialError` where it is missing, or is not the tenant's own.
    """
    digests = _digests(named, tenant)
    if digests == ():
        return None
    found = credentials.secret(named.secret, target, shared=named.shared)
    if digests is not None:
        _require_own(named, tenant, found, credentials, digests)
    return found.token


def _digests(named: SecretHeader, tenant: Tenant) -> tuple[str, ...] | None:
    """Return the digests of the secrets that a tenant's Worker takes; None: it is not said."""
    if named.digests is None:
        return None
    found = value_at(tenant.config.settings, named.digests)
    return tuple(map(str, found)) if found is not ABSENT and isinstance(found, list) else ()


def _require_own(
    named: SecretHeader,
    tenant: Tenant,
    found: Credential,
    credentials: Credentials,
    digests: tuple[str, ...],
) -> None:
    """Refuse a secret that is not one of this tenant's own: another's Worker alone may see it.

    At an embedded Cloudflare it stays on this machine, and Workers may take secrets that no file
    names.
    """
    digest = hashlib.sha256(found.token.reveal().encode()).hexdigest()
    if digest in digests or credentials.embedded:
        return
    setting = str(named.digests).rpartition("/")[2]
    raise ForeignSecret(
        f"{found.source} is none of {tenant.name}'s own, which {setting} lists by their digests: "
        "it was not sent",
        hint=f"set one whose SHA-256 stands in {setting} of tenants/{tenant.name}/"
        "tenant.config.json (printf %s KEY | sha256sum)",
    )
