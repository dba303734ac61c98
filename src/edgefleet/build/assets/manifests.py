"""The manifests of assets that this machine has planned or deployed, by their short digest.

Cloudflare does not tell which files a version has. Where this machine saw them, a plan can say how
many a deploy adds, changes and removes.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from edgefleet.cloudflare.worker.static_assets import AssetEntry, AssetSet
from edgefleet.core import atomic_files as atomic
from edgefleet.core.model import Model
from edgefleet.core.regular_files import read_stored


class StoredManifest(Model):
    """The files of one set of assets."""

    files: tuple[AssetEntry, ...]


class AssetManifests:
    """The folder that keeps them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, digest: str, found: AssetSet) -> None:
        """Store the files of assets, unless that was done before."""
        path = self._path(digest)
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            entries = tuple(one.entry for one in found.files)
            atomic.replace(path, StoredManifest(files=entries), lasting=False)

    def find(self, digest: str) -> Sequence[AssetEntry] | None:
        """Return the files of assets; None where this machine never saw them."""
        if not re.fullmatch("[0-9a-f]{16}", digest):
            return None
        try:
            return StoredManifest.model_validate_json(read_stored(self._path(digest))).files
        except (OSError, ValidationError):
            return None

    def _path(self, digest: str) -> Path:
        return self._folder / f"{digest}.json"
