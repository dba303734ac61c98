"""The built Worker: modules, each with its digest, and one digest over all of them."""

import gzip
import re
from functools import lru_cache
from hashlib import sha256
from typing import Annotated

from pydantic import AfterValidator, Field

from edgefleet.core.ids import SHA256
from edgefleet.core.model import Model

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

    main_module: str
    modules: tuple[Module, ...]
    builder: str
    """What built it, such as `wrangler 4.63.0`; not part of the digest."""
    uncommitted: tuple[str, ...] = ()
    """Files that it was built from and that git does not have; known while it is built alone."""

    @property
    def digest(self) -> str:
        """SHA-256 over the main module's name and every module's name, type and digest.

        Source maps are no modules here: they hold paths of the machine that built them.
        """
        lines = [f"main {self.main_module}"]
        lines += sorted(f"{m.name} {m.content_type} {m.digest}" for m in self.modules)
        return sha256("\n".join(lines).encode()).hexdigest()

    @property
    def size(self) -> int:
        """Bytes of all modules together."""
        return sum(len(module.content) for module in self.modules)

    @property
    def gzip_size(self) -> int:
        """The same after gzip, as wrangler counts it before an upload."""
        everything = b"".join(module.content for module in self.modules)
        return len(gzip.compress(everything, compresslevel=6))


class ModuleEntry(Model):
    """A module in a manifest: everything but its bytes."""

    name: ModuleName
    content_type: str = Field(pattern=CONTENT_TYPE)
    sha256: str = Field(pattern=DIGEST)
    size: int


class Manifest(Model):
    """The file `manifest.json` beside a stored bundle's modules."""

    schema_version: int = 1
    digest: str = Field(pattern=DIGEST)
    main_module: ModuleName
    builder: str
    modules: tuple[ModuleEntry, ...]

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
        )
