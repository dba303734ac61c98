"""What the rules check: a tenant's files, and one target as wrangler resolves it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from edgefleet.config.fleet_config import DEFAULTS, FLEET_FILE, FleetConfig
from edgefleet.config.overlay.layers import Base, Layers, Unlocated, names, stands_alone
from edgefleet.config.overlay.origin import ValueOrigin
from edgefleet.config.reading.asset_folder import AssetFolder
from edgefleet.config.target import Environment
from edgefleet.config.tenant import told_apart
from edgefleet.config.wrangler_config import WranglerConfig
from edgefleet.core.model import Json

NOTHING: Mapping[str, Json] = {}


@dataclass(frozen=True, slots=True)
class Document:
    """One file: its name relative to the root, its text, and the object in it if there is one."""

    file: str
    text: str = ""
    value: Mapping[str, Json] | None = None

    @property
    def keys(self) -> Mapping[str, Json]:
        """The object's keys; none where it could not be read (which is another problem)."""
        return NOTHING if self.value is None else self.value


@dataclass(frozen=True, slots=True)
class TenantFiles:
    """A tenant's folder as read; nothing in it has been checked."""

    name: str
    folder: Path
    config: Document
    wrangler: Document
    fleet: FleetConfig
    """What fleet.jsonc says for all tenants."""
    base: Base | None = None
    """The Worker's own wrangler file, if there is one."""

    layers: Layers = field(init=False)
    """The files that make the configuration; where the tenant has none, the base alone."""

    told_apart: Mapping[str, Json] = field(init=False)
    """tenant.config.json with the Worker's settings below `settings`, wherever they stand, and with
    the keys that fleet.jsonc says for all tenants."""

    def __post_init__(self) -> None:
        """Lay the tenant's file over the base."""
        settings = self.fleet.contract.settings
        told = {**self.fleet.defaults.given, **told_apart(self.config.keys, settings)}
        object.__setattr__(self, "told_apart", told)
        absent = self.base is not None and not self.wrangler.text
        file = self.base.file if self.base is not None and absent else self.wrangler.file
        account_id = self.config.keys.get("accountId")
        layers = Layers.of(file, self.wrangler.keys, self.base, account_id)
        object.__setattr__(self, "layers", layers)

    def place(self, key: str, *below: str | int) -> ValueOrigin:
        """Return where a key of edgefleet stands: in the tenant's file, or in fleet.jsonc."""
        if key in self.config.keys or key not in self.fleet.defaults.given:
            return ValueOrigin(self.config.file, (key, *below))
        return ValueOrigin(FLEET_FILE, (DEFAULTS, key, *below))

    @property
    def lacks_base(self) -> bool:
        """Whether the tenant's file goes over a base that is not there."""
        keys = self.wrangler.value
        whole = keys is not None and (stands_alone(keys) or names(keys, "assets"))
        return keys is not None and self.base is None and not whole

    @property
    def readable(self) -> bool:
        """Whether every file that makes the configuration could be read."""
        base = self.layers.base
        if self.wrangler.value is None or self.lacks_base:
            return False
        return base is None or base.keys is not None

    def is_built(self, resolved: Mapping[str, Json]) -> bool:
        """Whether a command of the Worker's may make what the files name, or name it itself."""
        build = resolved.get("build")
        command = isinstance(build, Mapping) and "command" in build
        return command or not self.fleet.worker.build.bundles_sources

    def path_of(self, environment: Environment, key: str | int, *rest: str | int) -> Unlocated:
        """Return the place at which a file says `key` for an environment."""
        return self.layers.place(environment, (key, *rest))


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """The Worker's source file; `classes` is None where its text does not tell what it exports."""

    found: bool = False
    classes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class TargetView:
    """One environment of a tenant's wrangler file, resolved and typed.

    `unreadable` names sections of a wrong shape: they are left out of `worker`, and a check that
    misses something there stays silent, since the shape has been reported.
    """

    tenant: TenantFiles
    environment: Environment
    resolved: Mapping[str, Json]
    """The environment as wrangler resolves it, sections of a wrong shape included."""
    worker: WranglerConfig
    unreadable: frozenset[str]
    today: date
    entry: EntryPoint
    assets: AssetFolder | None = None
    """The static assets; None where no folder of them is named."""
    changed: frozenset[str] | None = None
    """The keys in which `resolved` differs from the base; None for a file that stands alone."""

    @property
    def file(self) -> str:
        """The tenant's wrangler file, relative to the root; the base where there is none."""
        return self.tenant.layers.file

    @property
    def where(self) -> str:
        """The environment, as people find it in the file."""
        return f"env.{self.environment}"

    @property
    def provision(self) -> str:
        """The command that makes what the target binds and its account lacks."""
        return f"edgefleet provision --tenants {self.tenant.name} --env {self.environment} --apply"

    def secret_command(self, name: str) -> str:
        """Return the command that sets a secret of the script."""
        return f"npx wrangler secret put {name} --config {self.file} --env {self.environment}"

    @property
    def built(self) -> bool:
        """Whether a command of the Worker's may make what the files name, or name it itself."""
        return self.tenant.is_built(self.resolved)

    @property
    def assets_alone(self) -> bool:
        """Whether it has assets and no code, as far as the files say it: a build may make code."""
        own = self.tenant.fleet.worker.built_from_own_file
        return own and self.worker.main is None and self.worker.assets is not None

    def path(self, key: str | int, *rest: str | int) -> Unlocated:
        """Return the place at which a file says `key` for this environment."""
        return self.tenant.path_of(self.environment, key, *rest)
