"""The smoke test: chat with the version that is live, as a client of its tenant does."""

import hashlib
from collections.abc import Callable, Mapping
from uuid import uuid4

from edgefleet.config.credentials.lookup import Credential, Credentials
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.clock import Clock
from edgefleet.core.secret import Secret
from edgefleet.errors import CredentialError
from edgefleet.health.chat_client import Chat
from edgefleet.health.models import SmokeResult
from edgefleet.health.probe import VersionOverride
from edgefleet.health.smoke_rules import deletion_fault, stream_fault, whole_fault
from edgefleet.records.models import Health

MESSAGE = "This is a smoke test. Answer with the word: yes"

ConnectChat = Callable[[str, str, VersionOverride, Secret | None], Chat]
"""Opens a chat with a Worker: its URL, its tenant, the version that is to answer, the key."""


def smoke_keys(
    tenants: tuple[Tenant, ...], environment: Environment, credentials: Credentials
) -> Mapping[str, Secret | None]:
    """Return each tenant's key, None for a tenant without API keys.

    Raises `CredentialError` before any request is made.
    """
    keys: dict[str, Secret | None] = {}
    for tenant in tenants:
        found = smoke_key(tenant, environment, credentials)
        keys[tenant.name] = require_own(tenant, found, credentials) if found else None
    return keys


def smoke_key(
    tenant: Tenant, environment: Environment, credentials: Credentials
) -> Credential | None:
    """Return the key that is set for a tenant; None for a tenant without API keys.

    Raises `CredentialError` where there is none.
    """
    if not tenant.config.api_key_digests:
        return None
    return credentials.smoke_key(Target(tenant=tenant.name, environment=environment))


def require_own(tenant: Tenant, found: Credential, credentials: Credentials) -> Secret:
    """Return a key that is one of this tenant's own.

    Another one may be another tenant's, whose Worker alone may see it. At an embedded Cloudflare it
    stays on this machine, and Workers may take keys that no file names. Raises `CredentialError`.
    """
    digest = hashlib.sha256(found.token.reveal().encode()).hexdigest()
    if digest not in tenant.config.api_key_digests and not credentials.embedded:
        raise CredentialError(
            f"{found.source} is no API key of {tenant.name}: it was not sent",
            hint=f"set a key whose SHA-256 stands in apiKeyDigests of tenants/{tenant.name}/"
            "tenant.config.json (printf %s KEY | sha256sum)",
        )
    return found.token


def smoke(
    tenant: Tenant,
    environment: Environment,
    health: Health,
    *,
    key: Secret | None,
    connect: ConnectChat,
    clock: Clock,
) -> SmokeResult:
    """Chat once whole and once streamed with the version that proved itself healthy.

    Whatever comes of it, the session that this makes is deleted again.
    """
    script = tenant.resolved(environment)["name"]
    pin = VersionOverride(script=script, version_id=str(health.version_id))
    chat = connect(health.url, tenant.name, pin, key)
    started = clock.monotonic()
    reason = _turns(chat, str(uuid4()))
    seconds = round(clock.monotonic() - started, 3)
    return SmokeResult(passed=not reason, seconds=seconds, reason=reason)


def _turns(chat: Chat, session: str) -> str:
    """Return which turn failed and what came; nothing where none did."""
    try:
        fault = whole_fault(chat.whole(session, MESSAGE), session)
        if fault:
            return f"the whole answer: {fault}"
        fault = stream_fault(chat.streamed(session, MESSAGE))
    finally:
        deleted = chat.delete(session)
    if fault:
        return f"the streamed answer: {fault}"
    fault = deletion_fault(deleted)
    return f"the deletion of its session {session}: {fault}" if fault else ""
