"""Read what wrangler files name: the Workers' source files and their static assets."""

import os.path
from pathlib import Path

from edgefleet.config.files.asset_files import read_asset_folder
from edgefleet.config.files.tenant_files import read_source
from edgefleet.config.reading.asset_folder import AssetFolder
from edgefleet.config.reading.views import EntryPoint
from edgefleet.config.validation.durable_objects import exported_names


class WorkerFiles:
    """Reads each file and folder once, and none that lies outside of the root."""

    def __init__(self, root: Path) -> None:
        self._given = root
        self._root = os.path.realpath(root)
        self._entries: dict[str, EntryPoint] = {}
        self._assets: dict[str, AssetFolder] = {}

    def assets(self, folder: Path, directory: str | None) -> AssetFolder | None:
        """Return the static assets in a directory, from a folder; read once for all tenants."""
        if directory is None:
            return None
        path = os.path.relpath(os.path.normpath(f"{folder}/{directory}"), self._given)
        if path not in self._assets:
            self._assets[path] = read_asset_folder(self._given, path)
        return self._assets[path]

    def entry(self, folder: Path, main: str | None) -> EntryPoint:
        """Return the source file that `main` names, from a folder."""
        if main is None:
            return EntryPoint()
        path = os.path.normpath(f"{folder}/{main}")
        if path not in self._entries:
            text = read_source(Path(path)) if self._inside(path) else None
            found = text is not None
            self._entries[path] = EntryPoint(found, exported_names(text) if text else None)
        return self._entries[path]

    def _inside(self, path: str) -> bool:
        try:
            return Path(os.path.realpath(path)).is_relative_to(self._root)
        except ValueError:  # a path that cannot exist
            return False
