"""Static assets of a Worker: the files that Cloudflare serves, and how it serves them.

https://developers.cloudflare.com/workers/static-assets/direct-upload/ says what an upload holds.
"""

import base64
import json
import posixpath
from collections.abc import Callable, Mapping
from functools import cached_property
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field

from edgefleet.cloudflare.worker.content_types import extension
from edgefleet.core.ids import HEX_ID
from edgefleet.core.model import Json, Model

BUILT = "(built)"
"""Stands for the folder of assets that a build names itself."""

HASH = rf"^{HEX_ID}$"
LONGEST_PATH = 1000
CONFIG_DEFAULTS: Mapping[str, Json] = {
    "html_handling": "auto-trailing-slash",
    "not_found_handling": "none",
    "run_worker_first": False,
}
"""What holds where a key is left out: https://developers.cloudflare.com/workers/static-assets/routing/
"""
CONFIG_KEYS = tuple(CONFIG_DEFAULTS)
"""The keys of `assets` in a wrangler file that an upload sends as they are."""


def asset_directory(resolved: Mapping[str, Json], folder: str) -> str | None:
    """Return the folder of a resolved configuration's assets, relative to the repository.

    `folder` is where the configuration's paths start, relative to the repository, too. None where
    there are no assets.
    """
    named = (resolved.get("assets") or {}).get("directory")
    return posixpath.normpath(posixpath.join(folder, named)) if named else None


def is_asset_path(path: str) -> bool:
    """Whether an asset may have this path: it begins with a slash, and leads nowhere else."""
    parts = path.split("/")
    inside = path.startswith("/") and not {"", ".", ".."} & {*parts[1:]}
    return inside and len(path) <= LONGEST_PATH and path.isprintable() and "\\" not in path


def _asset_path(path: str) -> str:
    if not is_asset_path(path):
        raise ValueError("an asset's path must begin with a slash and have no '..'")
    return path


class AssetEntry(Model):
    """One asset in a manifest: everything but its bytes."""

    path: Annotated[str, AfterValidator(_asset_path)]
    """From the folder of the assets, with a slash before it: `/blog/index.html`."""
    hash: str = Field(pattern=HASH)
    """What `asset_hash` returns."""
    size: int
    content_type: str | None = None

    def __str__(self) -> str:
        return f"{self.path} {self.hash} {self.size} {self.content_type}"


class AssetFile(AssetEntry):
    """One asset, and where its bytes are on this machine."""

    source: Path

    @property
    def entry(self) -> AssetEntry:
        """The asset as a manifest has it."""
        return AssetEntry(**self.model_dump(exclude={"source"}))


ReadAsset = Callable[[AssetFile], bytes]
"""Returns a file's bytes; raises where they are not those of its hash."""


class AssetSet(Model):
    """The assets of one folder, which the same targets serve."""

    directory: str
    """The folder that they come from, relative to the repository: it tells sets apart."""
    files: tuple[AssetFile, ...]
    """By path."""
    headers: str | None = None
    """The text of the file `_headers`."""
    redirects: str | None = None
    """The text of the file `_redirects`."""
    settings: dict[str, Json] = Field(default_factory=dict)
    """What a build says of them; the keys of the wrangler file go before it."""

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy, whose digest is its own."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("digest", None)
        return copied

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the path, hash, size and type of every file, over rules and settings."""
        texts = [self.headers, self.redirects, self.settings]
        lines = [json.dumps(texts, sort_keys=True), *sorted(map(str, self.files))]
        return sha256("\n".join(lines).encode()).hexdigest()

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)


def asset_hash(content: bytes, name: str) -> str:
    """Return the hash by which Cloudflare knows a file: the one that wrangler computes.

    BLAKE3 of the content in base64 with the extension of the name after it, its first 16 bytes in
    hex: both engines then agree on which files Cloudflare has already.
    """
    # Only Workers with assets need it, and `edgefleet --help` should not load it.
    blake3 = import_module("blake3").blake3
    return str(blake3(base64.b64encode(content) + extension(name).encode()).hexdigest(length=16))


def asset_config(assets: Mapping[str, Json], found: AssetSet) -> dict[str, Json]:
    """Return `metadata.assets.config` of an upload: the keys of the file, and the rules' texts."""
    texts = {"_redirects": found.redirects, "_headers": found.headers}
    config = {**{key: assets.get(key) for key in CONFIG_KEYS}, **texts}
    return {key: value for key, value in config.items() if value is not None}


def asset_settings(config: Mapping[str, Json]) -> dict[str, Json]:
    """Return those settings of assets that are not Cloudflare's defaults."""
    found = {key: config.get(key) for key in CONFIG_KEYS}
    return {key: it for key, it in found.items() if it not in (None, CONFIG_DEFAULTS[key])}


def assets_digest(assets: Mapping[str, Json], found: AssetSet) -> str:
    """Return the short digest of assets and their settings, which the version's tag carries."""
    text = json.dumps([found.digest, asset_settings(assets)], sort_keys=True)
    return sha256(text.encode()).hexdigest()[:16]


def manifest_of(found: AssetSet) -> dict[str, Json]:
    """Return the `manifest` with which an upload session begins."""
    return {file.path: {"hash": file.hash, "size": file.size} for file in found.files}
