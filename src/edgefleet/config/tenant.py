"""A tenant: its `tenant.config.json`, and the folder that holds it.

The field descriptions here are what editors show (docs/reference/tenant.config.schema.json is
generated from this model).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Self

import pyjson5
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from edgefleet.config.contract.models import SettingsContract
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.overlay.layers import Base, Layers
from edgefleet.core import ids
from edgefleet.core.model import CamelModel, Json

TENANT_ID, SETTINGS = "tenantId", "settings"


def _all_different(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) < len(values):
        raise ValueError("an entry occurs twice")
    return values


def _only_text(words: str) -> BeforeValidator:
    def check(value: Any) -> Any:
        # pydantic would read a number as seconds since 1970.
        if not isinstance(value, str | date):
            raise ValueError(f"{words} is written as text")  # noqa: TRY004 - pydantic wants it
        return value

    return BeforeValidator(check)


NAME = r"^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$"
ACCOUNT_ID = rf"^{ids.HEX_ID}$"
SCRIPT = r"^[a-z0-9_][a-z0-9_-]{0,62}$"
CAPITALS = r"^[A-Z][A-Z0-9_]{0,63}$"
COMMIT = r"^[0-9a-f]{7,40}$"
VERSION_ID = rf"^{ids.UUID}$"

PATTERNS = {
    NAME: "1 to 48 lower-case letters, digits and inner hyphens",
    ACCOUNT_ID: "an account id: 32 hexadecimal digits in lower case",
    SCRIPT: "the name of a script: lower-case letters, digits, _ and -",
    CAPITALS: "the name of a secret, never its value: capitals, digits and underscores",
    COMMIT: "a git commit: 7 to 40 hexadecimal digits in lower case",
    VERSION_ID: "the id of a Worker's version, as `edgefleet history --format json` shows it",
}
"""Each pattern of this file in words, for messages."""

Different = [AfterValidator(_all_different), Field(json_schema_extra={"uniqueItems": True})]
Name = Annotated[str, Field(pattern=NAME)]
AccountId = Annotated[str, Field(pattern=ACCOUNT_ID)]
SecretName = Annotated[str, Field(pattern=CAPITALS)]
Day = Annotated[date, _only_text("a date, YYYY-MM-DD,")]
Time = Annotated[AwareDatetime, _only_text("a time, such as 2026-12-24T18:00:00Z,")]
Text = Annotated[str, Field(min_length=1, max_length=500)]
ScriptNames = Annotated[tuple[Annotated[str, Field(pattern=SCRIPT)], ...], *Different]
Names = Annotated[tuple[Name, ...], *Different]
SecretNames = Annotated[tuple[SecretName, ...], *Different]


class DriftException(CamelModel):
    """A difference between files and Cloudflare that is known and allowed for a while."""

    path: Text = Field(description="What differs, as `edgefleet drift` names it.")
    reason: Text = Field(description="Why it is allowed, for the next reader.")
    expires: Day = Field(description="The last day, YYYY-MM-DD (UTC); after it, an error.")


class DriftSettings(CamelModel):
    """Settings of `edgefleet drift` for this tenant."""

    ignore: tuple[DriftException, ...] = Field(default=(), description="Differences allowed.")


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


class Freeze(CamelModel):
    """A time in which nothing is deployed to a tenant."""

    start: Time = Field(
        alias="from", description="When it begins: 2026-12-24T18:00:00Z, or with an offset."
    )
    until: Time = Field(description="When it is over, written in the same way.")
    reason: Text = Field(description="Why, for the next reader.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until <= self.start:
            raise ValueError("must end after it begins")
        return self


class TenantConfig(CamelModel):
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
    required_secrets: SecretNames = Field(
        default=(),
        description="Names (never values) of the secrets that the Worker must have at Cloudflare.",
    )
    drift: DriftSettings = Field(
        default=DriftSettings(), description="Settings of `edgefleet drift`."
    )
    ring: Annotated[int, Field(strict=True, ge=0, le=99)] = Field(
        default=0,
        description="When it is deployed among all: ring 0 first, each proved before the next.",
    )
    tags: Names = Field(default=(), description="Words to select tenants by: `--tenants tag:eu`.")
    pin: Pin | None = Field(default=None, description="The version or commit that it stays on.")
    freeze: Freeze | None = Field(default=None, description="When nothing is deployed to it.")
    take_hosts_from: ScriptNames = Field(
        default=(),
        description="Scripts of the account whose custom domains this tenant's Workers may take, "
        "where wrangler.jsonc names such a host.",
    )
    owner: Name | None = Field(
        default=None,
        description="Whose token it is, where one Cloudflare user has the tokens of several "
        "tenants: Cloudflare counts the requests of all of them together.",
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
    """The text of wrangler.jsonc, which validation has read; empty where there is no such file.
    What it holds takes ten times the room, and is read again in a twentieth of a millisecond: a
    fleet has thousands."""
    base: Base | None = None
    """The Worker's own wrangler file, the same object for all tenants."""

    @property
    def settings_var(self) -> dict[str, Json]:
        """The var by which the Worker gets the settings; empty where it gets none."""
        return settings_var(self.config, self.fleet.contract.settings)

    @property
    def wrangler(self) -> dict[str, Json]:
        """wrangler.jsonc as parsed, nothing resolved, without the base."""
        parsed: dict[str, Json] = pyjson5.decode(self.source) if self.source else {}
        return parsed

    @property
    def layers(self) -> Layers:
        """The files that make its wrangler configuration, parsed."""
        own = f"{self.folder.parent.name}/{self.name}/wrangler.jsonc"
        file = self.base.file if self.base is not None and not self.source else own
        return Layers.of(file, self.wrangler, self.base, self.config.account_id)

    @property
    def paths_from(self) -> Path:
        """The folder at which paths of the resolved configuration start."""
        return self.layers.paths_from(self.folder)

    def resolved(self, environment: str) -> dict[str, Json]:
        """Return the flat wrangler configuration of one environment, which must exist."""
        return self.layers.resolve(environment)
