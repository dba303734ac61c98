"""A tenant's wrangler configuration: its own file, or the Worker's file with the tenant's over it.

A file that names `main` stands alone, and wrangler's inheritance resolves it. A file without `main`
is an overlay: over the base, resolved in the same way, come the overlay's top level and then its
environment.
"""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from edgefleet.config.environments import inherited
from edgefleet.config.overlay.merge import merge
from edgefleet.config.overlay.origin import Keys, Layer, ValueOrigin, origin
from edgefleet.core.model import Json


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """The Worker's own wrangler file, which all tenants with an overlay share.

    `keys` must not change: what an environment resolves to is kept for the next tenant.
    """

    file: str
    """Relative to the root."""
    text: str
    keys: Mapping[str, Json] | None
    """None where the file could not be read, which is reported once for all tenants."""

    @property
    def folder(self) -> str:
        """The folder of the file, relative to the root: its paths start there."""
        return posixpath.dirname(self.file)

    def has(self, environment: str) -> bool:
        """Whether it describes an environment; one without `env` describes all in one."""
        if self.keys is None:
            return False
        return "env" not in self.keys or _has(self.keys, environment)

    def resolve(self, environment: str) -> Mapping[str, Json]:
        """Return what an environment is that changes nothing; it must exist."""
        return _of_base(self, environment)[1]


NO_BASE = Base("", "", None)
"""Where the Worker has no wrangler file."""


def stands_alone(keys: Mapping[str, Json]) -> bool:
    """Whether a tenant's file is a whole one: it names the Worker's source file."""
    return names(keys, "main")


def names(keys: Mapping[str, Json], key: str) -> bool:
    """Whether a file has a key, at its top level or in an environment."""
    named = keys.get("env")
    sections = named.values() if isinstance(named, dict) else ()
    return any(key in one for one in (keys, *sections) if isinstance(one, dict))


@dataclass(frozen=True, slots=True)
class Layers:
    """The files that make a tenant's configuration; `base` is None where its own stands alone."""

    file: str
    keys: Mapping[str, Json]
    """What the tenant's own file holds; nothing where there is no such file."""
    base: Base | None
    account_id: Json = None
    """The account of an overlay where neither file names one."""
    below: Base = NO_BASE
    """The Worker's own file, also where the tenant's stands alone."""

    @classmethod
    def of(
        cls, file: str, keys: Mapping[str, Json], base: Base | None, account_id: Json
    ) -> "Layers":
        """Return the layers of a tenant's file: over the base, unless the file names `main`."""
        over = None if stands_alone(keys) else base
        return cls(file, keys, over, account_id, base or NO_BASE)

    def has(self, environment: str) -> bool:
        """Whether the configuration has an environment."""
        if self.base is not None:
            return self.base.has(environment)
        return _has(self.keys, environment)

    def name(self) -> Json:
        """Return the name at the top level, from which those of the environments are made."""
        return self.keys.get("name") or (self.base.keys or {} if self.base else {}).get("name")

    def paths_from(self, folder: Path) -> Path:
        """Return where paths of the configuration start; `folder` is the tenant's."""
        return folder if self.base is None else _folder_of(folder.parent.parent, self.base)

    def resolve(self, environment: str) -> dict[str, Json]:
        """Return the flat configuration of an environment, which must exist, without `env`."""
        if self.base is None:
            resolved = _flat(_of_file(self.file, self.keys, environment))
        else:
            resolved = _of_base(self.base, environment)[1]
            for layer in _of_overlay(self.file, self.keys, environment, self.base.folder):
                resolved = merge(resolved, layer.keys)
            resolved.setdefault("account_id", self.account_id)
        return {"name": f"-{environment}", **resolved}

    def changed(self, environment: str, resolved: Mapping[str, Json]) -> frozenset[str] | None:
        """Return the keys in which an environment differs from the base alone; None without one.

        A section that the overlay does not mention is the base's own object.
        """
        if self.base is None:
            return None
        below = self.base.resolve(environment)
        own = [key for key, value in resolved.items() if below.get(key) is not value]
        return frozenset([*own, *[key for key in below if key not in resolved]])

    def place(self, environment: str, keys: Keys) -> "Unlocated":
        """Return a place that is looked for only where something is wrong there."""
        return Unlocated(self, environment, keys)

    def origin(self, environment: str, keys: Keys) -> ValueOrigin:
        """Return where the files say what an environment has at `keys`, or would say it."""
        if not self.has(environment):
            return ValueOrigin(self.file, ("env", environment, *keys))
        found = origin(self._layers(environment), self.resolve(environment), keys)
        return found or ValueOrigin(self.file, ("env", environment, *keys))

    def _layers(self, environment: str) -> tuple[Layer, ...]:
        if self.base is None:
            return _of_file(self.file, self.keys, environment)
        below, _ = _of_base(self.base, environment)
        over = _of_overlay(self.file, self.keys, environment, self.base.folder)
        return (*below, *over)


@dataclass(frozen=True, slots=True)
class Unlocated:
    """Keys of a resolved environment whose file is looked for only where something is wrong."""

    layers: Layers
    environment: str
    keys: Keys

    def locate(self) -> ValueOrigin:
        """Return the file that says it, and where."""
        return self.layers.origin(self.environment, self.keys)


@lru_cache(maxsize=32)
def _folder_of(root: Path, base: Base) -> Path:
    return root / base.folder


@lru_cache(maxsize=32)
def _of_base(base: Base, environment: str) -> tuple[tuple[Layer, ...], dict[str, Json]]:
    layers = _of_file(base.file, base.keys or {}, environment)
    return layers, _flat(layers)


def _of_file(file: str, keys: Mapping[str, Json], environment: str) -> tuple[Layer, ...]:
    """Return the parts of a whole wrangler file, of which no two have the same key."""
    top = inherited(keys, environment)
    if "env" not in keys:
        own = {key: value for key, value in keys.items() if key not in top and key != "$schema"}
        return (Layer(file, (), {**own, **top}),)
    section = keys["env"][environment]
    above = {key: value for key, value in top.items() if key not in section}
    return (Layer(file, (), above), Layer(file, ("env", environment), section))


def _of_overlay(
    file: str, keys: Mapping[str, Json], environment: str, paths_from: str
) -> tuple[Layer, ...]:
    top = {key: value for key, value in keys.items() if key not in {"env", "$schema"}}
    if isinstance(top.get("name"), str):
        top["name"] = f"{top['name']}-{environment}"
    named = keys.get("env")
    section = named.get(environment) if isinstance(named, dict) else None
    own = section if isinstance(section, dict) else {}
    own, top = (_rebased(one, file, paths_from) for one in (own, top))
    return (Layer(file, (), top), Layer(file, ("env", environment), own))


def _rebased(keys: dict[str, Json], file: str, paths_from: str) -> dict[str, Json]:
    """Return keys in which the folder of assets is a path from where the base's paths start."""
    assets = keys.get("assets")
    if not isinstance(assets, dict):
        return keys
    directory = assets.get("directory")
    if not isinstance(directory, str) or posixpath.isabs(directory):
        return keys
    whole = posixpath.join(posixpath.dirname(file), directory)
    rebased = posixpath.relpath(whole, paths_from or ".")
    return {**keys, "assets": {**assets, "directory": rebased}}


def _has(keys: Mapping[str, Json], environment: str) -> bool:
    named = keys.get("env")
    return isinstance(named, dict) and isinstance(named.get(environment), dict)


def _flat(layers: tuple[Layer, ...]) -> dict[str, Json]:
    return {key: value for layer in layers for key, value in layer.keys.items()}
