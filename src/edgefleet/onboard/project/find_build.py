"""Find out how a Worker is built: what `worker.build` of its fleet.jsonc has to say."""

import posixpath
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

from edgefleet.config.files.build_files import PACKAGE_FILE
from edgefleet.config.files.tenant_files import read_document
from edgefleet.config.overlay.layers import Base
from edgefleet.config.overlay.section import LOCK_FILES, folders_above
from edgefleet.core.foreign.values import at
from edgefleet.core.git import known_files
from edgefleet.core.model import Json

REDIRECTING = {"@cloudflare/vite-plugin": 1, "@astrojs/cloudflare": 13}
"""Packages whose build leaves .wrangler/deploy/config.json, which names what was built -> the first
major version that does."""
LOCAL = ("workspace:", "file:", "link:", "portal:")
"""Versions of packages that stand in the same repository."""


@dataclass(frozen=True, slots=True)
class FoundBuild:
    """A section `worker.build`, and in words why it is so; no section: wrangler's bundler alone."""

    section: Mapping[str, Json] = field(default_factory=dict)
    why: str = "wrangler bundles it"
    note: str = ""
    """What you have to do before edgefleet can build it."""


def find_build(root: Path, base: Base) -> FoundBuild:
    """Return how the Worker of a wrangler file is built."""
    folder = base.folder or "."
    package = _package(root, folder)
    if package is None:
        return FoundBuild()
    # build.command is run by wrangler: then no script is.
    if "build" in _keys(package, "scripts") and not at(base.keys, "build", "command"):
        if _redirects(package):
            why = "the script build of package.json builds it, and names what it built"
            return _managed(root, folder, package, FoundBuild({"with": "npm"}, why))
        if missing := _not_there(root, folder, base.keys or {}):
            why = f"the script build of package.json makes {missing}"
            section = {"with": "npm", "config": base.file}
            return _managed(root, folder, package, FoundBuild(section, why))
    if _serves_packages(base.keys or {}):
        return FoundBuild(why="wrangler bundles it, with the packages that are installed here")
    if _keys(package, "dependencies"):
        why = "wrangler bundles it, with the packages of its lock file"
        return _managed(root, folder, package, FoundBuild({"with": "npm", "script": None}, why))
    return FoundBuild()


def _managed(root: Path, folder: str, package: Mapping[str, Json], found: FoundBuild) -> FoundBuild:
    """Name the package manager whose lock file is there, and packages of the same repository."""
    manager = _manager(root, folder)
    inputs = [*_local_packages(root, folder, package)]
    beside = {"inputs": [folder, *inputs]} if inputs else {}
    if manager is not None:
        return FoundBuild({**found.section, "with": manager, **beside}, found.why)
    note = f"a build needs a lock file: (cd {quote(folder)} && npm install), and commit it"
    return FoundBuild({**found.section, **beside}, found.why, note)


def _redirects(package: Mapping[str, Json]) -> bool:
    needed = _needed(package)
    return any(
        name in needed and _major(needed[name]) >= first for name, first in REDIRECTING.items()
    )


def _major(version: str) -> int:
    """Return the major version of a range such as ^13.1.0; a range without one is the newest."""
    found = re.search(r"\d+", version)
    return int(found[0]) if found else sys.maxsize


def _manager(root: Path, folder: str) -> str | None:
    """Return the package manager of the nearest lock file, from the Worker's folder upwards."""
    for above in folders_above(folder):
        for manager, names in LOCK_FILES.items():
            if any((root / above / name).is_file() for name in names):
                return manager
    return None


def _not_there(root: Path, folder: str, keys: Mapping[str, Json]) -> str | None:
    """Return what the wrangler file uploads and git does not have; None where all is there."""
    for named in (keys.get("main"), at(keys, "assets", "directory")):
        if isinstance(named, str) and named:
            path = posixpath.normpath(posixpath.join(folder, named))
            known = known_files(root, [f":(literal){path}"])
            if not (root / path).exists() if known is None else not known:
                return path
    return None


def _serves_packages(keys: Mapping[str, Json]) -> bool:
    """Whether assets are files of a package, which validation looks for where it is installed."""
    directory = at(keys, "assets", "directory")
    return isinstance(directory, str) and "node_modules" in directory.split("/")


def _local_packages(root: Path, folder: str, package: Mapping[str, Json]) -> Iterator[str]:
    """Yield the folders of packages of this repository that a package needs, also by others."""
    files = known_files(root, [f":(glob)**/{PACKAGE_FILE}"]) or ()
    found = {
        posixpath.dirname(file) or ".": _package(root, posixpath.dirname(file)) for file in files
    }
    folders = {str(one["name"]): place for place, one in found.items() if one and one.get("name")}
    seen, left = {folder}, [package]
    while left:
        for name, version in _needed(left.pop()).items():
            place = folders.get(name)
            local = version.startswith(LOCAL) or (place is not None and version == "*")
            if local and place is not None and place not in seen:
                seen.add(place)
                left.append(found[place] or {})
                yield place


def _needed(package: Mapping[str, Json]) -> dict[str, str]:
    sections = (at(package, "dependencies"), at(package, "devDependencies"))
    return {
        name: version
        for section in sections
        if isinstance(section, Mapping)
        for name, version in section.items()
        if isinstance(version, str)
    }


def _keys(package: Mapping[str, Json], section: str) -> frozenset[str]:
    found = package.get(section)
    return frozenset(found) if isinstance(found, Mapping) else frozenset()


def _package(root: Path, folder: str) -> Mapping[str, Json] | None:
    """Return what the package.json of a folder holds; None where there is none."""
    file = posixpath.normpath(posixpath.join(folder, PACKAGE_FILE))
    return read_document(root, file)[0].value if (root / file).is_file() else None
