"""`edgefleet tenant add`: write the files of a new tenant."""

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgefleet.config.files.base_file import read_base
from edgefleet.config.files.tenant_files import (
    CONFIG_FILE,
    TENANTS,
    WRANGLER_FILE,
    account_of,
    tenant_names,
)
from edgefleet.config.fleet_config import FLEET_FILE, FleetConfig
from edgefleet.config.identifiers import (
    identifiers,
    is_reserved,
)
from edgefleet.config.shared_keys import ACCOUNT_ID, NAME, PATTERNS
from edgefleet.core.model import Json
from edgefleet.errors import ConfigError, UsageError
from edgefleet.onboard.project.fleet_text import TENANT_SCHEMA
from edgefleet.onboard.project.init import require_valid_fleet
from edgefleet.onboard.project.models import ProjectChange
from edgefleet.onboard.project.project_files import compared
from edgefleet.onboard.tenants.env_example import with_token_line
from edgefleet.onboard.tenants.own_names import HOSTS, overlay_of_new

SCHEMAS = (TENANT_SCHEMA, "docs/reference/tenant.config.schema.json")
"""Where a fleet may have the schema of tenant.config.json; the first that is there is named."""


@dataclass(frozen=True, slots=True)
class NewTenant:
    """A tenant that is to be written. Raises `UsageError` for what it cannot be called."""

    name: str
    account_id: str
    ring: int | None = None
    tags: Sequence[str] = ()

    def __post_init__(self) -> None:
        for option, value, pattern in (
            ("NAME", self.name, NAME),
            ("--account", self.account_id, ACCOUNT_ID),
            *(("--tags", tag, NAME) for tag in self.tags),
        ):
            if not re.fullmatch(pattern, value):
                raise UsageError(f"{option} {value!r} is not {PATTERNS[pattern]}")

    @property
    def folder(self) -> str:
        """Its folder, relative to the fleet's."""
        return f"{TENANTS}/{self.name}"


def schema_of(root: Path) -> str | None:
    """Return where editors find the schema, from a tenant's folder; None where there is none."""
    return next((f"../../{one}" for one in SCHEMAS if (root / one).is_file()), None)


def new_files(
    root: Path, fleet: FleetConfig, new: NewTenant
) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Return the files of a new tenant by their paths, and notes about them."""
    base = read_base(root, fleet).base
    shares = any(account_of(root, name) == new.account_id for name in tenant_names(root))
    overlay = overlay_of_new(base, fleet.deployable, new.name if shares else "")
    if base is not None and (base.keys or {}).get("account_id"):
        overlay = {"account_id": new.account_id, **overlay}
    wrangler = f"{new.folder}/{WRANGLER_FILE}"
    wanted = {f"{new.folder}/{CONFIG_FILE}": _config_text(root, new)}
    notes: list[str] = []
    if base is not None and overlay:
        wanted[wrangler] = _overlay_text(new, base.file, overlay)
        notes = [
            f"{key} of {base.file} is left out: write {new.name}'s own into {wrangler}"
            for key in HOSTS
            if key in overlay
        ]
    return wanted, tuple(notes)


def planned_tenant(
    root: Path, fleet: FleetConfig, new: NewTenant, wanted: Mapping[str, str], notes: Iterable[str]
) -> ProjectChange:
    """Return what writes the files of a new tenant; nothing is written yet."""
    return ProjectChange(
        root=str(root),
        files=(*compared(root, wanted), *with_token_line(root, new.name)),
        notes=tuple(notes),
        next=next_commands(fleet, new),
    )


def require_name(fleet: FleetConfig, new: NewTenant) -> None:
    """Raise `UsageError` for a name that means something else."""
    if is_reserved(new.name, fleet):
        raise UsageError(f"no tenant can be called {new.name}: the word means something else")


def require_first(root: Path, fleet: FleetConfig, new: NewTenant) -> None:
    """Raise `UsageError` where the first tenant cannot have its name, or has another account."""
    require_name(fleet, new)
    if (root / TENANTS).is_dir() and new.name in tenant_names(root):
        account = account_of(root, new.name)
        if account != new.account_id:
            raise UsageError(
                f"there is a tenant {new.name} already, with the account {account}: {new.folder}",
                hint="edgefleet tenant add NAME --account ID",
            )


def require_free(root: Path, fleet: FleetConfig, new: NewTenant) -> None:
    """Raise `UsageError` for a name that means something else, or that another tenant has."""
    if not os.path.lexists(root / FLEET_FILE):
        raise ConfigError(f"{root} has no {FLEET_FILE}", hint="edgefleet init")
    require_valid_fleet(root)
    require_name(fleet, new)
    names = tenant_names(root)
    if new.name in names or (root / new.folder).exists():
        raise UsageError(
            f"there is a tenant {new.name} already: {new.folder}",
            hint=f"edgefleet validate --tenants {new.name}",
        )
    own = {*identifiers(new.name, fleet)}
    for other in names:
        if both := sorted(own & {*identifiers(other, fleet)}):
            raise UsageError(
                f"the names of {new.name} would collide with those of {other}: {both[0]}",
                hint="choose another name",
            )


def next_commands(fleet: FleetConfig, new: NewTenant) -> tuple[str, ...]:
    """Return the commands that follow."""
    first = fleet.deployable[0]
    return (
        f"edgefleet provision --tenants {new.name} --env {first}",
        f"edgefleet validate --tenants {new.name} --env {first}",
        f"edgefleet plan --tenants {new.name} --env {first}",
    )


def _config_text(root: Path, new: NewTenant) -> str:
    keys: dict[str, Json] = {}
    if schema := schema_of(root):
        keys["$schema"] = schema
    keys |= {"tenantId": new.name, "accountId": new.account_id}
    if new.ring is not None:
        keys["ring"] = new.ring
    if new.tags:
        keys["tags"] = list(new.tags)
    return f"// The tenant {new.name}. Editors show what each key means.\n{_json(keys)}"


def _overlay_text(new: NewTenant, base: str, overlay: Mapping[str, Json]) -> str:
    return (
        f"// In what {new.name} differs from {base}. See it all:\n"
        f"// edgefleet render --tenants {new.name} --env ENV --diff\n{_json(overlay)}"
    )


def _json(keys: Mapping[str, Json]) -> str:
    return f"{json.dumps(keys, indent=2, ensure_ascii=False)}\n"
