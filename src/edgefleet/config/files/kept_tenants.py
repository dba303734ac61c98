"""The validated tenants of one fleet, in little room: a fleet has thousands."""

import pickle
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, overload

from edgefleet.config.files.tenant_files import TENANTS
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.overlay.layers import Base
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant, TenantConfig

FAST = 1
"""The level of compression: more would save little of two kilobytes."""


def packed(config: TenantConfig, source: str) -> bytes:
    """Return what a tenant's files say, in a fifth of the room; `source` is its wrangler file."""
    return zlib.compress(pickle.dumps((config, source)), FAST)


class KeptTenants(Sequence[Tenant]):
    """Tenants in their order. Each access makes an equal one anew: keep it while you need it."""

    __slots__ = ("_base", "_fleet", "_kept", "_names", "_root")

    def __init__(
        self, root: Path, fleet: FleetConfig, base: Base | None, kept: Mapping[str, bytes]
    ) -> None:
        """`kept` has what `packed` returned, by the tenant's name."""
        self._root, self._fleet, self._base = root, fleet, base
        self._kept = kept
        self._names = tuple(kept)

    def named(self, name: str) -> Tenant | None:
        """Return the tenant of this name, if it is one of them."""
        kept = self._kept.get(name)
        if kept is None:
            return None
        config, source = pickle.loads(zlib.decompress(kept))  # noqa: S301 - of this process
        folder = self._root / TENANTS / name
        return Tenant(name, folder, config, self._fleet, source, self._base)

    def only(self, names: Iterable[str]) -> "KeptTenants":
        """Return those of these names, in their order."""
        kept = {name: self._kept[name] for name in names}
        return KeptTenants(self._root, self._fleet, self._base, kept)

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, for which none of them is made."""
        return self._names

    def __len__(self) -> int:
        return len(self._names)

    @overload
    def __getitem__(self, index: int) -> Tenant: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Tenant]: ...
    def __getitem__(self, index: int | slice) -> Tenant | Sequence[Tenant]:
        if isinstance(index, slice):
            return self.only(self._names[index])
        found = self.named(self._names[index])
        assert found is not None  # noqa: S101 - its name is of the same mapping
        return found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]


def those(tenants: Sequence[Tenant], names: Iterable[str]) -> Sequence[Tenant]:
    """Return those of some tenants that have these names, in the order of the names."""
    if isinstance(tenants, KeptTenants):
        return tenants.only(names)
    by_name = {tenant.name: tenant for tenant in tenants}
    return tuple(by_name[name] for name in names)


def names_of(tenants: Sequence[Tenant]) -> tuple[str, ...]:
    """Return the names of some tenants, in their order."""
    if isinstance(tenants, KeptTenants):
        return tenants.names
    return tuple(tenant.name for tenant in tenants)


class TenantTargets(Sequence[tuple[Tenant, Target]]):
    """Each tenant with each of its targets; a tenant is unpacked when its turn comes."""

    def __init__(self, tenants: Sequence[Tenant], environments: Sequence[Environment]) -> None:
        self._tenants, self._environments = tenants, environments

    def __len__(self) -> int:
        return len(self._tenants) * len(self._environments)

    @overload
    def __getitem__(self, index: int) -> tuple[Tenant, Target]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[tuple[Tenant, Target]]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[each] for each in range(len(self))[index]]
        place, which = divmod(index, len(self._environments))
        tenant = self._tenants[place]
        return tenant, Target(tenant=tenant.name, environment=self._environments[which])
