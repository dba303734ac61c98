"""Bundles on disk: a folder each, named by its digest, checked when it is read."""

import re
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import ValidationError

from edgefleet.build.assets.read import read_asset
from edgefleet.build.bundle_size import BundleSize
from edgefleet.cloudflare.worker.bundle import (
    DIGEST,
    AssetSetEntry,
    Bundle,
    Manifest,
    Module,
    is_module_name,
)
from edgefleet.cloudflare.worker.bundle_form import require_digest
from edgefleet.cloudflare.worker.static_assets import AssetFile, AssetSet, asset_hash
from edgefleet.core import atomic_files as atomic
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.regular_files import read_stored
from edgefleet.errors import UsageError

MANIFEST = "manifest.json"
MODULES = "modules"
ASSETS = "assets"
"""The folder of static assets, each named by its hash: no name of a file hinders an artifact."""
WEIGHT = "weight.json"


class BundleStore:
    """The folder that keeps built bundles."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def home(self, digest: str) -> Path:
        """Return the folder of the bundle with this digest, be it there or not."""
        return self._folder / (digest if re.fullmatch(DIGEST, digest) else "none")

    def save(self, bundle: Bundle) -> Path:
        """Store a bundle and return its folder; a damaged one of its digest is replaced."""
        home = self.home(bundle.digest)
        if self._holds(home, bundle):
            return home
        self._folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".draft-", dir=self._folder) as scratch:
            draft, damaged = Path(scratch) / "draft", Path(scratch) / "damaged"
            write_modules(bundle, draft / MODULES)
            _write_assets(bundle, draft / ASSETS)
            (draft / MANIFEST).write_text(Manifest.of(bundle).model_dump_json(indent=2) + "\n")
            with suppress(FileNotFoundError):
                home.rename(damaged)
            with suppress(OSError):  # another process stored the same bundle in the meantime
                draft.rename(home)
        return home

    def _holds(self, home: Path, bundle: Bundle) -> bool:
        try:
            return self.load(home).digest == bundle.digest
        except UsageError:
            return False

    def of(self, digest: str) -> Bundle:
        """Read the bundle with this digest. Raises `UsageError` where it is not there."""
        return require_digest(self.load(self.home(digest)), digest)

    def load(self, home: Path) -> Bundle:
        """Read a bundle's folder. Raises `UsageError` where its bytes are not its digest's."""
        try:
            manifest = Manifest.model_validate_json(read_stored(home / MANIFEST))
            bundle = Bundle(
                main_module=manifest.main_module,
                builder=manifest.builder,
                modules=tuple(
                    Module(
                        name=entry.name,
                        content_type=entry.content_type,
                        content=_module(home / MODULES, entry.name),
                    )
                    for entry in manifest.modules
                ),
                assets=tuple(_assets(home / ASSETS, one) for one in manifest.assets),
            )
        except (OSError, ValidationError) as error:
            raise UsageError(
                f"{home} is not a bundle: {type(error).__name__}",
                hint="edgefleet build",
            ) from error
        if bundle.digest != manifest.digest:
            raise UsageError(
                f"{home} was changed: its modules do not have its digest",
                hint="edgefleet build",
            )
        _check_assets(bundle, home)
        return bundle

    def weight(self, bundle: Bundle) -> BundleSize | None:
        """Return the measured size of a stored bundle; None if it was not measured."""
        try:
            return BundleSize.model_validate_json(read_stored(self.home(bundle.digest) / WEIGHT))
        except (OSError, ValidationError):
            return None

    def keep_weight(self, bundle: Bundle, weight: BundleSize) -> None:
        """Store the measured size of a bundle."""
        atomic.replace(self.home(bundle.digest) / WEIGHT, weight, lasting=False)


def write_modules(bundle: Bundle, folder: Path) -> None:
    """Write a bundle's modules below a folder. Raises `UsageError` for one that would be beside."""
    for module in bundle.modules:
        if not is_module_name(module.name):
            raise UsageError(f"a module of the bundle is named {foreign_text(module.name)!r}")
        path = folder / module.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(module.content)


def _write_assets(bundle: Bundle, folder: Path) -> None:
    files = {file.hash: file for found in bundle.assets for file in found.files}
    if files:
        folder.mkdir(parents=True)
    for name, file in files.items():
        (folder / name).write_bytes(read_asset(file))


def _assets(folder: Path, entry: AssetSetEntry) -> AssetSet:
    return AssetSet(
        directory=entry.directory,
        files=tuple(AssetFile(**one.model_dump(), source=folder / one.hash) for one in entry.files),
        headers=entry.headers,
        redirects=entry.redirects,
        settings=entry.settings,
    )


def _check_assets(bundle: Bundle, home: Path) -> None:
    """Raise `UsageError` where a stored asset does not have its hash."""
    files = {file.hash: file for found in bundle.assets for file in found.files}
    for file in files.values():
        try:
            same = asset_hash(read_stored(file.source), file.path) == file.hash
        except OSError:
            same = False
        if not same:
            raise UsageError(
                f"{home} was changed: the asset {file.path} does not have its hash",
                hint="edgefleet build",
            )


def _module(folder: Path, name: str) -> bytes:
    """Return the bytes of a module; a link is followed nowhere on the way to it."""
    path = folder / name
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise OSError(0, "it is not below its folder", str(path))
    return read_stored(path)
