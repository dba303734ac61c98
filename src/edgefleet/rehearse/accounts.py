"""Accounts, tokens and secrets of a rehearsal, all made up: no real one comes near it."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from secrets import token_hex

from edgefleet.config.contract.pointers import keys
from edgefleet.config.credentials.lookup import secret_names, token_names
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.health.places import value_at
from edgefleet.config.health.requests import SecretHeader, secrets_of
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.model import Json
from edgefleet.rehearse.acts import environments_of
from edgefleet.rehearse.localedge import Edge, EmbeddedAccount


def accounts(tenants: Sequence[Tenant]) -> tuple[EmbeddedAccount, ...]:
    """Make up an account for each account id of the tenants, with its own random token."""
    first = {tenant.config.account_id: tenant.name for tenant in reversed(tenants)}
    return tuple(
        EmbeddedAccount(id=account_id, subdomain=name, token=f"rehearsal-{token_hex(16)}")
        for account_id, name in first.items()
    )


def environment_for(
    tenants: Sequence[Tenant], opened: Sequence[EmbeddedAccount], edge: Edge
) -> dict[str, str]:
    """Return the variables that point edgefleet at the embedded Cloudflare.

    Each secret that the fleet's requests send is another one here, for each tenant.
    """
    tokens = {account.id: account.token for account in opened}
    own = {
        token_names(Target(tenant=tenant.name, environment=_any(tenant)))[-1]: tokens[
            tenant.config.account_id
        ]
        for tenant in tenants
    }
    made = {name: token_hex(16) for tenant in tenants for name in _variables(tenant)}
    return {"CLOUDFLARE_API_BASE_URL": edge.api, "EDGEFLEET_WORKERS_DEV": edge.workers_dev} | (
        own | made
    )


def with_secrets(tenant: Tenant, environ: Mapping[str, str]) -> Tenant:
    """Return a tenant whose settings list the made-up secrets, too, where they list any."""
    for named in _secrets(tenant.fleet):
        value = environ.get(_variable(tenant, named))
        if value and named.digests is not None:
            tenant = _listing(tenant, named.digests, hashlib.sha256(value.encode()).hexdigest())
    return tenant


def secret_variables(tenants: Iterable[Tenant]) -> frozenset[str]:
    """Return every variable that may hold a secret which the fleet's requests send."""
    return frozenset(
        name
        for tenant in tenants
        for named in _secrets(tenant.fleet)
        for environment in environments_of(tenant.fleet)
        for name in (
            named.secret,
            *secret_names(named.secret, Target(tenant=tenant.name, environment=environment)),
        )
    )


def _variables(tenant: Tenant) -> Iterator[str]:
    for named in _secrets(tenant.fleet):
        listed = named.digests is None or value_at(tenant.config.settings, named.digests)
        if listed:
            yield _variable(tenant, named)


def _variable(tenant: Tenant, named: SecretHeader) -> str:
    return secret_names(named.secret, Target(tenant=tenant.name, environment=_any(tenant)))[-1]


def _any(tenant: Tenant) -> Environment:
    """Return an environment: the widest variable of a tenant names none."""
    return tenant.fleet.deployable[0]


def _secrets(fleet: FleetConfig) -> Iterator[SecretHeader]:
    if fleet.health:
        yield from secrets_of(fleet.health.headers)
    if fleet.smoke:
        yield from fleet.smoke.secrets


def _listing(tenant: Tenant, pointer: str, digest: str) -> Tenant:
    """Add a digest to the list in a tenant's settings, if it has any."""
    settings = tenant.config.settings
    listed = value_at(settings, pointer)
    if not listed or not isinstance(listed, list):
        return tenant
    changed = _replaced(settings, keys(pointer), [*listed, digest])
    return replace(tenant, config=tenant.config.model_copy(update={"settings": changed}))


def _replaced(value: Json, path: tuple[str, ...], new: Json) -> Json:
    """Return an object with another value at these keys, which lead through objects."""
    if not path:
        return new
    return {**value, path[0]: _replaced(value[path[0]], path[1:], new)}
