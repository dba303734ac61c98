"""Cache of builds by their input files, so that the same Worker is not built twice.

An entry is good as long as every file that could change the bundle is as it was: all files beside
the Worker's main module, the two package files of npm, and each further file that the bundler
said it read (esbuild's metafile: https://esbuild.github.io/api/#metafile).
"""

import json
import os
from collections.abc import Iterable, Iterator
from hashlib import file_digest, sha256
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from edgefleet.build.bundle_store import BundleStore
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.core import atomic_files as atomic
from edgefleet.core.model import Model
from edgefleet.core.regular_files import open_regular, read_stored
from edgefleet.errors import UsageError

PACKAGE_FILES = ("package.json", "package-lock.json", "tsconfig.json")
"""At the repository's top; esbuild finds a tsconfig.json there too."""


class CachedBuild(Model):
    """One entry: which bundle came out, and the digests of the files that went in."""

    digest: str
    inputs: dict[str, str]


class KnownBuild(NamedTuple):
    """A bundle that was built before, and the files that it was built from, from the root."""

    bundle: Bundle
    inputs: tuple[str, ...]


class BuildCache:
    """The folder of entries; the bundles themselves are in `bundles`."""

    def __init__(self, folder: Path, bundles: BundleStore) -> None:
        self._folder = folder
        self._bundles = bundles

    def find(self, root: Path, key: str) -> KnownBuild | None:
        """Return what was built for this key, unless a file of it changed since."""
        try:
            built = CachedBuild.model_validate_json(read_stored(self._folder / f"{key}.json"))
            if any(_digest(root / name) != digest for name, digest in built.inputs.items()):
                return None
            bundle = self._bundles.load(self._bundles.home(built.digest))
            return KnownBuild(bundle, tuple(built.inputs))
        except (OSError, ValidationError, UsageError):
            return None

    def keep(self, root: Path, key: str, bundle: Bundle, inputs: Iterable[Path]) -> None:
        """Store a bundle, and remember it unless it was made of files outside the repository."""
        self._bundles.save(bundle)
        here, files = root.resolve(), [path.resolve() for path in inputs if path.is_file()]
        if not files or not all(path.is_relative_to(here) for path in files):
            return
        digests = {path.relative_to(here).as_posix(): _digest(path) for path in files}
        entry = CachedBuild(digest=bundle.digest, inputs=digests)
        self._folder.mkdir(parents=True, exist_ok=True)
        atomic.replace(self._folder / f"{key}.json", entry, lasting=False)


def build_key(root: Path, config: str, folders: Iterable[Path], builder: str) -> str:
    """Return a digest of all that decides a bundle, as far as it is known before it is built.

    `config` is what wrangler is given, `folders` are those with sources, `builder` is what builds.
    """
    names = [root / name for name in PACKAGE_FILES]
    return files_key(
        root, config, [*names, *(path for folder in folders for path in _files(folder))], builder
    )


def files_key(root: Path, config: str, files: Iterable[Path], builder: str) -> str:
    """Return the same where the files themselves are known that decide the bundle."""
    listed = [(path.relative_to(root).as_posix(), _digest(path)) for path in sorted({*files})]
    return sha256(json.dumps([builder, config, listed]).encode()).hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "node_modules" and name[0] != "."]
        yield from (Path(place) / name for name in names)


def _digest(path: Path) -> str:
    try:
        # A pipe among sources would hold us; links are the bundler's own way to follow.
        with os.fdopen(open_regular(path.resolve()), "rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError:
        return "none"
