"""From the bindings that Cloudflare tells to the sections of a wrangler file that declare them.

`cloudflare.worker.binding_types.KINDS` says which section has which type, in both directions.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from edgefleet.cloudflare.worker.binding_types import KINDS, UNSAFE, BindingEntry
from edgefleet.core.model import Json
from edgefleet.errors import ConfigError
from edgefleet.onboard.adopt.models import Unwritten
from edgefleet.state import normalize as defaults
from edgefleet.state.flat_state import SECRET_TYPES, VAR_TYPES

ASSETS = "assets"
SECTION_OF = {kind.type: section for section, kind in KINDS.items() if section != UNSAFE}
"""The type of a binding in the API -> the section of the file."""

NO_SECTION: Mapping[str, str] = {
    "wasm_module": "modules of service workers; an ES module imports its .wasm file",
    "text_blob": "files of service workers; an ES module imports its text",
    "data_blob": "files of service workers; an ES module imports its data",
    "inherit": "Cloudflare tells no such binding of a version; the upload before it had it",
}
"""Types of bindings that no section can declare -> why."""


class DeclaredBindings(NamedTuple):
    """The vars, the bindings by section, and the secrets of a version."""

    vars: dict[str, Json]
    sections: dict[str, dict[str, Json]]
    """Section -> name -> what the file says of the binding."""
    secrets: tuple[str, ...]
    unwritten: tuple[Unwritten, ...]


def declared(entries: Iterable[Mapping[str, Json]], script: str) -> DeclaredBindings:
    """Return how a wrangler file declares the bindings of a version of `script`."""
    found = DeclaredBindings({}, {}, (), ())
    for entry in entries:
        kind, name = str(entry["type"]), str(entry["name"])
        if kind in VAR_TYPES:
            found.vars[name] = entry[VAR_TYPES[kind]]
        elif kind in SECRET_TYPES:
            found = found._replace(secrets=(*found.secrets, name))
        elif kind in NO_SECTION:
            one = Unwritten(what=f"bindings.{name}", why=f"{kind}: {NO_SECTION[kind]}")
            found = found._replace(unwritten=(*found.unwritten, one))
        else:
            _add(found.sections, entry, script)
    return found


def form_of(section: str, declaration: Json, script: str) -> Json:
    """Return what a declaration binds, in one form; None for half of one."""
    try:
        return defaults.binding(KINDS[section].entry(declaration, section), script)
    except ConfigError:
        return None


def _add(sections: dict[str, dict[str, Json]], entry: Mapping[str, Json], script: str) -> None:
    pointed: BindingEntry = {"name": entry["name"], **defaults.binding(entry, script)}
    section = SECTION_OF.get(str(entry["type"]), UNSAFE)
    declaration = KINDS[section].declared_by(pointed)
    taken = KINDS[section].single and section in sections
    if taken or form_of(section, declaration, script) != defaults.binding(entry, script):
        # A type that is new, or says more than its section can.
        section, declaration = UNSAFE, KINDS[UNSAFE].declared_by(pointed)
    sections.setdefault(section, {})[str(entry["name"])] = declaration
