"""Which tenants a command works on."""

import re
from functools import cache
from pathlib import Path

from edgefleet.config.files.fleet_file import fleet_of
from edgefleet.config.files.tenant_files import load_tenant, tenant_names
from edgefleet.config.selectors import ALL, GLOB, Labels, labels, select
from edgefleet.config.target import Environment
from edgefleet.errors import ConfigError, UsageError

__all__ = ["ALL", "refuse_dev", "select_one", "select_tenants"]

NAME = re.compile(r"(?!all$)[a-z0-9-]+")
"""A tenant's name, and no selector."""


def select_tenants(root: Path, selector: str, *, exclude: str | None = None) -> tuple[str, ...]:
    """Return the tenants that `--tenants` selects, without those that `--exclude` selects.

    Raises `UsageError` for a selector that matches no tenant, and where no tenant is left.
    """
    names = tenant_names(root)

    @cache
    def labels_of(name: str) -> Labels:
        return _labels(root, name)

    chosen = select(selector, names, labels_of)
    excluded = select(exclude, names, labels_of) if exclude else ()
    left = tuple(name for name in chosen if name not in excluded)
    if chosen and not left:
        raise UsageError(
            f"--exclude {exclude} leaves no tenant of --tenants {selector}",
            hint="change --tenants or --exclude",
        )
    return left


def select_one(root: Path, name: str, command: str) -> str:
    """Return the tenant of this name, for a command that takes one; no selector is one."""
    if name == ALL or ":" in name or "," in name or GLOB.search(name):
        raise UsageError(f"{command} takes one tenant", hint="name it: --tenant NAME")
    return select_tenants(root, name)[0]


def refuse_dev(environment: Environment, tenant: str) -> None:
    """Point to `edgefleet dev` where a command deploys."""
    if not environment.deployable:
        raise UsageError(
            "dev runs on this machine and is never deployed",
            hint=f"edgefleet dev --tenant {tenant if NAME.fullmatch(tenant) else 'NAME'}",
        )


def _labels(root: Path, name: str) -> Labels:
    found = labels(load_tenant(root, name, fleet_of(root)).files.told_apart)
    if found is None:
        raise ConfigError(
            f"tenants/{name}/tenant.config.json does not tell its ring and tags",
            hint=f"edgefleet validate --tenants {name}",
        )
    return found
