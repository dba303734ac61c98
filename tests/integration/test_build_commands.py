"""Commands that build a Worker: what they are asked for, and what they may know."""

import os
from pathlib import Path

import pytest

from edgefleet.build.own_command.commands import BuildFailed, Commands, CustomBuild
from edgefleet.config.overlay.section import BuildSection, WorkerSection
from edgefleet.core.process import ProgramMissing
from edgefleet.errors import ConfigError, EdgefleetError, ExitCode

PACKAGE = '{ "scripts": { "build": "make" } }'
SECRET = "a-token-that-no-command-may-know"


class Place:
    """A copy of a monorepo's files, and a package manager of the name npm that notes its calls."""

    def __init__(self, folder: Path) -> None:
        self.tree, self.calls = folder / "tree", folder / "calls"
        self.worker = WorkerSection(folder="apps/site", build=BuildSection(tool="npm"))
        (self.tree / "apps/site").mkdir(parents=True)
        self.write("apps/site/package.json", PACKAGE)
        self.write("package-lock.json", "{}")
        self.programs = folder / "programs"
        self.programs.mkdir()
        self.manager('pwd -P >> "$CALLS"; echo "$@" >> "$CALLS"; env >> "$CALLS"')

    def write(self, name: str, text: str) -> None:
        (self.tree / name).write_text(text)

    def manager(self, script: str) -> None:
        """Let this shell script be npm."""
        program = self.programs / "npm"
        program.write_text(f'#!/bin/sh\nCALLS="{self.calls}"\n{script}\n')
        program.chmod(0o755)

    @property
    def commands(self) -> Commands:
        environ = {
            "PATH": f"{self.programs}:{os.defpath}",
            "CLOUDFLARE_API_TOKEN": SECRET,
            "EDGEFLEET_SMOKE_KEY": SECRET,
            "GITHUB_TOKEN": SECRET,
            "npm_config__authToken": SECRET,
        }
        packages = self.tree.parent / "packages"
        return Commands(environ, lambda text: text.replace(SECRET, "***"), packages, print)

    def run(self) -> None:
        self.commands.run_script(self.tree, self.worker)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_packages_are_installed_beside_the_lock_file(place: Place) -> None:
    place.run()
    said = place.calls.read_text().splitlines()
    here = str(place.tree.resolve())
    at = [said.index(here), said.index("ci"), said.index(f"{here}/apps/site")]
    assert at == sorted(at)
    assert said[at[2] + 1] == "run build"


def test_no_secret_of_the_environment_reaches_a_command(place: Place) -> None:
    place.run()
    build = CustomBuild('env >> "../../../calls"', "apps/site")
    place.commands.run_custom(place.tree, WorkerSection(folder="apps/site"), build)
    said = place.calls.read_text()
    assert "WRANGLER_COMMAND=deploy" in said
    assert SECRET not in said
    homes = {line for line in said.splitlines() if line.startswith("HOME=")}
    assert homes == {f"HOME={place.tree.parent / 'home'}"}


def test_secret_in_a_failed_scripts_output_is_not_shown(place: Place) -> None:
    place.manager(
        f'[ "$1" = ci ] || {{ echo "\\033[31mno {SECRET}"; echo such module >&2; exit 3; }}'
    )
    with pytest.raises(BuildFailed) as failed:
        place.run()
    assert failed.value.exit_code == ExitCode.EXTERNAL
    assert failed.value.message == (
        "npm run build (in apps/site) failed (exit 3)\n  | no ***\n  | such module"
    )
    assert failed.value.hint.startswith("cd apps/site && npm run build")


def test_outdated_lock_file_is_named_with_its_command(place: Place) -> None:
    place.manager('[ "$1" != ci ] || exit 1')
    with pytest.raises(BuildFailed) as failed:
        place.run()
    assert "npm ci (in .) failed" in failed.value.message
    assert failed.value.hint == "(cd . && npm install) && git add package-lock.json"


def test_null_script_installs_packages_alone(place: Place) -> None:
    build = BuildSection(tool="npm", script=None)
    place.worker = WorkerSection(folder="apps/site", build=build)
    place.write("apps/site/package.json", "{}")
    place.run()
    said = place.calls.read_text().splitlines()
    assert "ci" in said
    assert not [line for line in said if line.startswith("run ")]


def failure(place: Place) -> EdgefleetError:
    with pytest.raises(EdgefleetError) as failed:
        place.run()
    return failed.value


def test_a_missing_lock_file_is_an_error_of_the_configuration(place: Place) -> None:
    (place.tree / "package-lock.json").unlink()
    error = failure(place)
    assert isinstance(error, ConfigError)
    assert "no package-lock.json" in error.message
    assert error.hint.endswith("git add apps/site/package-lock.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "there is no apps/site/package.json"),
        ("{", "apps/site/package.json is not JSON"),
        ("{}", "apps/site/package.json has no script 'build'"),
        ('{"scripts": {"build": 1}}', "apps/site/package.json has no script 'build'"),
    ],
)
def test_a_script_that_does_not_exist(place: Place, text: str | None, said: str) -> None:
    (place.tree / "apps/site/package.json").unlink()
    if text is not None:
        place.write("apps/site/package.json", text)
    error = failure(place)
    assert isinstance(error, ConfigError)
    assert said in error.message


def test_a_package_manager_that_is_not_installed(place: Place) -> None:
    place.worker = WorkerSection(folder="apps/site", build=BuildSection(tool="pnpm"))
    place.write("pnpm-lock.yaml", "")
    error = failure(place)
    assert isinstance(error, ProgramMissing)
    assert error.message == "pnpm is not installed; worker.build of fleet.jsonc needs it"
    assert error.hint == "corepack enable pnpm"


def test_a_folder_of_build_cwd_that_does_not_exist(place: Place) -> None:
    with pytest.raises(ConfigError, match="there is no folder apps/site/tools"):
        place.commands.run_custom(place.tree, place.worker, CustomBuild("true", "apps/site/tools"))
