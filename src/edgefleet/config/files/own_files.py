"""Sections of fleet.jsonc that stand in separate files: read them, and know where each is."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from edgefleet.config.files import tenant_files as files
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.reading.file_rules import FILE_MISSING
from edgefleet.config.reading.fleet_rules import FLEET_VALUE
from edgefleet.config.reading.rule import KeyPath, Problem, Rule
from edgefleet.config.reading.schema_errors import dotted
from edgefleet.config.reading.views import Document
from edgefleet.core.model import Json, own_file_places


@dataclass(frozen=True, slots=True)
class Sections:
    """fleet.jsonc with every section in its place."""

    value: dict[str, Json]
    documents: Mapping[KeyPath, Document]
    """The file that holds a section and what is below; () is fleet.jsonc itself."""
    problems: tuple[Problem, ...]
    """What was wrong with reading files."""

    def broken(self, rule: Rule, path: KeyPath, message: str, action: str = "") -> Problem:
        """Return a breach of a rule at `path`, in the file where that stands."""
        for length in range(len(path), -1, -1):
            document = self.documents.get(path[:length])
            if document is not None:
                return rule.broken(document.file, path[length:], message, action=action)
        raise KeyError(path)


def read_sections(root: Path, document: Document) -> Sections:
    """Read the files that a fleet.jsonc names, which has been read itself."""
    value: dict[str, Json] = dict(document.keys)
    documents: dict[KeyPath, Document] = {(): document}
    problems: list[Problem] = []
    for place in own_file_places(FleetConfig):
        parent = _copied(value, place[:-1])
        named = parent.get(place[-1]) if parent is not None else None
        if parent is None or not isinstance(named, str):
            continue
        here = Sections(value, documents, ())
        found, wrong = _read(root, named, here, place)
        problems += wrong
        if found is not None:
            documents[place] = found
            parent[place[-1]] = dict(found.keys)
    return Sections(value, documents, tuple(problems))


def _copied(value: dict[str, Json], path: tuple[str, ...]) -> dict[str, Any] | None:
    """Return the object at these keys, which may be written to; None where there is none."""
    for key in path:
        if not isinstance(value.get(key), Mapping):
            return None
        value[key] = dict(value[key])
        value = value[key]
    return value


def _read(
    root: Path, named: str, here: Sections, place: KeyPath
) -> tuple[Document | None, list[Problem]]:
    if not _inside(root, named):
        message = f"{dotted(place)} must be an object, or the path of a file in the fleet's folder"
        return None, [here.broken(FLEET_VALUE, place, message)]
    document, problems = files.read_document(root, named)
    if any(problem.rule is FILE_MISSING for problem in problems):
        message = f"{dotted(place)} is the file {named}, which is not there"
        action = "write the file, or correct its path, which is relative to fleet.jsonc"
        return None, [here.broken(FILE_MISSING, place, message, action)]
    return (document if document.value is not None else None), problems


def _inside(root: Path, named: str) -> bool:
    path = PurePosixPath(named)
    if not named or path.is_absolute() or ".." in path.parts or "\\" in named or "\0" in named:
        return False
    real = Path(os.path.realpath(root / path))
    return real.is_relative_to(os.path.realpath(root))


def all_documents(sections: Sections) -> Iterator[Document]:
    """Yield fleet.jsonc and each file that it names, each once."""
    yield from {document.file: document for document in sections.documents.values()}.values()
