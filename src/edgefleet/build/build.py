"""Build the Worker once, for all tenants whose files ask for the same bundle."""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edgefleet.build.assets.read import asset_inputs, read_assets, uncommitted_assets
from edgefleet.build.cache import BuildCache, KnownBuild, build_key, files_key
from edgefleet.build.inputs import inside, taken_as_they_are, uncommitted
from edgefleet.build.own_command.asked import BUILD_FOLDER, Asked, asked
from edgefleet.build.own_command.commands import Commands
from edgefleet.build.own_command.own_build import build_by_command, bundle_in
from edgefleet.build.same_digest import differs
from edgefleet.build.sources import sources
from edgefleet.build.wrangler import Bundled, Wrangler
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.cloudflare.worker.bundle_form import parse_upload, source_folders
from edgefleet.cloudflare.worker.static_assets import AssetSet
from edgefleet.config.target import Environment
from edgefleet.config.tenant import Tenant
from edgefleet.core.node_modules import with_own_tree
from edgefleet.errors import ConfigError, UsageError

NEVER = "never"
"""The value of EDGEFLEET_BUILD with which nothing is built."""


class BuildRefused(UsageError):
    """Something had to be built where nothing may be: beside a token."""

    code = "build-refused"


@dataclass(frozen=True, slots=True)
class Builder:
    """What bundles and what runs commands; None for `builds` builds each time."""

    wrangler: Wrangler
    builds: BuildCache | None
    commands: Commands
    again: bool = False
    """Whether what was built before is built again."""
    never: bool = False
    """Whether nothing may be built: where a token is, no code of the Worker's owner runs."""


def build(
    root: Path,
    tenants: Sequence[Tenant],
    environments: tuple[Environment, ...],
    builder: Builder,
) -> Bundle:
    """Bundle the Worker of these targets; what was built from the same files is taken as it is.

    The bundle holds the assets of every folder that one of them serves. Raises `ConfigError` where
    two of them would not give the same modules.
    """
    named: dict[Asked, str] = {}
    folders: dict[str, None] = {}
    for tenant in tenants:
        for environment in environments:
            wanted = asked(root, tenant, environment)
            named.setdefault(wanted, f"{tenant.name}-{environment}")
            folders |= dict.fromkeys(_as_they_are(tenant, environment, wanted))
    bundles = {one: _build(root, one, builder).bundle for one in named}
    first, *others = named
    for other in others:
        if _code(bundles[other]) != _code(bundles[first]):
            raise ConfigError(
                f"{named[first]} and {named[other]} would run different bundles: "
                f"they differ in {_difference(first, other)}",
                hint="one bundle runs for all: make these keys equal in both wrangler.jsonc",
            )
    made = {one.directory: one for bundle in bundles.values() for one in bundle.assets}
    bundle = bundles[first].model_copy(update={"assets": tuple(made.values())})
    return _with_assets(root, bundle, [read_assets(root, folder) for folder in folders])


class Bundler:
    """Builds for one target after the other, what is the same for several of them once."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._built: dict[tuple[Path, Asked], Bundle] = {}
        self._whole: dict[tuple[Path, Asked, tuple[str, ...]], Bundle] = {}
        self._lock = threading.Lock()

    def __call__(self, root: Path, tenant: Tenant, environment: Environment) -> Bundle:
        """Return the bundle of a target; files must not change while this is in use."""
        wanted = asked(root, tenant, environment)
        folders = _as_they_are(tenant, environment, wanted)
        with self._lock:
            if (root, wanted) not in self._built:
                self._built[root, wanted] = _build(root, wanted, self._builder).bundle
            if (root, wanted, folders) not in self._whole:
                found = [read_assets(root, folder) for folder in folders]
                whole = _with_assets(root, self._built[root, wanted], found)
                self._whole[root, wanted, folders] = whole
            return self._whole[root, wanted, folders]


def _as_they_are(tenant: Tenant, environment: Environment, wanted: Asked) -> tuple[str, ...]:
    """Return the folder of a target's assets, unless a command makes it; there may be none."""
    folder = tenant.asset_directory(environment)
    return () if folder is None or folder == wanted.assets else (folder,)


def _code(bundle: Bundle) -> str:
    return bundle.model_copy(update={"assets": ()}).digest


def _with_assets(root: Path, bundle: Bundle, found: Sequence[AssetSet]) -> Bundle:
    if not found:
        return bundle
    lacking = (name for one in found for name in uncommitted_assets(root, one))
    update = {
        "assets": (*bundle.assets, *found),
        "uncommitted": (*bundle.uncommitted, *lacking),
    }
    return bundle.model_copy(update=update)


def build_inputs(
    root: Path,
    tenants: Sequence[Tenant],
    environments: tuple[Environment, ...],
    builder: Builder,
) -> tuple[str, ...]:
    """Return the files of the repository that the Worker of these targets is built from.

    Lock files stand for installed packages and are not among them. Raises as `build` does.
    """
    targets = [
        (tenant, one, asked(root, tenant, one)) for tenant in tenants for one in environments
    ]
    every = {wanted for *_, wanted in targets}
    read = {name for each in every for name in _build(root, each, builder).inputs}
    folders = {folder for target in targets for folder in _as_they_are(*target)}
    sets = (read_assets(root, folder) for folder in folders)
    return tuple(sorted(read.union(*(asset_inputs(root, found) for found in sets))))


def _build(root: Path, wanted: Asked, builder: Builder) -> KnownBuild:
    name = wanted.builder(f"wrangler {builder.wrangler.version()}")
    if wanted.assets_alone and not wanted.by_command:
        return KnownBuild(Bundle(main_module=None, modules=(), builder=name), ())
    if builder.never:
        raise BuildRefused(
            f"EDGEFLEET_BUILD={NEVER}: nothing is built where a token is, and no bundle was given",
            hint="bring a workflow up to date with 'edgefleet upgrade'; or build where no token is "
            "(edgefleet build), and give the bundle: --bundle DIR",
        )
    files = sources(root, wanted.worker) if wanted.by_command else ()
    if wanted.by_command:
        key = files_key(root, wanted.text, [root / file for file in files], name)
    else:
        folders = source_folders(json.loads(wanted.config), BUILD_FOLDER)
        key = build_key(root, wanted.text, [root / folder for folder in folders], name)
    known = builder.builds.find(root, key) if builder.builds else None
    if known is None or builder.again:
        bundled = _bundled(root, wanted, files, key, builder)
        bundle = _bundle_of(bundled, name, maps=wanted.maps)
        read = (*bundled.inputs, *(() if files else taken_as_they_are(root, bundle)))
        for note in differs(known.bundle, bundle) if known else ():
            builder.commands.say(f"note: {note}")
        known = KnownBuild(bundle, inside(root, read))
        if builder.builds:
            builder.builds.keep(root, key, bundle, read)
    inputs = inside(root, (root / name for name in known.inputs))
    bundle = known.bundle.model_copy(update={"uncommitted": uncommitted(root, inputs)})
    return KnownBuild(bundle, inputs)


def _bundle_of(bundled: Bundled, builder: str, *, maps: bool) -> Bundle:
    if bundled.form is None:
        bundle = Bundle(main_module=None, modules=(), builder=builder)
    else:
        bundle = parse_upload(bundled.form, builder, maps=maps)
    made = () if bundled.assets is None else (bundled.assets,)
    return bundle.model_copy(update={"assets": made})


def _bundled(
    root: Path, wanted: Asked, files: Sequence[str], key: str, builder: Builder
) -> Bundled:
    if wanted.by_command:
        return build_by_command(root, wanted, files, key, builder.wrangler, builder.commands)
    with with_own_tree(root) as place:
        bundled = bundle_in(place, wanted.config, builder.wrangler)
        there = place.resolve()
        inputs = [
            root / path.relative_to(there) if path.is_relative_to(there) else path
            for path in bundled.inputs
        ]
        return bundled.model_copy(update={"inputs": tuple(inputs)})


def _difference(one: Asked, other: Asked) -> str:
    first, second = json.loads(one.config), json.loads(other.config)
    keys = sorted(key for key in first | second if first.get(key) != second.get(key))
    return ", ".join(keys or ["build"])
