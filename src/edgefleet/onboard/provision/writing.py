"""Write the ids of resources into a tenant's wrangler file; nothing else in it changes."""

from pathlib import Path

from edgefleet.config.editing.edits import append, set_value
from edgefleet.config.editing.file_edit import edit_file
from edgefleet.config.files.tenant_files import TENANTS, WRANGLER_FILE
from edgefleet.config.reading.jsonc import parse
from edgefleet.config.reading.rule import KeyPath
from edgefleet.config.target import Target
from edgefleet.core.foreign.values import at
from edgefleet.core.model import Json
from edgefleet.onboard.provision.models import BoundAt, Step


def write_id(root: Path, target: Target, step: Step) -> None:
    """Write the id of a step into `env` of the tenant's own file, which is made if missing.

    The base is never written. Raises `ConfigError`.
    """

    def edit(text: str) -> str:
        for bound in filter(lambda each: each.key, step.wanted.bound):
            text = _with_values(text, target.environment, bound, step)
        return text

    edit_file(root, f"{TENANTS}/{target.tenant}/{WRANGLER_FILE}", edit)


def _with_values(text: str, environment: str, bound: BoundAt, step: Step) -> str:
    values = {bound.name_key: step.wanted.name} if bound.name_key else {}
    values[bound.key] = str(step.id)
    path: KeyPath = ("env", environment, *bound.section)
    place = _entry(text, path, bound.binding)
    if place is None:
        return append(text, path, {"binding": bound.binding, **values})
    for key, value in values.items():
        text = set_value(text, (*place, key), value)
    return text


def _entry(text: str, path: KeyPath, binding: str) -> KeyPath | None:
    """Return where a binding stands in a section, a list or an object by names; None if it is new.

    A section that is an object gets a new binding by its name, too.
    """
    found: Json = at(parse(text)[0], *map(str, path))
    if isinstance(found, dict):
        return (*path, binding)
    for number, entry in enumerate(found if isinstance(found, list) else ()):
        if isinstance(entry, dict) and entry.get("binding") == binding:
            return (*path, number)
    return None
