"""Check one tenant: parse its files into models, and run every check on them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from edgefleet.config.reading.asset_folder import AssetFolder
from edgefleet.config.reading.rule import Problem
from edgefleet.config.reading.views import EntryPoint, TargetView, TenantFiles
from edgefleet.config.target import Environment
from edgefleet.config.tenant import TenantConfig
from edgefleet.config.validation.registry import check_target, check_tenant
from edgefleet.config.validation.tenant_config import read_config
from edgefleet.config.validation.wrangler.clean_sections import CleanSections
from edgefleet.config.validation.wrangler.overlays import overlaid_environment
from edgefleet.config.validation.wrangler.wrangler_file import environment_exists, read_target


class Sources(Protocol):
    """Reads what a wrangler file names."""

    def entry(self, folder: Path, main: str | None) -> EntryPoint:
        """Return the source file that `main` names, from a folder."""
        ...

    def assets(self, folder: Path, directory: str | None) -> AssetFolder | None:
        """Return the static assets in a directory, from a folder; None for no directory."""
        ...


@dataclass(frozen=True, slots=True)
class Examined:
    """A checked tenant; `config` is None if its file is invalid."""

    files: TenantFiles
    config: TenantConfig | None
    targets: Mapping[Environment, TargetView]
    problems: Sequence[Problem]


def examine(
    files: TenantFiles,
    environments: Iterable[Environment],
    today: date,
    sources: Sources,
    clean: CleanSections,
) -> Examined:
    """Run every check on a tenant in these environments; wrong files raise nothing.

    `clean` is the same for all tenants of a run.
    """
    problems: list[Problem] = []
    config = None
    if files.config.value is not None:
        config, wrong = read_config(files)
        problems += wrong
    problems += check_tenant(files, today)
    targets = {}
    for environment in environments if files.readable else ():
        target, wrong = view(files, environment, today, sources)
        problems += wrong
        if target:
            targets[environment] = target
            problems += check_target(target, clean)
    return Examined(files, config, targets, problems)


def view(
    files: TenantFiles, environment: Environment, today: date, sources: Sources
) -> tuple[TargetView | None, list[Problem]]:
    """Return a target as wrangler resolves it, None if it is missing, and its problems.

    wrangler.jsonc must have been read.
    """
    if files.layers.base is None:
        missing = list(environment_exists(files, environment))
    else:
        missing = list(overlaid_environment(files, environment))
    if missing or not files.layers.has(environment):
        return None, missing
    resolved = files.layers.resolve(environment)
    changed = files.layers.changed(environment, resolved)
    worker, unreadable, problems = read_target(files, environment, resolved, changed)
    folder = files.layers.paths_from(files.folder)
    entry = sources.entry(folder, worker.main)
    assets = sources.assets(folder, worker.assets.directory if worker.assets else None)
    if files.is_built(resolved):  # a build makes what is missing, and says so where it does not
        entry = entry if entry.found else EntryPoint(found=True)
        assets = assets if assets and all(one.file for one in assets.problems) else None
    found = TargetView(
        files, environment, resolved, worker, unreadable, today, entry, assets, changed
    )
    return found, problems


class NoSources:
    """Reads nothing, for checks that do not need it."""

    def entry(self, _folder: Path, _main: str | None) -> EntryPoint:
        """Return an empty entry point."""
        return EntryPoint()

    def assets(self, _folder: Path, _directory: str | None) -> None:
        """Return no assets."""


NO_SOURCES = NoSources()
