"""The files that a build of fleet.jsonc needs: what can be seen of it without building."""

from collections.abc import Iterator
from pathlib import Path

from edgefleet.config.files import tenant_files as files
from edgefleet.config.fleet_config import FLEET_FILE
from edgefleet.config.overlay.section import LOCK_FILES, WorkerSection, folders_above
from edgefleet.config.reading.base_rules import BUILD_FILES
from edgefleet.config.reading.rule import Problem

PACKAGE_FILE = "package.json"


def build_files(root: Path, worker: WorkerSection) -> Iterator[Problem]:
    """Say which files a build lacks: package.json, its script, a lock file, what is built."""
    build = worker.build
    if build.tool in LOCK_FILES:
        yield from _package(root, worker)
        folders = [*folders_above(worker.folder)]
        names = LOCK_FILES[build.tool]
        if not any((root / folder / name).is_file() for folder in folders for name in names):
            message = f"{worker.folder} has no {names[0]}, nor has a folder above it"
            action = f"write it: (cd {worker.folder} && {build.tool} install)"
            yield BUILD_FILES.broken(
                FLEET_FILE, ("worker", "build", "with"), message, action=action
            )
    elif build.tool == "prebuilt" and build.config and not (root / build.config).is_file():
        message = f"there is no file {build.config}"
        yield BUILD_FILES.broken(FLEET_FILE, ("worker", "build", "config"), message)


def _package(root: Path, worker: WorkerSection) -> Iterator[Problem]:
    file = f"{worker.folder}/{PACKAGE_FILE}".removeprefix("./")
    document, problems = files.read_document(root, file)
    if problems:
        message = f"{file} is missing, or is no JSON"
        yield BUILD_FILES.broken(FLEET_FILE, ("worker", "build", "with"), message)
        return
    scripts = document.keys.get("scripts")
    script = worker.build.script
    if script is not None and script not in (scripts if isinstance(scripts, dict) else ()):
        message = f"there is no script '{script}'"
        yield BUILD_FILES.broken(file, ("scripts",), message)
