"""Run what builds a Worker besides wrangler: a package manager's script, or a command of its file.

It gets a small environment, in which no token is, and an empty home, in which no login is.
"""

import os
import posixpath
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgefleet.build.failed_output import Redact, last_lines
from edgefleet.build.package_managers import MANAGERS
from edgefleet.config.overlay.section import LOCK_FILES, WorkerSection, folders_above
from edgefleet.core.foreign.json import parse_json
from edgefleet.core.model import Json
from edgefleet.core.process import ProgramMissing, TooMuchOutput, child_environment, run
from edgefleet.errors import ConfigError, ExternalError
from edgefleet.toolchain.node import path_with_node

SECONDS = 900.0
"""For an installation, and again for a script."""
BINARIES = "node_modules/.bin"
QUIET = {
    "CI": "true",
    "NO_COLOR": "1",
    "DO_NOT_TRACK": "1",
    "WRANGLER_SEND_METRICS": "false",
    "npm_config_audit": "false",
    "npm_config_fund": "false",
    "npm_config_update_notifier": "false",
    "COREPACK_ENABLE_DOWNLOAD_PROMPT": "0",
}


class BuildFailed(ExternalError):
    """A command that builds the Worker failed; the message quotes its last lines."""

    code = "build"


@dataclass(frozen=True, slots=True)
class CustomBuild:
    """`build` of a wrangler file: a command of the shell, and the folder in which it runs."""

    command: str
    folder: str
    """Relative to the repository."""


@dataclass(frozen=True, slots=True)
class Commands:
    """Runs commands of a Worker's own in a copy of its files."""

    environ: Mapping[str, str]
    redact: Redact
    packages: Path
    """Where package managers keep what they download, for the next build."""
    say: Callable[[str], None]
    """Shows a note to people."""

    def run_script(self, place: Path, worker: WorkerSection) -> None:
        """Install what the lock file says, and run the script, if there is one.

        Raises `ConfigError` and `BuildFailed`.

        `place` holds copies of the repository's files.
        """
        tool, script = worker.build.tool, worker.build.script
        package = _package(place, worker.folder)
        scripts = package.get("scripts")
        known = scripts if isinstance(scripts, Mapping) else {}
        if script and not isinstance(known.get(script), str):
            raise ConfigError(
                f"{worker.folder}/package.json has no script '{script}'",
                hint="name one in worker.build.script of fleet.jsonc",
            )
        lock = lock_file(place, worker)
        folder = posixpath.dirname(lock) or "."
        text = (place / lock).read_bytes().decode(errors="replace")
        environ = self._environment(place, worker.folder, _node(package))
        manager = MANAGERS[tool]
        again = f"(cd {folder} && {tool} {manager.install}) && git add {lock}"
        self._run([tool, *manager.installs(text)], place / folder, environ, folder, hint=again)
        if script is None:
            return
        hint = (
            f"cd {worker.folder} && {tool} run {script}   "
            "# it may read files in git below worker.build.inputs of fleet.jsonc alone"
        )
        self._run([tool, "run", script], place / worker.folder, environ, worker.folder, hint=hint)

    def run_custom(self, place: Path, worker: WorkerSection, build: CustomBuild) -> None:
        """Run the command of a wrangler file, as wrangler does. Raises as `run_script` does."""
        if not (place / build.folder).is_dir():
            raise ConfigError(
                f"build.cwd of {worker.folder}'s wrangler file: there is no folder {build.folder}",
                hint="edgefleet validate",
            )
        node = _node(_package(place, worker.folder, missing={}))
        environ = self._environment(place, build.folder, node)
        environ["WRANGLER_COMMAND"] = "deploy"
        hint = f"cd {build.folder} && {build.command}"
        command = ["/bin/sh", "-c", build.command]
        self._run(command, place / build.folder, environ, build.folder, hint, build.command)

    def _run(
        self,
        command: Sequence[str],
        place: Path,
        environ: Mapping[str, str],
        folder: str,
        hint: str,
        shown: str = "",
    ) -> None:
        said = f"{shown or ' '.join(command)} (in {folder})"
        try:
            finished = run(command, cwd=place, env=environ, timeout=SECONDS)
        except ProgramMissing as error:
            raise error.amended(
                message=f"{command[0]} is not installed; worker.build of fleet.jsonc needs it",
                hint=f"corepack enable {command[0]}" if command[0] in ("pnpm", "yarn") else "",
            ) from error
        except TooMuchOutput as error:
            raise BuildFailed(f"{said} printed more than edgefleet reads", hint=hint) from error
        except TimeoutError as error:
            raise BuildFailed(f"{said} did not end within {SECONDS:.0f} s", hint=hint) from error
        if finished.exit_code != 0:
            shown = last_lines(finished, self.redact, both=True)
            raise BuildFailed(f"{said} failed {shown}", hint=hint)

    def _environment(self, place: Path, folder: str, node: str) -> dict[str, str]:
        home, tools = place.parent / "home", place.parent / "bin"
        home.mkdir(exist_ok=True)
        environ = child_environment(self.environ)
        path = path_with_node(environ.get("PATH", ""), node)
        _only_node(path, tools)
        programs = [str(place / above / BINARIES) for above in folders_above(folder)]
        whole = [*programs, str(tools), environ.get("PATH", ""), path.rpartition(os.pathsep)[2]]
        own = {
            "PATH": os.pathsep.join(whole),
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "npm_config_cache": str(self.packages / "npm"),
            "npm_config_store_dir": str(self.packages / "pnpm"),
            "YARN_CACHE_FOLDER": str(self.packages / "yarn"),
            "COREPACK_HOME": str(self.packages / "corepack"),
            "BUN_INSTALL_CACHE_DIR": str(self.packages / "bun"),
        }
        return {**environ, **QUIET, **own}


def _only_node(path: str, tools: Path) -> None:
    """Link the `node` of a PATH: what stands beside it may be no npm that runs from there."""
    tools.mkdir(exist_ok=True)
    node = shutil.which("node", path=path)
    if node and not (tools / "node").exists():
        (tools / "node").symlink_to(node)


def lock_file(place: Path, worker: WorkerSection) -> str:
    """Return the lock file of the Worker's package manager: beside it, or in a folder above.

    Raises `ConfigError` where git has none.
    """
    tool = worker.build.tool
    manager = MANAGERS[tool]
    for folder in folders_above(worker.folder):
        for name in LOCK_FILES[tool]:
            if (place / folder / name).is_file():
                return posixpath.normpath(f"{folder}/{name}")
    name = LOCK_FILES[tool][0]
    raise ConfigError(
        f"there is no {name} in git, neither in {worker.folder} nor in a folder above it: "
        "two builds would not install the same packages",
        hint=f"(cd {worker.folder} && {tool} {manager.install}) && git add {worker.folder}/{name}",
    )


def _package(
    place: Path, folder: str, missing: Mapping[str, Json] | None = None
) -> Mapping[str, Json]:
    try:
        found = parse_json((place / folder / "package.json").read_bytes())
    except FileNotFoundError as error:
        if missing is not None:
            return missing
        raise ConfigError(
            f"there is no {folder}/package.json in git, whose script worker.build names",
            hint=f"git add {folder}/package.json",
        ) from error
    except ValueError as error:
        raise ConfigError(f"{folder}/package.json is not JSON: {error}") from error
    return found if isinstance(found, Mapping) else {}


def _node(package: Mapping[str, Json]) -> str:
    engines = package.get("engines")
    wanted = engines.get("node") if isinstance(engines, Mapping) else None
    return wanted if isinstance(wanted, str) else ""
