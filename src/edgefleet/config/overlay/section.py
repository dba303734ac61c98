"""The section `worker` of fleet.jsonc: where the Worker is, and how it is built."""

import posixpath
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from edgefleet.core.model import CamelModel

SCRIPT = r"^[A-Za-z0-9][A-Za-z0-9:._-]{0,99}$"
LOCK_FILES = {
    "npm": ("package-lock.json", "npm-shrinkwrap.json"),
    "pnpm": ("pnpm-lock.yaml",),
    "yarn": ("yarn.lock",),
    "bun": ("bun.lock", "bun.lockb"),
}
"""Each package manager's lock files; the first that is there counts."""
MANAGERS = tuple(LOCK_FILES)


def _inside(path: str, example: str) -> str:
    whole = posixpath.normpath(path)
    if not path or posixpath.isabs(whole) or whole.split("/")[0] == ".." or "\\" in path:
        raise ValueError(f"must be a {example}")
    return whole


def _folder(path: str) -> str:
    return _inside(path, "folder inside the root, such as src/worker, or . for the root")


def _path(path: str) -> str:
    return _inside(path, "path inside the root, such as packages/shared")


InsidePath = Annotated[str, AfterValidator(_path)]


class BuildSection(CamelModel):
    """What makes the Worker's modules and assets of its sources."""

    tool: Literal["wrangler", "npm", "pnpm", "yarn", "bun", "prebuilt"] = Field(
        default="wrangler",
        alias="with",
        description="wrangler: its bundler, after build.command of the wrangler file if there is "
        "one, with the packages that are installed. npm, pnpm, yarn, bun: an installation of what "
        "the lock file says, then a script of package.json. prebuilt: nothing, what it would build "
        "is in git.",
    )
    script: Annotated[str, Field(pattern=SCRIPT)] | None = Field(
        default="build",
        description="The script of package.json. null: none; wrangler bundles what the Worker's "
        "own file names, with the packages that were installed.",
    )
    config: InsidePath | None = Field(
        default=None,
        description="The wrangler file that says what was built: main, base_dir, rules, no_bundle "
        "and the folder of the assets. It may be the Worker's own. [default: the one that "
        ".wrangler/deploy/config.json in the Worker's folder names]",
    )
    inputs: tuple[InsidePath, ...] | None = Field(
        default=None,
        description="The files and folders that a command may read, besides package.json, lock "
        "files and the like: it gets no others, and a change of any of them is a change of the "
        "Worker. [default: the Worker's folder]",
    )

    @model_validator(mode="after")
    def _fits_the_tool(self) -> Self:
        if "script" in self.model_fields_set and self.tool not in MANAGERS:
            raise ValueError(f"has a script, which needs 'with': {', '.join(MANAGERS)}")
        if self.config is not None and self.bundles_sources:
            raise ValueError("has a config, which is for what another tool than wrangler built")
        return self

    @property
    def of_wrangler(self) -> bool:
        """Whether wrangler bundles the sources with the packages that are installed."""
        return self.tool == "wrangler"

    @property
    def bundles_sources(self) -> bool:
        """Whether wrangler bundles the sources, and runs a command of its file before."""
        return self.of_wrangler or (self.tool in MANAGERS and self.script is None)


class WorkerSection(CamelModel):
    """The Worker of the fleet."""

    folder: Annotated[str, AfterValidator(_folder)] = Field(
        default="src/worker",
        description="The folder of the Worker, with its wrangler.jsonc, wrangler.json or "
        "wrangler.toml: what all tenants have, over which a tenant's own wrangler.jsonc says what "
        "differs. Paths in that file start there.",
    )
    build: BuildSection = Field(default=BuildSection(), description="How the Worker is built.")

    @property
    def inputs(self) -> tuple[str, ...]:
        """The files and folders, relative to the root, that a command of the Worker's may read."""
        return self.build.inputs or (self.folder,)

    @property
    def built_from_own_file(self) -> bool:
        """Whether the Worker's own wrangler file says what is bundled."""
        own = [
            posixpath.normpath(f"{self.folder}/wrangler.{kind}")
            for kind in ("json", "jsonc", "toml")
        ]
        return self.build.bundles_sources or self.build.config in own

    @property
    def built_at_the_top(self) -> bool:
        """Whether a tool leaves its configuration, which plain wrangler reads, at the root."""
        return self.folder == "." and not self.build.of_wrangler


def folders_above(folder: str) -> Iterator[str]:
    """Yield a folder relative to the root, and each one above it, down from there to the root."""
    while folder not in ("", "."):
        yield folder
        folder = posixpath.dirname(folder)
    yield "."
