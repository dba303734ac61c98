"""Set-up of a job: what it installs, and where, in our repository and in another one."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support.project import ROOT

LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-node.txt")
FILES = (*LOCKS, "package-lock.json", "pyproject.toml")
PROGRAM = '#!/bin/sh\necho "$(basename "$0") $* in $PWD, $REQUIREMENTS" >> "$SEEN"\n'


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Stand in a commit of ours, where GitHub puts an action's repository."""
    folder = tmp_path / "_actions/acme/edgefleet/0123"
    (folder / "ci").mkdir(parents=True)
    for name in ("setup.sh", "setup_source.sh"):
        shutil.copy(ROOT / "ci" / name, folder / "ci" / name)
    for name in FILES:
        (folder / name).write_text(name)
    return folder


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """Stand in another repository, with npm packages."""
    folder = tmp_path / "work/fleet"
    folder.mkdir(parents=True)
    (folder / "package-lock.json").write_text("{}")
    return folder


def ran(script: Path, workspace: Path, folder: Path, **environ: str) -> dict[str, str]:
    """Run a script of set-up; return what it wrote: outputs, PATH, and the programs it ran."""
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    for name in ("make", "npm"):
        (programs / name).write_text(PROGRAM)
        (programs / name).chmod(0o755)
    written = {name: folder / name for name in ("GITHUB_OUTPUT", "GITHUB_PATH", "SEEN")}
    for file in written.values():
        file.write_text("")
    path = {"PATH": f"{programs}:{os.environ['PATH']}", "GITHUB_WORKSPACE": str(workspace)}
    env = {**path, **{name: str(file) for name, file in written.items()}, **environ}
    subprocess.run([script], cwd=workspace, env=env, check=True)
    return {name: file.read_text() for name, file in written.items()}


def outputs(source: Path, workspace: Path, folder: Path, **environ: str) -> dict[str, str]:
    text = ran(source / "ci/setup_source.sh", workspace, folder, **environ)["GITHUB_OUTPUT"]
    return dict(line.split("=", 1) for line in text.splitlines())


def test_our_own_jobs_get_what_gates_need_beside_no_secret(source: Path, tmp_path: Path) -> None:
    found = outputs(source, source, tmp_path)
    assert (found["root"], found["requirements"]) == (str(source), "requirements-dev.txt")
    beside = outputs(source, source, tmp_path, CACHE="false")
    assert beside["requirements"] == "requirements.txt"


def test_another_repository_gets_what_edgefleet_runs_with(
    source: Path, fleet: Path, tmp_path: Path
) -> None:
    found = outputs(source, fleet, tmp_path, CACHE="true")
    assert (found["root"], found["requirements"]) == (str(source), "requirements.txt")


@pytest.mark.parametrize("name", [name for name in FILES if name != "requirements-dev.txt"])
def test_every_lock_file_decides_what_the_cache_holds(
    source: Path, fleet: Path, tmp_path: Path, name: str
) -> None:
    before = outputs(source, fleet, tmp_path)["locks"]
    (source / name).write_text("changed")
    assert outputs(source, fleet, tmp_path)["locks"] != before


def test_edgefleet_is_installed_where_its_commit_stands(
    source: Path, fleet: Path, tmp_path: Path
) -> None:
    given = {"REQUIREMENTS": "requirements.txt"}
    wrote = ran(source / "ci/setup.sh", fleet, tmp_path, **given)
    assert wrote["GITHUB_PATH"].splitlines() == [
        f"{source}/.venv/bin",
        f"{source}/node_modules/.bin",
    ]
    made, packages = wrote["SEEN"].splitlines()
    assert made == f"make setup in {source}, requirements.txt"
    assert packages.startswith("npm ci --ignore-scripts ")
    assert f" in {fleet}, " in packages


def test_no_package_of_the_other_where_none_is_asked_for(
    source: Path, fleet: Path, tmp_path: Path
) -> None:
    assert "npm" not in ran(source / "ci/setup.sh", fleet, tmp_path, PACKAGES="false")["SEEN"]
    (fleet / "package-lock.json").unlink()
    assert "npm" not in ran(source / "ci/setup.sh", fleet, tmp_path)["SEEN"]
    assert "npm" not in ran(source / "ci/setup.sh", source, tmp_path)["SEEN"]


def test_what_came_from_the_cache_is_not_installed_again(source: Path, tmp_path: Path) -> None:
    (source / ".venv").mkdir()
    ran(source / "ci/setup.sh", source, tmp_path, KNOWN="true")
    assert {".python", ".node"} <= {file.name for file in (source / ".venv").iterdir()}
