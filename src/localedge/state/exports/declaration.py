"""Reads the `exports` of an upload's metadata."""

import re
from collections.abc import Mapping

from localedge.model import Json
from localedge.state.exports.models import DeclaredClass, ExportState
from localedge.wire.errors import BadBody

DURABLE_OBJECT = "durable-object"
STORAGES = {"sqlite": True, "legacy-kv": False}
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)
_OTHER = {
    ExportState.RENAMED: "renamed_to",
    ExportState.TRANSFERRED: "transferred_to",
    ExportState.EXPECTING: "transfer_from",
}
"""The key in which a state names the other class or script."""

Problem = dict[str, Json]


def read_exports(given: Json) -> tuple[list[DeclaredClass], list[Problem]]:
    """Return the Durable Object classes that `exports` declares, and what is wrong with others.

    Entries of another type, such as entrypoints, are none of them. Raises `BadBody` where `given`
    is no object.
    """
    if not isinstance(given, Mapping):
        raise BadBody("exports must be an object.")
    declared, problems = [], []
    for name, entry in given.items():
        if not isinstance(entry, Mapping):
            raise BadBody(f"exports/{name} must be an object.")
        if entry.get("type") != DURABLE_OBJECT:
            continue
        fault = _fault(name, entry, given)
        if fault:
            problems.append(problem("invalid_export", name, fault))
        else:
            declared.append(_declared(name, entry))
    return declared, problems


def problem(
    scenario: str, name: str, message: str, suggestion: str = "", scripts: list[str] | None = None
) -> Problem:
    """Return one entry of an error's `meta.details`."""
    found: Problem = {"class": name, "scenario": scenario, "message": message}
    if suggestion:
        found["suggestion"] = suggestion
    if scripts:
        found["referencing_scripts"] = scripts
    return found


def is_live(entry: Json) -> bool:
    """Say whether an entry declares a class that exists and is not on its way."""
    return isinstance(entry, Mapping) and (entry.get("state") or "created") == "created"


def _declared(name: str, entry: Mapping[str, Json]) -> DeclaredClass:
    state = ExportState(entry.get("state") or ExportState.CREATED)
    other = entry[_OTHER[state]] if state in _OTHER else ""
    return DeclaredClass(name, state, STORAGES.get(entry.get("storage") or "", True), other)


def _fault(name: str, entry: Mapping[str, Json], everything: Mapping[str, Json]) -> str:
    """Return what is wrong with the form of an entry, or nothing."""
    given = entry.get("state") or ExportState.CREATED
    if given not in set(ExportState):
        return f"'{given}' is not a state of a Durable Object export."
    state = ExportState(given)
    wanted = {_OTHER[state]} if state in _OTHER else set()
    if state in (ExportState.CREATED, ExportState.EXPECTING):
        wanted.add("storage")
    for key in ("storage", *_OTHER.values()):
        value = entry.get(key)
        if key not in wanted and value is not None:
            return f"`{key}` is not allowed for a class of the state '{state}'."
        if key in wanted and (not isinstance(value, str) or not value):
            return f"`{key}` is required for a class of the state '{state}'."
    if "storage" in wanted and entry["storage"] not in STORAGES:
        return f"`storage` must be 'sqlite' or 'legacy-kv', not '{entry['storage']}'."
    if state == ExportState.RENAMED:
        return _rename_fault(name, entry["renamed_to"], everything)
    return ""


def _rename_fault(name: str, target: str, everything: Mapping[str, Json]) -> str:
    if not _IDENTIFIER.fullmatch(target) or target == name:
        return f"`renamed_to` must name another class, not '{target}'."
    if not is_live(everything.get(target)):
        return f"`renamed_to` names '{target}', which has no live entry in `exports`."
    return ""
