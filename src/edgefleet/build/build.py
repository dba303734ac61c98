"""Build the Worker once, for all tenants whose files ask for the same bundle."""

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from edgefleet.build.cache import BuildCache, build_key
from edgefleet.build.wrangler import Bundled, Wrangler
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.cloudflare.worker.bundle_form import build_config, parse_upload, source_folders
from edgefleet.config.target import Environment
from edgefleet.config.tenant import Tenant
from edgefleet.core.node_modules import with_own_tree
from edgefleet.errors import ConfigError

BUILD_FOLDER = ".edgefleet/build"
"""Where a build's configuration lies, relative to the repository."""


@dataclass(frozen=True, slots=True)
class Builder:
    """wrangler's own bundler, and what it built before; None for `builds` builds each time."""

    wrangler: Wrangler
    builds: BuildCache | None


def build(
    root: Path,
    tenants: tuple[Tenant, ...],
    environments: tuple[Environment, ...],
    builder: Builder,
) -> Bundle:
    """Bundle the Worker of these targets; what was built from the same files is taken as it is.

    Raises `ConfigError` where two of them would not give the same bundle.
    """
    asked: dict[str, str] = {}
    for tenant in tenants:
        for environment in environments:
            asked.setdefault(_config(root, tenant, environment), f"{tenant.name}-{environment}")
    bundles = {config: _bundle(root, config, builder) for config in asked}
    first, *others = asked
    for config in others:
        if bundles[config].digest != bundles[first].digest:
            raise ConfigError(
                f"{asked[first]} and {asked[config]} would run different bundles: "
                f"they differ in {_difference(first, config)}",
                hint="one bundle runs for all: make these keys equal in both wrangler.jsonc",
            )
    return bundles[first]


class Bundler:
    """Builds for one target after the other, what is the same for several of them once."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._built: dict[tuple[Path, str], Bundle] = {}
        self._lock = threading.Lock()

    def __call__(self, root: Path, tenant: Tenant, environment: Environment) -> Bundle:
        """Return the bundle of a target; files must not change while this is in use."""
        config = _config(root, tenant, environment)
        with self._lock:
            if (root, config) not in self._built:
                self._built[root, config] = _bundle(root, config, self._builder)
            return self._built[root, config]


def _bundle(root: Path, config: str, builder: Builder) -> Bundle:
    name = f"wrangler {builder.wrangler.version()}"
    if builder.builds is None:
        return parse_upload(_bundled(root, config, builder).form, name)
    folders = [root / folder for folder in source_folders(json.loads(config), BUILD_FOLDER)]
    key = build_key(root, config, folders, name)
    known = builder.builds.find(root, key)
    if known is not None:
        return known
    bundled = _bundled(root, config, builder)
    bundle = parse_upload(bundled.form, name)
    builder.builds.keep(root, key, bundle, bundled.inputs)
    return bundle


def _bundled(root: Path, config: str, builder: Builder) -> Bundled:
    with with_own_tree(root) as place:
        folder = place / BUILD_FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        # A separate file: in another terminal, something else may be built at the same time.
        with NamedTemporaryFile("w", dir=folder, suffix=".json", encoding="utf-8") as file:
            file.write(config)
            file.flush()
            return builder.wrangler.bundle(Path(file.name))


def _config(root: Path, tenant: Tenant, environment: Environment) -> str:
    folder = tenant.paths_from.relative_to(root).as_posix()
    config = build_config(tenant.resolved(environment), folder, BUILD_FOLDER)
    return json.dumps(config, indent=2, sort_keys=True) + "\n"


def _difference(one: str, other: str) -> str:
    first, second = json.loads(one), json.loads(other)
    keys = sorted(key for key in first | second if first.get(key) != second.get(key))
    return ", ".join(keys)
