"""What decides the deploys of all tenants: what the Worker is built from, and the fleet's files."""

import posixpath
from collections.abc import Iterable, Sequence
from pathlib import Path

from edgefleet.actions.github_actions import annotate
from edgefleet.build.build import build_inputs
from edgefleet.build.own_command.asked import asked
from edgefleet.build.package_managers import PACKAGE_FILES
from edgefleet.build.sources import build_paths
from edgefleet.cli.wiring import Wiring
from edgefleet.config.files.base_file import BASE_FILES
from edgefleet.config.files.fleet_file import fleet_files
from edgefleet.config.overlay.section import WorkerSection, folders_above
from edgefleet.config.target import Environment
from edgefleet.config.tenant import Tenant
from edgefleet.core.git import literal
from edgefleet.errors import EdgefleetError


def worker_paths(
    root: Path, tenants: Sequence[Tenant], environments: tuple[Environment, ...]
) -> tuple[str, ...]:
    """Return git's pathspecs of what decides the Worker of these targets.

    For a command these are its inputs. For wrangler's bundler they are the files that it reads now:
    if none of them changed since a commit, it read the same ones there, for what adds a file to a
    bundle changes one that was in it.
    """
    fleet = map(literal, fleet_files(root))
    worker = tenants[0].fleet.worker
    if any(asked(root, one, each).by_command for one in tenants for each in environments):
        return (*build_paths(worker), *fleet)
    try:
        read = build_inputs(root, tenants, environments, Wiring(root).builder)
    except EdgefleetError as error:  # the gates, which build it too, fail and show it
        why = error.message.splitlines()[0]
        annotate("notice", "targets", f"a change of {worker.folder} counts as one of all: {why}")
        return (*build_paths(worker), *fleet)
    return (*map(literal, _beside(worker, read)), *fleet)


def _beside(worker: WorkerSection, read: tuple[str, ...]) -> Iterable[str]:
    """Return files that were read, and those that say how: wrangler's, tsconfig, lock files."""
    folders = {worker.folder, *(posixpath.dirname(name) for name in read)}
    above = {each for folder in folders for each in folders_above(folder)}
    packages = {posixpath.normpath(f"{each}/{name}") for each in above for name in PACKAGE_FILES}
    own = {posixpath.normpath(f"{worker.folder}/{name}") for name in BASE_FILES}
    return sorted({*read, *packages, *own})
