"""Read `fleet.jsonc` and the files that it names, and say what is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from edgefleet.config.files import tenant_files as files
from edgefleet.config.files.own_files import Sections, all_documents, read_sections
from edgefleet.config.fleet_config import FLEET_FILE, NO_FLEET, FleetConfig
from edgefleet.config.health.places import LIST, OBJECT, TEXT
from edgefleet.config.reading.file_rules import FILE_MISSING
from edgefleet.config.reading.fleet_rules import FLEET_UNKNOWN_KEY, FLEET_VALUE
from edgefleet.config.reading.rule import KeyPath, Problem
from edgefleet.config.reading.schema_errors import UNKNOWN, dotted, shape_errors
from edgefleet.config.reading.views import Document
from edgefleet.config.validation.contract.faults import contract_faults, proof_faults

NO_KEYS = (TEXT, OBJECT, LIST, "[key]")
"""What pydantic puts into the path of an error without being a key of the file."""
SMALLEST = '{ "$schema": "docs/reference/fleet.schema.json" }'
"""The smallest file: each key has a default."""


@dataclass(frozen=True, slots=True)
class ReadFleet:
    """`fleet.jsonc` as read, and the files that it names; `config` is None where one is invalid."""

    documents: tuple[Document, ...]
    config: FleetConfig | None
    problems: tuple[Problem, ...]

    @property
    def texts(self) -> Mapping[str, str]:
        """The text of each file, by its name."""
        return {document.file: document.text for document in self.documents}


def read_fleet(root: Path) -> ReadFleet:
    """Read a fleet's file. Nothing raises: what is wrong is in `problems`.

    A command asks for it in several places: while the files are the same, they are read once.
    """
    before = _READ.get(root)
    if before is not None and before[0] == _seen(root, before[1]):
        return before[1]
    found = _read(root)
    if found.config is not None:  # else a file may be missing, of which nothing is known
        if len(_READ) >= MOST_READ:
            _READ.clear()
        _READ[root] = _seen(root, found), found
    return found


Seen = tuple[tuple[int, int, int] | None, ...]
"""Inode, size and time of change of each file; None for one that is not there."""

MOST_READ = 32
"""Fleets that are kept: checkouts of older commits are fleets, too."""

_READ: dict[Path, tuple[Seen, ReadFleet]] = {}


def _seen(root: Path, read: ReadFleet) -> Seen:
    return tuple(_identity(root / document.file) for document in read.documents)


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.lstat()
    except (OSError, ValueError):
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _read(root: Path) -> ReadFleet:
    document, problems = files.read_document(root, FLEET_FILE)
    problems = [_missing(problem) for problem in problems]
    if document.value is None:
        return ReadFleet((document,), None, tuple(problems))
    sections = read_sections(root, document)
    documents = tuple(all_documents(sections))
    problems += sections.problems
    if problems:
        return ReadFleet(documents, None, tuple(problems))
    try:
        config = FleetConfig.model_validate(sections.value)
    except ValidationError as error:
        wrong = [_problem(sections, *found) for found in shape_errors(error)]
        return ReadFleet(documents, None, tuple(wrong))
    found = (*contract_faults(config), *proof_faults(config))
    faults = [sections.broken(*fault) for fault in found]
    return ReadFleet(documents, None if faults else config, tuple(faults))


def fleet_of(root: Path) -> FleetConfig:
    """Return what a fleet's file says; every key at its default where validation refuses it."""
    return read_fleet(root).config or NO_FLEET


def read_by_deploys(root: Path) -> tuple[str, ...]:
    """Return where a new file may decide a deploy, relative to `root`: what git is asked about.

    Tenants, the fleet's files, and the Worker's folder, or what its command may read. What a build
    read elsewhere, the bundle says.
    """
    read = read_fleet(root)
    worker = (read.config or NO_FLEET).worker
    return (files.TENANTS, *worker.inputs, *(document.file for document in read.documents))


def fleet_files(root: Path) -> tuple[str, ...]:
    """Return fleet.jsonc and the files that it names, relative to `root`."""
    return tuple(document.file for document in read_fleet(root).documents)


def _missing(problem: Problem) -> Problem:
    if problem.rule is not FILE_MISSING:
        return problem
    message = f"this folder has {files.TENANTS}/ but no {FLEET_FILE}"
    action = f"write the file {FLEET_FILE} beside {files.TENANTS}/; the smallest one is {SMALLEST}"
    return FILE_MISSING.broken(FLEET_FILE, 0, message, action=action)


def _problem(sections: Sections, path: KeyPath, kind: str, words: str) -> Problem:
    path = tuple(key for key in path if key not in NO_KEYS)
    if kind != UNKNOWN:
        return sections.broken(FLEET_VALUE, path, f"{dotted(path)} {words}")
    near = get_close_matches(str(path[-1]), _known_keys(), n=1)
    action = f"did you mean '{near[0]}'? If not, remove it" if near else ""
    return sections.broken(FLEET_UNKNOWN_KEY, path, f"{dotted(path)} {words}", action)


@cache
def _known_keys() -> list[str]:
    schema = FleetConfig.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return [key for part in parts for key in part.get("properties", {})]
