"""Read the Worker's own wrangler file, which is the base of the tenants' files."""

import os
from dataclasses import dataclass
from pathlib import Path

from edgefleet.config.files import tenant_files as files
from edgefleet.config.fleet_config import FLEET_FILE, FleetConfig
from edgefleet.config.overlay.layers import Base
from edgefleet.config.reading import jsonc, toml
from edgefleet.config.reading.base_rules import BASE_OUTSIDE, BASE_SECOND
from edgefleet.config.reading.rule import Problem

BASE_FILES = ("wrangler.json", "wrangler.jsonc", "wrangler.toml")
"""In the order in which wrangler looks for them."""


@dataclass(frozen=True, slots=True)
class ReadBase:
    """The base as read; None where the Worker has no wrangler file."""

    base: Base | None
    problems: tuple[Problem, ...]


def read_base(root: Path, fleet: FleetConfig) -> ReadBase:
    """Read the wrangler file of the Worker's folder. Nothing raises: see `problems`."""
    folder = fleet.worker.folder
    found = [name for name in BASE_FILES if os.path.lexists(root / folder / name)]
    if not found:
        return ReadBase(None, ())
    if not Path(os.path.realpath(root / folder)).is_relative_to(os.path.realpath(root)):
        message = f"the Worker's folder {folder} lies outside of the repository"
        problem = BASE_OUTSIDE.broken(FLEET_FILE, ("worker", "folder"), message)
        return ReadBase(Base(f"{folder}/{found[0]}", "", None), (problem,))
    first, *others = (f"{folder}/{name}".removeprefix("./") for name in found)
    seconds = [
        BASE_SECOND.broken(other, 0, f"wrangler and edgefleet read {first} instead")
        for other in others
    ]
    document, problems = files.read_document(root, first, _parser(first))
    return ReadBase(Base(first, document.text, document.value), (*problems, *seconds))


def base_of(file: str, text: str) -> Base:
    """Return the base that a text is, as another commit has it; its mistakes are not told."""
    return Base(file, text, _parser(file)(text)[0])


def _parser(file: str) -> files.Parse:
    return toml.parse if file.endswith(".toml") else jsonc.parse
