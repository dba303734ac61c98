"""Whether a fleet is there to adopt into: fleet.jsonc, and a Worker that tenants' files go over."""

from pathlib import Path

from edgefleet.config.files.base_file import read_base
from edgefleet.config.files.fleet_file import SMALLEST, read_fleet
from edgefleet.config.files.tenant_files import tenant_names
from edgefleet.config.fleet_config import FLEET_FILE
from edgefleet.config.overlay.layers import Base
from edgefleet.config.target import Environment
from edgefleet.errors import ConfigError
from edgefleet.onboard.adopt.drafts import TenantDrafts, invalid

INIT = "edgefleet init"
SMALLEST_BASE = '{ "name": "NAME", "main": "index.ts", "compatibility_date": "2026-01-15" }'


def open_drafts(root: Path) -> TenantDrafts:
    """Return the drafts of a fleet, with nothing drafted; raises `ConfigError` without a fleet."""
    read = read_fleet(root)
    if read.config is None:
        error = invalid(list(read.problems), dict(read.texts))
        absent = not (root / FLEET_FILE).exists()
        by_hand = f"{INIT}; or write {FLEET_FILE} by hand, the smallest one is {SMALLEST}"
        raise error.amended(hint=by_hand if absent else error.hint)
    found = read_base(root, read.config)
    base = found.base
    if base is not None and base.keys is None:
        raise invalid(list(found.problems), {base.file: base.text})
    drafts = TenantDrafts(root, read.config, base)
    if base is None and drafts.main_of(tenant_names(root)) is None:
        folder = read.config.worker.folder
        raise ConfigError(
            f"{folder} has no wrangler file that tenants' files could go over",
            hint=f"{INIT}; or write {folder}/wrangler.jsonc by hand: {SMALLEST_BASE}",
        )
    return drafts


def require_environment(base: Base, environment: Environment) -> None:
    """Raise `ConfigError` where the Worker's own file does not have an environment."""
    if not base.has(environment):
        raise ConfigError(
            f"{base.file} has no environment '{environment}'",
            hint=f'add "{environment}": {{}} to env in {base.file}',
        )
