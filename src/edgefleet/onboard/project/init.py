"""`edgefleet init`: make a fleet of a repository that has a Worker, or of an empty folder."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files as package_files
from pathlib import Path
from shlex import quote

import pyjson5

from edgefleet.config.credentials.lookup import PLAIN
from edgefleet.config.files.base_file import BASE_FILES
from edgefleet.config.files.fleet_file import fleet_of, read_fleet
from edgefleet.config.files.tenant_files import TENANTS, tenant_names
from edgefleet.config.fleet_config import FLEET_FILE, FleetConfig
from edgefleet.config.overlay.layers import Base
from edgefleet.config.overlay.section import WorkerSection
from edgefleet.config.reading.locate import locate
from edgefleet.config.report import findings_text
from edgefleet.core.git import git_output, in_repository
from edgefleet.core.redaction import known_secrets
from edgefleet.errors import ConfigError, UsageError
from edgefleet.onboard.project.find_build import FoundBuild, find_build
from edgefleet.onboard.project.find_worker import find_worker
from edgefleet.onboard.project.fleet_text import fleet_text, left_out, schema_files
from edgefleet.onboard.project.models import ProjectChange
from edgefleet.onboard.project.project_files import compared, with_ignored
from edgefleet.onboard.project.workflows import ActionSource, workflows_of
from edgefleet.onboard.project.written_files import joined, read_written

IGNORED = (".edgefleet/", "deployments/", ".env.deploy")
ENV_EXAMPLE = ".env.deploy.example"
ENV_TEXT = f"""\
# Copy to .env.deploy, which git ignores: the Cloudflare API token of each tenant, or of a tenant
# in one environment ({PLAIN}_<TENANT>_<ENVIRONMENT>).
# Variables of the process come first.
"""
TENANTS_README = f"{TENANTS}/README.md"
TENANTS_TEXT = """\
A folder for each tenant: `edgefleet tenant add NAME --account ID` writes one.
"""
STARTER = ("index.js", "wrangler.jsonc")
"""Files of the Worker that a folder without one gets."""


@dataclass(frozen=True, slots=True)
class FoundProject:
    """The Worker of a folder, or the small one that it gets."""

    fleet: str
    """The text of fleet.jsonc."""
    base: Base | None = None
    build: FoundBuild | None = None
    starter: Mapping[str, str] = field(default_factory=dict)
    """The Worker's files, where there is no Worker yet."""


def planned_project(root: Path, worker: str | None, actions: ActionSource | None) -> ProjectChange:
    """Return what makes a fleet of the folder `root`; nothing is written.

    `worker` names the Worker's folder where there are several. Without `actions` it gets no
    workflows. Raises `UsageError` and `ConfigError`.
    """
    require_valid_fleet(root)
    found = _found(root, worker)
    workflows = {} if actions is None else workflows_of(_fleet(root, found), actions)
    wanted = {
        # First: a run that goes on where another was killed finds its Worker by it.
        FLEET_FILE: found.fleet,
        **found.starter,
        TENANTS_README: TENANTS_TEXT,
        ENV_EXAMPLE: ENV_TEXT,
        **schema_files(fleet_of(root).contract.settings),
        **workflows,
    }
    files = [*compared(root, wanted), with_ignored(root, IGNORED)]
    if actions is not None:
        _require_top(root)
        files += joined(root, files, workflows, actions)
    notes = (*_notes(root, found), *_notes_on_commit(root, actions))
    return ProjectChange(root=str(root), files=tuple(files), notes=notes)


def next_commands(root: Path, first: tuple[str, str] | None) -> tuple[str, ...]:
    """Return the commands that follow: what a fleet still lacks, in order."""
    commands = []
    if not in_repository(root):
        commands.append("git init && git add --all && git commit --message 'Make a fleet'")
    if not (root / TENANTS).is_dir() or not tenant_names(root):
        named = f"{first[0]} --account {first[1]}" if first else "NAME --account ID"
        commands.append(f"edgefleet tenant add {named}")
    return (*commands, "edgefleet validate", "edgefleet rehearse")


def _found(root: Path, worker: str | None) -> FoundProject:
    if worker is None and (root / FLEET_FILE).is_file():
        worker = _described(root)
    base = find_worker(root, worker)
    if base is not None:
        build = find_build(root, base)
        return FoundProject(fleet_text(base, build), base, build)
    folder = WorkerSection().folder
    name = re.sub(r"[^a-z0-9]+", "-", root.name.lower()).strip("-")[:40] or "worker"
    own = package_files("edgefleet.onboard.project") / "starter"
    starter = {
        f"{folder}/{file}": (own / file).read_text("utf-8").replace("{name}", name)
        for file in STARTER
    }
    return FoundProject((own / FLEET_FILE).read_text("utf-8"), starter=starter)


def _described(root: Path) -> str | None:
    """Return the Worker's folder that fleet.jsonc names; None where there is no Worker yet."""
    folder = fleet_of(root).worker.folder
    return folder if any((root / folder / name).is_file() for name in BASE_FILES) else None


def require_valid_fleet(root: Path) -> None:
    """Raise `ConfigError` for a fleet.jsonc that is there and is not valid, or is no file."""
    read = read_fleet(root) if os.path.lexists(root / FLEET_FILE) else None
    if read is not None and read.config is None:
        findings = locate(read.problems, read.texts, known_secrets)
        raise ConfigError(findings_text(findings), hint="correct it, then edgefleet init")


def _fleet(root: Path, found: FoundProject) -> FleetConfig:
    if (root / FLEET_FILE).is_file():
        return fleet_of(root)
    return FleetConfig.model_validate(pyjson5.decode(found.fleet))


def _notes(root: Path, found: FoundProject) -> list[str]:
    return [*_notes_on_fleets(root), *_notes_on_worker(root, found)]


def _notes_on_fleets(root: Path) -> Iterator[str]:
    for parent in root.parents:
        if (parent / FLEET_FILE).is_file():
            yield f"{parent} is a fleet, too: commands below {root} use {FLEET_FILE} of {root}"
            return


def _notes_on_worker(root: Path, found: FoundProject) -> list[str]:
    if found.base is None or found.build is None:
        return [f"{root} had no Worker: {', '.join(found.starter)} are a small one that greets"]
    notes = [f"the Worker is {found.base.file}; {found.build.why}"]
    if found.build.note:
        notes.append(found.build.note)
    if names := left_out(found.base):
        notes.append(
            f"no environment of the fleet: {', '.join(names)} of {found.base.file}; a name has "
            "lower-case letters and digits"
        )
    return notes


def _notes_on_commit(root: Path, actions: ActionSource | None) -> list[str]:
    before = read_written(root) if actions is not None else None
    if actions is None or before is None or before.actions.commit == actions.commit:
        return []
    used = f"the workflows use commit {before.actions.commit[:7]}, and init changes no file"
    return [f"{used}: edgefleet upgrade with the same --actions moves them"]


def _require_top(root: Path) -> None:
    """Raise `UsageError` where GitHub would not see workflows."""
    top = git_output(root, "rev-parse", "--show-toplevel")
    if top and Path(top).resolve() != root.resolve():
        raise UsageError(
            f"GitHub reads workflows at the top of a repository, {top}, and {root} is below it",
            hint=f"(cd {quote(top)} && edgefleet init), or leave out --actions",
        )
