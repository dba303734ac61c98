"""The tenant's `tenant.config.json`: its account, the names of its secrets, the Worker's settings.

One file holds for all environments of a tenant: the first one that is adopted decides, and what is
otherwise in a later one is said.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from edgefleet.config.contract.models import SettingsContract
from edgefleet.config.editing.edits import set_value
from edgefleet.config.editing.file_edit import NEW_FILE
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.reading.views import TenantFiles
from edgefleet.config.shared_keys import CAPITALS, PATTERNS
from edgefleet.config.tenant import FLEET_KEYS, SETTINGS, TENANT_ID
from edgefleet.core.model import Json
from edgefleet.onboard.adopt.models import Adopted, DraftedFile, LiveWorker, Unwritten
from edgefleet.onboard.adopt.withheld import looks_secret

REQUIRED = "requiredSecrets"
NO_VAR = "the live Worker has no such var: the first deploy adds the tenant's settings"
NO_SETTINGS = "it is no JSON object, so it holds no settings of a tenant"


class Configured(NamedTuple):
    """The file, what is left of the live Worker without its settings, and what was left out."""

    file: DraftedFile
    adopted: Adopted
    unwritten: tuple[Unwritten, ...]


def config_file(
    files: TenantFiles, adopted: Adopted, live: LiveWorker, schema: str | None
) -> Configured:
    """Return the tenant's configuration; one that is there stays as it is.

    `schema` is where editors find the schema, from the file; None where the fleet has none.
    """
    contract = files.fleet.contract.settings
    rest, told = _split(adopted, contract)
    unwritten: list[Unwritten] = []
    if files.config.text:
        unwritten += _settings_differ(files, contract, told)
        unwritten += _secrets_differ(files, adopted, live)
        text = files.config.text
    else:
        names = _names(adopted, unwritten)
        settings = _settings(files, contract, told, unwritten)
        text = _text(files, live, schema, names, settings)
    file = DraftedFile(path=files.config.file, before=files.config.text or None, after=text)
    return Configured(file, rest, tuple(unwritten))


def _split(adopted: Adopted, contract: SettingsContract) -> tuple[Adopted, Json]:
    """Return what is adopted without the var of the settings, and its value."""
    declared = dict(adopted.keys.get("vars") or {})
    if contract.var is None or contract.var not in declared:
        return adopted, None
    told = declared.pop(contract.var)
    keys = {key: one for key, one in adopted.keys.items() if key != "vars"}
    keys |= {"vars": declared} if declared else {}
    return adopted.model_copy(update={"keys": keys}), told


def _names(adopted: Adopted, unwritten: list[Unwritten]) -> list[str]:
    """Return the names that requiredSecrets takes."""
    fitting = [name for name in adopted.secrets if re.fullmatch(CAPITALS, name)]
    for name in adopted.secrets:
        if name not in fitting:
            why = f"an entry of {REQUIRED} is {PATTERNS[CAPITALS]}; the secret itself stays"
            unwritten.append(Unwritten(what=f"secrets.{name}", why=why))
    return fitting


def _settings(
    files: TenantFiles, contract: SettingsContract, told: Json, unwritten: list[Unwritten]
) -> dict[str, Json]:
    """Return the settings in the var that carries them, as far as the file may hold them."""
    var = f"vars.{contract.var}"
    if not isinstance(told, Mapping):
        if contract.var is not None:
            unwritten.append(Unwritten(what=var, why=NO_SETTINGS if told else NO_VAR))
        return {}
    if told.get(TENANT_ID) != files.name:
        why = f"the live one is not {files.name}: adopt it as the tenant that it names, or let the "
        unwritten.append(Unwritten(what=f"{var}.{TENANT_ID}", why=f"{why}first deploy change it"))
    found: dict[str, Json] = {}
    for key, value in told.items():
        if key == TENANT_ID:
            continue
        if contract.flat and key in FLEET_KEYS - {SETTINGS}:
            why = "edgefleet has a key of this name in tenant.config.json"
            unwritten.append(Unwritten(what=f"{var}.{key}", why=why))
        elif looks_secret(key, value):
            why = "it looks like a secret: give it to the Worker as one, and revoke this one"
            unwritten.append(Unwritten(what=f"{var}.{key}", why=why))
        else:
            found[key] = value
    return found


def _settings_differ(files: TenantFiles, contract: SettingsContract, told: Json) -> list[Unwritten]:
    if contract.var is None:
        return []
    if told is None:
        return [Unwritten(what=f"vars.{contract.var}", why=NO_VAR)]
    now = {TENANT_ID: files.name, **(files.told_apart.get(SETTINGS) or {})}
    if told == now:
        return []
    why = f"{files.config.file} says other settings, which hold for all environments"
    return [Unwritten(what=f"vars.{contract.var}", why=why)]


def _secrets_differ(files: TenantFiles, adopted: Adopted, live: LiveWorker) -> list[Unwritten]:
    required = set(files.told_apart.get(REQUIRED) or ())
    lacking = sorted(required - {*adopted.secrets})
    more = sorted({*adopted.secrets} - required)
    place = files.place(REQUIRED).file
    return [
        *(
            Unwritten(
                what=f"secrets.{name}",
                why=f"{place} requires it, and this script has none: npx wrangler secret put "
                f"{name} --name {live.script}",
            )
            for name in lacking
        ),
        *(
            Unwritten(what=f"secrets.{name}", why=f"{REQUIRED} of {place} does not name it")
            for name in more
        ),
    ]


def _text(
    files: TenantFiles,
    live: LiveWorker,
    schema: str | None,
    names: list[str],
    settings: dict[str, Json],
) -> str:
    text = f"// The tenant {files.name}, adopted as it ran.\n{NEW_FILE}"
    keys: dict[str, Json] = {"$schema": schema} if schema else {}
    keys |= {TENANT_ID: files.name, "accountId": live.account_id}
    if sorted(_given(files.fleet)) != sorted(names):
        keys[REQUIRED] = names
    if settings:
        keys |= settings if files.fleet.contract.settings.flat else {SETTINGS: settings}
    for key, value in keys.items():
        text = set_value(text, (key,), value)
    return text


def _given(fleet: FleetConfig) -> list[str]:
    return list(fleet.defaults.given.get(REQUIRED) or ())
