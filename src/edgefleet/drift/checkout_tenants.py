"""Tenants as other checkouts of the repository describe them."""

import threading
from pathlib import Path

from edgefleet.config.files.kept_tenants import KeptTenants
from edgefleet.config.files.tenant_files import tenant_names
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.config.validate import require_valid_then
from edgefleet.errors import ConfigError


class CheckoutTenants:
    """Reads the tenants that a run is about from each checkout once, all together."""

    def __init__(
        self, names: tuple[str, ...], environments: tuple[Environment, ...], now: FleetConfig
    ) -> None:
        """Prepare for tenants in these environments; `now` is the working tree's fleet.jsonc."""
        self._names = names
        self._environments = environments
        self._now = now
        self._read: dict[Path, KeptTenants | None] = {}
        self._lock = threading.Lock()

    def tenant(self, folder: Path, target: Target) -> Tenant:
        """Return a target's tenant; raises `ConfigError` where it is not valid there."""
        with self._lock:
            if folder not in self._read:
                self._read[folder] = self._tenants(folder)
            read = self._read[folder]
        known = read.named(target.tenant) if read else None
        if known:
            return known
        names, environments = (target.tenant,), (target.environment,)
        return require_valid_then(folder, names, environments, self._now)[0]

    def _tenants(self, folder: Path) -> KeptTenants | None:
        there = set(tenant_names(folder))
        names = tuple(name for name in self._names if name in there)
        try:
            return require_valid_then(folder, names, self._environments, self._now)
        except ConfigError:
            return None  # one of them is not valid: each is asked for by itself
