"""`edgefleet tenant add --like OTHER`: a new tenant's files, made of those of another one."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from edgefleet.config.editing.edits import remove, set_value
from edgefleet.config.environments import environments
from edgefleet.config.files.tenant_files import (
    CONFIG_FILE,
    TENANTS,
    WRANGLER_FILE,
    other_files,
    tenant_names,
)
from edgefleet.config.files.tenant_files import read_document as read
from edgefleet.config.overlay.origin import Keys
from edgefleet.config.reading.locate import locate
from edgefleet.config.report import findings_text
from edgefleet.core.foreign.values import entries
from edgefleet.core.model import Json
from edgefleet.core.redaction import known_secrets
from edgefleet.errors import ConfigError, UsageError
from edgefleet.onboard.tenants.new_tenant import NewTenant
from edgefleet.onboard.tenants.own_names import HOSTS

NOT_COPIED = ("pin", "freeze", "drift", "takeHostsFrom")
"""Keys of tenant.config.json that speak of one tenant's versions, days and hosts."""

MADE_IDS = {
    "kv_namespaces": ("id", "preview_id"),
    "d1_databases": ("database_id", "preview_database_id"),
    "hyperdrive": ("id",),
}
"""Sections whose ids are those of one account, and that `edgefleet provision` makes."""


def copied_files(root: Path, other: str, new: NewTenant) -> dict[str, str]:
    """Return the files of a new tenant by their paths, with comments and layout of the other's.

    The other's name becomes the new one's wherever it stands as a word. Raises `UsageError` where
    there is no such tenant, and `ConfigError` for a file that cannot be read.
    """
    folder = f"{TENANTS}/{other}"
    if other not in tenant_names(root):
        raise UsageError(f"there is no tenant {other}", hint="edgefleet tenant list")
    found = {f"{new.folder}/{CONFIG_FILE}": _config(root, f"{folder}/{CONFIG_FILE}", other, new)}
    if (root / folder / WRANGLER_FILE).is_file():
        wrangler = _wrangler(root, f"{folder}/{WRANGLER_FILE}", other, new)
        found[f"{new.folder}/{WRANGLER_FILE}"] = wrangler
    return found


def notes_of_copy(root: Path, other: str, new: NewTenant) -> Iterator[str]:
    """Yield what a person has to look at, because it is the other tenant's."""
    yield f"settings are those of {other}: read the files in {new.folder} from top to bottom"
    if left := [document.file for document, _ in other_files(root, [other])]:
        below = [file for file in left if file.startswith(f"{TENANTS}/{other}/")]
        if below:
            yield f"not copied: {', '.join(below)}"


def _config(root: Path, file: str, other: str, new: NewTenant) -> str:
    text, keys = _read(root, file, other, new)
    for key in NOT_COPIED:
        if key in keys and keys[key] != {"ignore": []}:
            text = remove(text, (key,))
    told: dict[str, Json] = {"tenantId": new.name, "accountId": new.account_id}
    if new.ring is not None:
        told["ring"] = new.ring
    if new.tags:
        told["tags"] = list(new.tags)
    for key, value in told.items():
        text = set_value(text, (key,), value)
    return text


def _wrangler(root: Path, file: str, other: str, new: NewTenant) -> str:
    text, keys = _read(root, file, other, new)
    if "account_id" in keys:
        text = set_value(text, ("account_id",), new.account_id)
    for place in ((), *(("env", name) for name in environments(keys))):
        section = keys if not place else keys["env"][place[1]]
        if isinstance(section, Mapping):
            for path in _of_one_tenant(section):
                text = remove(text, (*place, *path))
    return text


def _of_one_tenant(section: Mapping[str, Json]) -> Iterator[Keys]:
    """Yield what a section of a wrangler file has that no other tenant can have."""
    yield from ((key,) for key in HOSTS if section.get(key))
    for name, ids in MADE_IDS.items():
        for number, entry in entries(section, name):
            yield from ((name, number, key) for key in ids if key in entry)


def _read(root: Path, file: str, other: str, new: NewTenant) -> tuple[str, Mapping[str, Json]]:
    """Return the text of a file with the new name, and what it holds."""
    document, problems = read(root, file)
    if document.value is None or problems:
        found = locate(problems, {file: document.text}, known_secrets)
        raise ConfigError(findings_text(found))
    word = re.compile(rf"(?<![a-zA-Z0-9]){re.escape(other)}(?![a-zA-Z0-9])")
    return word.sub(new.name, document.text), document.value
