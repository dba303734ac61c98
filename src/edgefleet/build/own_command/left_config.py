"""The wrangler configuration that a build left: what is uploaded, and nothing of how.

wrangler calls it a redirected configuration: `.wrangler/deploy/config.json` names it
(https://developers.cloudflare.com/workers/wrangler/configuration/#generated-wrangler-configuration).
Its bindings and vars are those of the moment of the build; what is deployed has those of the
Worker's own file and of the tenants'.
"""

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edgefleet.cloudflare.worker.static_assets import CONFIG_KEYS
from edgefleet.config.files.base_file import base_of
from edgefleet.config.overlay.section import WorkerSection
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.model import Json
from edgefleet.errors import ConfigError

REDIRECTION = ".wrangler/deploy/config.json"
MODULE_KEYS = ("main", "base_dir", "rules", "no_bundle", "find_additional_modules")
"""The keys that say which modules there are."""
SETTINGS = ("binding", *CONFIG_KEYS)
"""The keys of `assets` that count, besides the folder."""


@dataclass(frozen=True, slots=True)
class LeftConfig:
    """What a build left; the paths of `keys` start at `folder`."""

    folder: str
    """Relative to the repository."""
    keys: Mapping[str, Json]
    assets: str | None
    """The folder of the static assets, relative to the repository; None where there are none."""
    settings: Mapping[str, Json] = field(default_factory=dict)
    """What else the build says of the assets."""


def read_left(place: Path, worker: WorkerSection) -> LeftConfig:
    """Read what a build left in `place`. Raises `ConfigError` for what is missing or outside."""
    return _Left(place, worker).read()


class _Left:
    def __init__(self, place: Path, worker: WorkerSection) -> None:
        self._place, self._worker = place, worker
        self._prebuilt = worker.build.tool == "prebuilt"

    def read(self) -> LeftConfig:
        file = self._worker.build.config or self._redirected()
        keys = self._keys(file)
        left = {key: keys[key] for key in MODULE_KEYS if keys.get(key) is not None}
        found = keys.get("assets")
        assets: Mapping[str, Json] = found if isinstance(found, Mapping) else {}
        folder = assets.get("directory")
        if folder is not None:
            folder = self._path(file, "assets.directory", folder, Path.is_dir)
        if folder is None or "main" in left:  # assets alone need no code
            self._path(file, "main", left.get("main"), Path.is_file)
        if "base_dir" in left:
            self._path(file, "base_dir", left["base_dir"], Path.is_dir)
        settings = {key: assets[key] for key in SETTINGS if assets.get(key) is not None}
        return LeftConfig(posixpath.dirname(file) or ".", left, folder, settings)

    def _redirected(self) -> str:
        folder = self._worker.folder
        file = posixpath.normpath(f"{folder}/{REDIRECTION}")
        if not (self._place / file).is_file():
            own = f'"with": "{self._worker.build.tool}", "config": "{folder}/wrangler.jsonc"'
            hint = f'write "build": {{ {own} }} into worker of fleet.jsonc, if main of that file '
            raise self._absent(file, f"{hint}is what the build writes")
        keys = self._keys(file)
        if keys.get("auxiliaryWorkers"):
            raise ConfigError(
                f"{file}: the build made several Workers, and edgefleet deploys one for a tenant",
                hint="build one Worker: without auxiliaryWorkers in the configuration of vite",
            )
        return self._path(file, "configPath", keys.get("configPath"), Path.is_file)

    def _keys(self, file: str) -> Mapping[str, Json]:
        try:
            text = (self._place / file).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise self._absent(file) from None
        except (OSError, ValueError) as error:
            raise ConfigError(f"{file} cannot be read: {error}", hint=self._again(file)) from error
        keys = base_of(file, text).keys
        if keys is None:
            raise ConfigError(f"{file} holds no object", hint=self._again(file))
        return keys

    def _path(self, file: str, key: str, value: Json, exists: Callable[[Path], bool]) -> str:
        """Return what a key of a file names, relative to the repository: there, and inside."""
        if not isinstance(value, str):
            raise ConfigError(f"{file} names no {key}", hint=self._again(file))
        said = f"{file}: {key} is {foreign_text(value)}"
        whole = posixpath.normpath(posixpath.join(posixpath.dirname(file), value))
        real = (self._place / whole).resolve()
        if not real.is_relative_to(self._place):
            raise ConfigError(f"{said}: it lies outside of the repository", hint=self._again(file))
        if not exists(real):
            absent = self._absent(whole)
            raise absent.amended(message=f"{said}: {absent.message}")
        return whole

    def _absent(self, file: str, hint: str = "") -> ConfigError:
        said = "git has no" if self._prebuilt else "the build left no"
        return ConfigError(f"{said} {file}", hint=hint or self._again(file))

    def _again(self, file: str) -> str:
        return f"git add --force {file}" if self._prebuilt else "edgefleet build --no-cache"
