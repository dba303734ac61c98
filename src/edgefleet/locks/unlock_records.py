"""Records of locks that people freed, beside the records of deploys."""

from pathlib import Path

from edgefleet.config.target import Target
from edgefleet.core import atomic_files as atomic
from edgefleet.core.foreign.json import parse_json
from edgefleet.locks.models import Unlocked

LARGEST = 64 * 1024
"""Bytes of a record; a file that is larger is none."""


class Unlocks:
    """The folder `deployments/`, as far as it tells of freed locks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, unlocked: Unlocked) -> Path:
        """Write a record and return its path."""
        target = Target(tenant=unlocked.tenant, environment=unlocked.environment)
        stem = f"{target}-{unlocked.when:%Y%m%dT%H%M%SZ}.unlock"
        return atomic.create(self._folder, stem, unlocked)

    def of(self, target: Target) -> list[Unlocked]:
        """Return the records of a target; files that are none are passed over."""
        found = [
            _read(path)
            for path in self._folder.glob("*.unlock*.json")
            if path.name.startswith(f"{target}-")
        ]
        return [
            one
            for one in found
            if one and (one.tenant, one.environment) == (target.tenant, target.environment)
        ]


def _read(path: Path) -> Unlocked | None:
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
            return None
        return Unlocked.model_validate(parse_json(path.read_bytes()))
    except (OSError, ValueError):
        return None
