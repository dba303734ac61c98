"""The built Worker: modules and static assets, each with its digest, and one digest over all."""

import gzip
import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Annotated

from pydantic import AfterValidator, Field

from edgefleet.cloudflare.worker.static_assets import BUILT, AssetEntry, AssetSet
from edgefleet.core.ids import SHA256
from edgefleet.core.model import Json, Model
from edgefleet.errors import ConfigError

SOURCE_MAP = "application/source-map"
"""The content type of a source map, which an upload may carry beside its modules."""

LONGEST_NAME = 500
CONTENT_TYPE = r"^[a-z]+/[A-Za-z0-9][A-Za-z0-9.+-]*(?:; ?charset=[A-Za-z0-9-]+)?$"
DIGEST = rf"^{SHA256}$"


def is_module_name(name: str) -> bool:
    """Whether a module may have this name: it becomes a path below a folder, and stays there.

    It is relative, has only printable characters, and no part of it is empty, `.` or `..`.
    """
    parts = re.split(r"[/\\]", name)
    return 0 < len(name) <= LONGEST_NAME and name.isprintable() and not {"", ".", ".."} & {*parts}


def _module_name(name: str) -> str:
    if not is_module_name(name):
        raise ValueError("a module's name must be a relative path without '..'")
    return name


ModuleName = Annotated[str, AfterValidator(_module_name)]


@lru_cache(maxsize=16)
def _sha256(content: bytes) -> str:
    # The same few modules are asked for once for each target of a fleet.
    return sha256(content).hexdigest()


class Module(Model):
    """One module of a bundle: its path in the upload, its content type, its bytes."""

    name: str
    content_type: str
    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, in hex."""
        return _sha256(self.content)


class Bundle(Model):
    """The same bytes for every target: built once, promoted from staging to production."""

    main_module: str | None
    """None for a Worker of assets alone, which has no modules."""
    modules: tuple[Module, ...]
    """And the source maps that go with them, where `upload_source_maps` is on."""
    builder: str
    """What built it, such as `wrangler 4.63.0`; not part of the digest."""
    uncommitted: tuple[str, ...] = ()
    """Files that it was built from and that git does not have; known while it is built alone."""
    assets: tuple[AssetSet, ...] = ()
    """One set for each folder that a target of the bundle serves."""

    @property
    def digest(self) -> str:
        """SHA-256 over the main module's name and every module's name, type and digest.

        Source maps count, where the bundle has some; so does each set of assets, by its folder and
        digest.
        """
        lines = [f"main {self.main_module}"] if self.main_module else []
        lines += sorted(f"{m.name} {m.content_type} {m.digest}" for m in self.modules)
        lines += sorted(f"assets {one.directory} {one.digest}" for one in self.assets)
        return sha256("\n".join(lines).encode()).hexdigest()

    @property
    def built_assets(self) -> AssetSet | None:
        """The assets whose folder the build named itself."""
        return next((one for one in self.assets if one.directory == BUILT), None)

    def assets_of(self, resolved: Mapping[str, Json]) -> AssetSet | None:
        """Return the assets of a rendered configuration, which names their folder; None for none.

        Raises `ConfigError` where the bundle was built without them.
        """
        directory = (resolved.get("assets") or {}).get("directory")
        if directory is None:
            return None
        for one in self.assets:
            if one.directory == directory:
                return one
        raise ConfigError(
            f"the bundle has no assets of {directory}", hint="build it again: edgefleet build"
        )

    @property
    def code(self) -> tuple[Module, ...]:
        """What the Worker runs: the modules without source maps."""
        return tuple(module for module in self.modules if module.content_type != SOURCE_MAP)

    @property
    def size(self) -> int:
        """Bytes of all modules together."""
        return sum(len(module.content) for module in self.code)

    @property
    def contents(self) -> str:
        """What it holds, in words."""
        modules = f"{self.size / 1024:.1f} KiB"
        count = sum(len(one.files) for one in self.assets)
        size = sum(one.size for one in self.assets)
        assets = f"{count} static asset{'s' * (count != 1)} of {size / 1024:.1f} KiB"
        return ", ".join([modules] * bool(self.modules) + [assets] * bool(self.assets))

    @property
    def gzip_size(self) -> int:
        """The same after gzip, as wrangler counts it before an upload."""
        everything = b"".join(module.content for module in self.code)
        return len(gzip.compress(everything, compresslevel=6))


class ModuleEntry(Model):
    """A module in a manifest: everything but its bytes."""

    name: ModuleName
    content_type: str = Field(pattern=CONTENT_TYPE)
    sha256: str = Field(pattern=DIGEST)
    size: int


class AssetSetEntry(Model):
    """A set of assets in a manifest: everything but the bytes."""

    directory: str
    digest: str = Field(pattern=DIGEST)
    files: tuple[AssetEntry, ...]
    headers: str | None = None
    redirects: str | None = None
    settings: dict[str, Json] = Field(default_factory=dict)


class Manifest(Model):
    """The file `manifest.json` beside a stored bundle's modules and assets."""

    schema_version: int = 1
    digest: str = Field(pattern=DIGEST)
    main_module: ModuleName | None
    builder: str
    modules: tuple[ModuleEntry, ...]
    assets: tuple[AssetSetEntry, ...] = ()

    @classmethod
    def of(cls, bundle: Bundle) -> "Manifest":
        """Describe a bundle."""
        return cls(
            digest=bundle.digest,
            main_module=bundle.main_module,
            builder=bundle.builder,
            modules=tuple(
                ModuleEntry(
                    name=module.name,
                    content_type=module.content_type,
                    sha256=module.digest,
                    size=len(module.content),
                )
                for module in bundle.modules
            ),
            assets=tuple(
                AssetSetEntry(
                    directory=found.directory,
                    digest=found.digest,
                    files=tuple(one.entry for one in found.files),
                    headers=found.headers,
                    redirects=found.redirects,
                    settings=found.settings,
                )
                for found in bundle.assets
            ),
        )
