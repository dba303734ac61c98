"""Find the Worker of a repository: the folder with its wrangler file."""

import os
import posixpath
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from edgefleet.config.files.base_file import BASE_FILES, read_base
from edgefleet.config.files.tenant_files import TENANTS, TOOLS_OWN
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.overlay.layers import Base
from edgefleet.config.overlay.section import WorkerSection
from edgefleet.config.reading.locate import locate
from edgefleet.config.reading.rule import Severity
from edgefleet.config.report import findings_text
from edgefleet.config.validation.wrangler.overlays import base_file
from edgefleet.config.validation.wrangler.wrangler_file import WRANGLER_VALUE
from edgefleet.core.git import known_files
from edgefleet.core.redaction import known_secrets
from edgefleet.errors import ConfigError, UsageError

NOT_SOURCES = frozenset({*TOOLS_OWN, TENANTS, "dist", "build", "out", "vendor"})
"""Folders whose wrangler files a tool wrote, or that describe a tenant."""

DEEPEST = 6
"""Folders below the root in which a wrangler file is looked for; a monorepo has two or three."""

PAGES = "pages_build_output_dir"
MOVE_FROM_PAGES = (
    "https://developers.cloudflare.com/workers/static-assets/migration-guides/migrate-from-pages/"
)


def find_worker(root: Path, folder: str | None) -> Base | None:
    """Return the wrangler file of the Worker in `folder`, or of the only Worker that there is.

    None where there is none and none is named. Raises `UsageError` where there are several, or
    none in `folder`; `ConfigError` for a file that cannot be read, or of a Pages project.
    """
    if folder is None:
        found = worker_folders(root)
        if not found:
            return None
        folder = _only(root, found)
    try:
        worker = WorkerSection(folder=folder)
    except ValidationError as error:
        raise UsageError(
            f"--worker {folder} is no folder inside {root}",
            hint="run edgefleet init at the top of the repository that has the Worker",
        ) from error
    return _read(root, worker)


def worker_folders(root: Path) -> list[str]:
    """Return the folders with a wrangler file, relative to the root.

    Files that git ignores do not count, nor do those of tools.
    """
    known = known_files(root, [f":(glob)**/{name}" for name in BASE_FILES])
    files = _walked(root) if known is None else known
    folders = {posixpath.dirname(file) or "." for file in files if (root / file).is_file()}
    return sorted(folder for folder in folders if not NOT_SOURCES & {*folder.split("/")})


def _walked(root: Path) -> Iterator[str]:
    for parent, folders, files in os.walk(root):
        place = Path(parent).relative_to(root)
        deep = len(place.parts) >= DEEPEST
        folders[:] = [] if deep else sorted(name for name in folders if name[0] != ".")
        folders[:] = [name for name in folders if name not in NOT_SOURCES]
        yield from ((place / name).as_posix() for name in BASE_FILES if name in files)


def _only(root: Path, folders: list[str]) -> str:
    if len(folders) == 1 or "." in folders:
        return "." if "." in folders else folders[0]
    raise UsageError(
        f"{root} has several Workers, and a fleet has one: {', '.join(folders)}",
        hint=f"edgefleet init --worker {folders[0]}",
    )


def _read(root: Path, worker: WorkerSection) -> Base:
    read = read_base(root, FleetConfig(worker=worker))
    if read.base is None:
        raise UsageError(
            f"{root / worker.folder} has no {', '.join(BASE_FILES)}",
            hint="edgefleet init --worker FOLDER, with the folder that has one; without --worker "
            "edgefleet looks for it",
        )
    file = read.base.file
    problems = [*read.problems, *base_file(read.base, worker)]
    texts = {file: read.base.text}
    wrong = [
        one
        for one in locate(problems, texts, known_secrets)
        if one.severity is Severity.ERROR and one.code == WRANGLER_VALUE.code
    ]
    if read.base.keys is None or wrong:
        raise ConfigError(findings_text(wrong or locate(problems, texts, known_secrets)))
    if PAGES in read.base.keys:
        raise ConfigError(
            f"{file} describes a Pages project, and edgefleet deploys Workers",
            hint=f"make it a Worker first: {MOVE_FROM_PAGES}",
        )
    return read.base
