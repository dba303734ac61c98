"""The text of a new fleet.jsonc, by what the Worker's wrangler file says."""

import json
import re

from edgefleet.config.contract.models import SettingsContract
from edgefleet.config.environments import environments
from edgefleet.config.fleet_config import RESERVED_ENVIRONMENTS
from edgefleet.config.overlay.layers import Base
from edgefleet.config.overlay.section import WorkerSection
from edgefleet.config.target import DEFAULT_ENVIRONMENTS, ENVIRONMENT
from edgefleet.core.model import Json
from edgefleet.errors import ConfigError
from edgefleet.onboard.project.editor_schemas import fleet_schema_text, tenant_schema_text
from edgefleet.onboard.project.find_build import FoundBuild

SCHEMAS = "schemas/edgefleet"
"""The folder of the JSON Schemas that editors read, relative to the fleet's."""

FLEET_SCHEMA = f"{SCHEMAS}/fleet.schema.json"
TENANT_SCHEMA = f"{SCHEMAS}/tenant.config.schema.json"

BY_EDGEFLEET = "Written by edgefleet; 'edgefleet upgrade' writes it again."

PUBLIC = re.compile(r"prod|prd|live|public|main")
"""What the name of an environment has that customers use."""

HEAD = """\
// What holds for the Worker of this fleet, and for all of its tenants. Every key has a default;
// editors show what each one means.
"""


def fleet_text(base: Base, build: FoundBuild) -> str:
    """Return the fleet.jsonc of a Worker.

    Raises `ConfigError` where no environment can be named.
    """
    folder = base.folder or "."
    worker: dict[str, Json] = {}
    if folder != WorkerSection().folder:
        worker["folder"] = folder
    if build.section:
        worker["build"] = dict(build.section)
    keys: dict[str, Json] = {"$schema": FLEET_SCHEMA}
    if worker:
        keys["worker"] = worker
    if own := fleet_environments(base):
        keys["environments"] = own
    return f"{HEAD}{json.dumps(keys, indent=2, ensure_ascii=False)}\n"


def fleet_environments(base: Base) -> dict[str, Json]:
    """Return the section `environments`; empty where staging and production are meant.

    Those that customers use come last, are protected, and are promoted from the last of the others.
    """
    named = environments(base.keys or {})
    fitting = [name for name in named if not unfit(name)]
    if named and not fitting:
        raise ConfigError(
            f"{base.file} describes no environment to deploy to: its env has {', '.join(named)}",
            hint='add "env": { "staging": { ... }, "production": { ... } } to it (names of '
            "lower-case letters and digits), or take env away: it is then the same everywhere",
        )
    if not named or set(fitting) == {*DEFAULT_ENVIRONMENTS}:
        return {}
    inner = [name for name in fitting if not PUBLIC.search(name)]
    found: dict[str, Json] = {name: {} for name in inner}
    for name in fitting:
        if PUBLIC.search(name):
            promoted = {"promotesFrom": inner[-1]} if inner else {}
            found[name] = {"protected": True, **promoted}
    return found


def unfit(name: str) -> bool:
    """Whether a section of `env` cannot be an environment of a fleet."""
    return name in RESERVED_ENVIRONMENTS or re.fullmatch(ENVIRONMENT, name) is None


def left_out(base: Base) -> tuple[str, ...]:
    """Return the sections of `env` that are no environment of the fleet."""
    return tuple(name for name in environments(base.keys or {}) if unfit(name) and name != "dev")


def schema_files(settings: SettingsContract) -> dict[str, str]:
    """Return the schemas by the names that fleet.jsonc and tenants' files point to."""
    return {
        FLEET_SCHEMA: fleet_schema_text(BY_EDGEFLEET),
        TENANT_SCHEMA: tenant_schema_text(settings, BY_EDGEFLEET),
    }
