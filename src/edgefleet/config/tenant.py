"""A tenant: its `tenant.config.json`, and the folder that holds it.

The field descriptions here are what editors show (docs/reference/tenant.config.schema.json is
generated from this model).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Self

import pyjson5
from pydantic import ConfigDict, Field, model_validator

from edgefleet.cloudflare.worker.static_assets import BUILT, asset_directory
from edgefleet.config.contract.models import SettingsContract
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.overlay.layers import Base, Layers
from edgefleet.config.shared_keys import (
    COMMIT,
    VERSION_ID,
    AccountId,
    Day,
    Name,
    ScriptNames,
    SharedKeys,
    Text,
)
from edgefleet.core.model import CamelModel, Json

TENANT_ID, SETTINGS = "tenantId", "settings"


class Pin(CamelModel):
    """The version or commit that a tenant stays on while others are deployed."""

    version: Annotated[str, Field(pattern=VERSION_ID)] | None = Field(
        default=None, description="The version that it stays on."
    )
    commit: Annotated[str, Field(pattern=COMMIT)] | None = Field(
        default=None, description="The commit that it stays on, which alone may be deployed."
    )
    reason: Text = Field(description="Why, for the next reader.")
    expires: Day = Field(description="The last day, YYYY-MM-DD (UTC); after it, an error.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.version is None) == (self.commit is None):
            raise ValueError("must name either a version or a commit")
        return self


class TenantConfig(SharedKeys):
    """The settings of one tenant of the fleet: tenants/<tenant>/tenant.config.json."""

    # Tenants are validated by the thousand; errors name no input, which may be a secret.
    model_config = ConfigDict(title="tenant.config.json", hide_input_in_errors=True)

    editor_schema: str | None = Field(
        default=None, alias="$schema", description="Where editors find this schema."
    )
    tenant_id: Name = Field(description="The tenant's name: the same as its folder's.")
    account_id: AccountId = Field(
        description="The tenant's Cloudflare account: the same as account_id in wrangler.jsonc."
    )
    settings: dict[str, Json] = Field(
        default={},
        description="Settings of the Worker, as contract.settings.schema of fleet.jsonc has them.",
    )
    pin: Pin | None = Field(default=None, description="The version or commit that it stays on.")
    take_hosts_from: ScriptNames = Field(
        default=(),
        description="Scripts of the account whose custom domains this tenant's Workers may take, "
        "where wrangler.jsonc names such a host.",
    )


FLEET_KEYS = frozenset(field.alias or name for name, field in TenantConfig.model_fields.items())
"""The keys of tenant.config.json that edgefleet reads itself."""

_BESIDE_SETTINGS = FLEET_KEYS - {SETTINGS}


def told_apart(read: Mapping[str, Json], settings: SettingsContract) -> dict[str, Json]:
    """Return a tenant.config.json with the Worker's settings below `settings`, flat or not."""
    if not settings.flat:
        return dict(read)
    ours: dict[str, Json] = {}
    theirs: dict[str, Json] = {}
    for key, value in read.items():
        (ours if key in _BESIDE_SETTINGS else theirs)[key] = value
    return {**ours, SETTINGS: theirs}


def settings_var(config: TenantConfig, settings: SettingsContract) -> dict[str, Json]:
    """Return the var by which the Worker gets a tenant's settings; empty where it gets none."""
    if settings.var is None:
        return {}
    return {settings.var: {TENANT_ID: config.tenant_id, **config.settings}}


@dataclass(frozen=True, slots=True)
class Tenant:
    """One tenant as its files say: name of the folder, its configuration, its wrangler file."""

    name: str
    folder: Path
    config: TenantConfig
    fleet: FleetConfig
    """What fleet.jsonc says for all tenants."""
    source: str
    """The text of wrangler.jsonc, which validation has read; empty where there is no such file."""
    base: Base | None = None
    """The Worker's own wrangler file, the same object for all tenants."""
    _layers: list[Layers] = field(init=False, repr=False, compare=False, default_factory=list)
    _resolved: dict[str, dict[str, Json]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    @property
    def layers(self) -> Layers:
        """The files that make its wrangler configuration, parsed when they are first asked for.

        A deploy asks a dozen times; who only looks at `config` never does.
        """
        if not self._layers:
            self._layers.append(self._parsed())
        return self._layers[0]

    def _parsed(self) -> Layers:
        own = f"{self.folder.parent.name}/{self.name}/wrangler.jsonc"
        file = self.base.file if self.base is not None and not self.source else own
        parsed = pyjson5.decode(self.source) if self.source else {}
        return Layers.of(file, parsed, self.base, self.config.account_id)

    @property
    def settings_var(self) -> dict[str, Json]:
        """The var by which the Worker gets the settings; empty where it gets none."""
        return settings_var(self.config, self.fleet.contract.settings)

    @property
    def wrangler(self) -> Mapping[str, Json]:
        """wrangler.jsonc as parsed, nothing resolved, without the base."""
        return self.layers.keys

    @property
    def paths_from(self) -> Path:
        """The folder at which paths of the resolved configuration start."""
        return self.layers.paths_from(self.folder)

    def asset_directory(self, environment: str) -> str | None:
        """Return the folder of static assets, relative to the repository; None for none.

        Where a build says what is uploaded, it is `BUILT` unless the files name another.
        """
        paths_from = self.paths_from.relative_to(self.folder.parent.parent).as_posix()
        named = asset_directory(self.resolved(environment), paths_from)
        return named or (None if self.fleet.worker.built_from_own_file else BUILT)

    def resolved(self, environment: str) -> dict[str, Json]:
        """Return the flat wrangler configuration of one environment, which must exist."""
        if environment not in self._resolved:
            self._resolved[environment] = self.layers.resolve(environment)
        return dict(self._resolved[environment])
