"""Read targets whose resources may not exist yet: an id that is missing or wrong is no error."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from edgefleet.config.contract.pointers import SETTINGS
from edgefleet.config.files.base_file import read_base
from edgefleet.config.files.fleet_file import fleet_of
from edgefleet.config.files.tenant_files import load_tenant, tenant_names
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.overlay.layers import Layers
from edgefleet.config.reading.rule import Severity
from edgefleet.config.reading.views import TenantFiles
from edgefleet.config.report import findings_text, summary
from edgefleet.config.target import Environment
from edgefleet.config.tenant import Tenant
from edgefleet.config.validate import validate
from edgefleet.config.validation.bindings import BINDING_ID, BINDING_INCOMPLETE, BINDING_MISSING
from edgefleet.config.validation.shared_resources import (
    D1_DATABASE_SHARED,
    HYPERDRIVE_SHARED,
    KV_NAMESPACE_SHARED,
)
from edgefleet.errors import ConfigError
from edgefleet.onboard.provision.models import Wanted
from edgefleet.onboard.provision.rules import wanted

REPAIRED = frozenset(
    rule.code
    for rule in (
        BINDING_ID,
        BINDING_INCOMPLETE,
        BINDING_MISSING,
        KV_NAMESPACE_SHARED,
        D1_DATABASE_SHARED,
        HYPERDRIVE_SHARED,
    )
)
"""What a tenant has that was copied, or that has a base alone: each gets its own resources."""


def read_tenants(
    root: Path, names: Sequence[str], environments: Sequence[Environment], today: date
) -> Sequence[Tenant]:
    """Validate these tenants but for ids, and return them; raises `ConfigError` as `validate`."""
    found = validate(root, names, environments, today=today)
    left = [one for one in found.findings if one.code not in _repaired(root)]
    if all(one.severity is Severity.WARNING for one in left):
        return found.tenants
    message = findings_text(left)
    raise ConfigError(
        f"the configuration is not valid\n{message}\n{summary(found)}",
        hint="docs/reference/validation.md explains each code",
    )


def wanted_by(tenant: Tenant, environment: str) -> tuple[Wanted, ...]:
    """Return what one environment of a tenant binds."""
    fleet, settings = tenant.fleet, tenant.config.settings
    return wanted(tenant.resolved(environment), settings, fleet.contract, fleet.provision)


def bound_elsewhere(tenant: Tenant, environment: str) -> tuple[Wanted, ...]:
    """Return what the tenant's other environments bind."""
    others = (one for one in _environments(tenant.layers, tenant.fleet) if one != environment)
    return tuple(each for one in others for each in wanted_by(tenant, one))


def bound_in_accounts(root: Path, accounts: Collection[str]) -> dict[str, tuple[Wanted, ...]]:
    """Return what the fleet's tenants bind, by account, of those that several tenants have."""
    fleet = fleet_of(root)
    base = read_base(root, fleet).base
    found: dict[str, list[TenantFiles]] = {}
    for name in tenant_names(root):
        files = load_tenant(root, name, fleet, base).files
        account = str(files.config.keys.get("accountId"))
        if account in accounts and files.readable:
            found.setdefault(account, []).append(files)
    return {
        account: tuple(each for files in sharing for each in _of_files(files))
        for account, sharing in found.items()
        if len(sharing) > 1
    }


def _of_files(files: TenantFiles) -> Iterator[Wanted]:
    fleet, settings = files.fleet, files.told_apart.get(SETTINGS)
    for environment in _environments(files.layers, fleet):
        resolved = files.layers.resolve(environment)
        yield from wanted(resolved, settings, fleet.contract, fleet.provision)


def _environments(layers: Layers, fleet: FleetConfig) -> list[str]:
    """Return the environments that the files of a tenant describe, dev among them."""
    files = [layers.keys, (layers.base.keys if layers.base else None) or {}]
    sections = [keys.get("env") for keys in files]
    named = {one for each in sections if isinstance(each, Mapping) for one in each}
    return sorted(one for one in {*named, *fleet.deployable} if layers.has(one))


def _repaired(root: Path) -> frozenset[str]:
    """Return the codes of findings that provisioning makes good: only a contract tells bindings."""
    told = fleet_of(root).contract.bindings is not None
    return REPAIRED if told else REPAIRED - {BINDING_MISSING.code}
