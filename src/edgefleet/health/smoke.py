"""The smoke test: what fleet.jsonc asks of the version that is live, as one of its clients."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.health.requests import SecretHeader
from edgefleet.config.health.smoke import SmokeContract, SmokeRequest
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.clock import Clock
from edgefleet.core.model import Json
from edgefleet.core.secret import Secret
from edgefleet.health.answers import redactor
from edgefleet.health.client import WorkerRequest, json_content
from edgefleet.health.expected import secret_value
from edgefleet.health.models import SmokeResult
from edgefleet.health.probe import VersionOverride
from edgefleet.health.smoke_client import Send, send
from edgefleet.health.smoke_program import program_fault
from edgefleet.health.smoke_rules import reply_fault
from edgefleet.records.models import Health

SmokeSecrets = Mapping[SecretHeader, Secret]
"""The secrets of a target's smoke test; those that its Worker does not ask for are not there."""


@dataclass(frozen=True, slots=True)
class SmokeDependencies:
    """The outside world, as a smoke test needs it."""

    credentials: Credentials
    clock: Clock
    root: Path
    """The folder of the fleet, in which a program of its owner's runs."""
    environ: Mapping[str, str]
    """Of this process; a program gets no more of it than where to find things."""
    send: Send = send
    new_session: Callable[[], str] = lambda: str(uuid4())


def secrets_of_all(
    tenants: Sequence[Tenant], environment: Environment, credentials: Credentials
) -> Mapping[str, SmokeSecrets]:
    """Return each tenant's secrets; raises `CredentialError` before any request is made."""
    return {tenant.name: smoke_secrets(tenant, environment, credentials) for tenant in tenants}


def smoke_secrets(
    tenant: Tenant, environment: Environment, credentials: Credentials
) -> SmokeSecrets:
    """Return the secrets that a tenant's smoke test sends; raises `CredentialError`."""
    contract = tenant.fleet.smoke
    target = Target(tenant=tenant.name, environment=environment)
    named = contract.secrets if contract else ()
    found = {one: secret_value(one, tenant, target, credentials) for one in named}
    return {one: value for one, value in found.items() if value is not None}


def smoke(
    contract: SmokeContract,
    tenant: Tenant,
    environment: Environment,
    health: Health,
    *,
    secrets: SmokeSecrets,
    deps: SmokeDependencies,
) -> SmokeResult:
    """Try what the fleet's file asks with the version that proved itself healthy."""
    version_id = health.version_id or health.live_version_id
    script = str(tenant.resolved(environment)["name"])
    pin = VersionOverride(script=script, version_id=version_id) if version_id else None
    target = Target(tenant=tenant.name, environment=environment)
    started = deps.clock.monotonic()
    if contract.program:
        values = {one.secret: value for one, value in secrets.items()}
        reason = program_fault(
            contract.program,
            health.url,
            target,
            pin,
            values,
            root=deps.root,
            environ=deps.environ,
        )
    else:
        words = {
            "session": deps.new_session(),
            "tenant": target.tenant,
            "environment": str(target.environment),
            "version": version_id or "",
        }
        reason = _Requests(health.url, pin, words, secrets, deps.send).run(contract)
    seconds = round(deps.clock.monotonic() - started, 3)
    return SmokeResult(passed=not reason, seconds=seconds, reason=reason)


@dataclass(frozen=True, slots=True)
class _Requests:
    """The requests of one run."""

    url: str
    pin: VersionOverride | None
    words: Mapping[str, str]
    """What stands for each placeholder."""
    secrets: SmokeSecrets
    send: Send

    def run(self, contract: SmokeContract) -> str:
        """Return which request failed and what came; nothing where none did.

        Whatever comes of them, what they made is tidied up.
        """
        try:
            fault = self._first_fault(contract.requests)
        finally:
            left = [self._fault(request) for request in contract.cleanup]
        return fault or next(filter(None, left), "")

    def _first_fault(self, requests: tuple[SmokeRequest, ...]) -> str:
        return next(filter(None, map(self._fault, requests)), "")

    def _fault(self, request: SmokeRequest) -> str:
        sent = self._filled(request)
        reply = self.send(self.url, sent, request.events)
        fault = reply_fault(request, reply, self._fill, redactor(tuple(self.secrets.values())))
        return f"{self._text(request.name)}: {fault}" if fault else ""

    def _filled(self, request: SmokeRequest) -> WorkerRequest:
        body = None if request.body is None else self._text(request.body).encode()
        kind = {}
        if request.json_body is not None:
            body = json_content(self._fill(request.json_body))
            kind = {"Content-Type": "application/json"}
        headers = {
            name: self._text(value) if isinstance(value, str) else self.secrets.get(value)
            for name, value in request.headers.items()
        }
        given = {name: value for name, value in headers.items() if value is not None}
        override = self.pin.headers() if self.pin else {}
        path = self._text(request.path, lambda word: quote(word, safe=""))
        return WorkerRequest(
            request.method,
            path,
            {**kind, **given, **override},
            body,
            request.timeout,
            reads_body=bool(request.expect or request.error or request.body_pattern),
        )

    def _fill(self, value: Json) -> Json:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list):
            return [self._fill(each) for each in value]
        if isinstance(value, dict):
            return {key: self._fill(each) for key, each in value.items()}
        return value

    def _text(self, text: str, form: Callable[[str], str] = str) -> str:
        for name, word in self.words.items():
            text = text.replace(f"{{{name}}}", form(word))
        return text
