"""What targets ask of a build: equal questions have the same bundle as their answer."""

import json
import posixpath
from dataclasses import dataclass, replace
from pathlib import Path

from edgefleet.build.own_command.commands import CustomBuild
from edgefleet.build.package_managers import MANAGERS
from edgefleet.cloudflare.worker.bundle_form import COMPATIBILITY_KEYS, build_config
from edgefleet.config.files.tenant_files import TENANTS
from edgefleet.config.overlay.section import WorkerSection
from edgefleet.config.target import Environment
from edgefleet.config.tenant import Tenant

SOURCE_MAPS = "upload_source_maps"
UNBUNDLED_KEYS = (*COMPATIBILITY_KEYS, SOURCE_MAPS)
"""The keys of the wrangler file that count for what a build leaves."""

BUILD_FOLDER = ".edgefleet/build"
"""Where a build's configuration lies, relative to the repository."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a target asks for, without a word of the tenant."""

    config: str
    """What wrangler's bundler is given, as JSON; of what a build leaves, compatibility alone."""
    worker: WorkerSection
    custom: CustomBuild | None
    """The command of the wrangler file, if it has one."""
    assets_alone: bool = False
    """Whether there is no code: nothing is bundled."""
    assets: str | None = None
    """The folder of static assets that the command makes or adds to, or `BUILT`; None for none."""

    @property
    def by_command(self) -> bool:
        """Whether more than wrangler's bundler has a part in the build."""
        return self.custom is not None or not self.worker.build.of_wrangler

    @property
    def maps(self) -> bool:
        """Whether source maps belong to the bundle."""
        return json.loads(self.config).get(SOURCE_MAPS) is True

    @property
    def text(self) -> str:
        """All of it, for a digest."""
        if not self.by_command:
            return self.config
        custom = self.custom and [self.custom.command, self.custom.folder]
        assets = [self.assets] if self.assets else []
        return json.dumps([self.config, self.worker.model_dump(mode="json"), custom, *assets])

    def builder(self, wrangler: str) -> str:
        """Say what builds; `wrangler` is its name and version."""
        build = self.worker.build
        if build.tool in MANAGERS:
            wrangler = (
                f"{build.tool} {f'run {build.script}' if build.script else 'install'}, {wrangler}"
            )
        return f"build.command, {wrangler}" if self.custom else wrangler


def asked(root: Path, tenant: Tenant, environment: Environment) -> Asked:
    """Return what a target asks of a build. Raises `ConfigError`."""
    folder = tenant.paths_from.relative_to(root).as_posix()
    worker, resolved = tenant.fleet.worker, tenant.resolved(environment)
    build = resolved.get("build") if worker.build.bundles_sources else None
    custom = None
    if isinstance(build, dict) and build.get("command"):
        where = posixpath.normpath(posixpath.join(folder, build.get("cwd") or "."))
        custom = CustomBuild(str(build["command"]), where)
    if not worker.built_from_own_file:
        resolved = {key: resolved[key] for key in UNBUNDLED_KEYS if key in resolved}
    config = build_config(resolved, folder, BUILD_FOLDER)
    alone = "main" not in resolved and "assets" in resolved and worker.built_from_own_file
    found = Asked(json.dumps(config, indent=2, sort_keys=True) + "\n", worker, custom, alone)
    directory = tenant.asset_directory(environment)
    # A command gets no file of a tenant's, and makes none.
    if found.by_command and directory and not directory.startswith(f"{TENANTS}/"):
        return replace(found, assets=directory)
    return found
