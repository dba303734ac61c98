"""edgefleet as a Python package, outside of its checkout.

The wheel is unpacked: its dependencies are those of this environment. `make soak` installs it into
an empty environment, with the real packages.
"""

import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.project import ROOT, make_project
from support.wrangler import COMPILED

NPM = """#!/bin/sh
echo "$CLOUDFLARE_API_TOKEN" >> {log}
{does}
"""
TREE = """
mkdir -p node_modules/wrangler
echo '{"version": "4.0.0"}' > node_modules/wrangler/package.json
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and unpack it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


class Installed:
    """Runs the unpacked package; its cache is in a folder of the test."""

    def __init__(self, package: Path, folder: Path) -> None:
        self.package, self.folder = package, folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.tools = folder / "cache/edgefleet/tools"

    def program(self, name: str, does: str) -> None:
        """Put a program on PATH."""
        (self.bin / name).write_text(NPM.format(log=self.folder / "seen", does=does))
        (self.bin / name).chmod(0o755)

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return what a command gets."""
        path = f"{self.bin}:{Path(sys.executable).parent}:/usr/bin:/bin"
        cache = {"XDG_CACHE_HOME": str(self.folder / "cache"), "HOME": str(self.folder)}
        return {"PATH": path, "PYTHONPATH": str(self.package), **cache, **environ}

    def start(self, *words: str, **environ: str) -> "subprocess.Popen[str]":
        """Start a command."""
        return subprocess.Popen(
            [sys.executable, "-m", "edgefleet.cli.main", *words],
            cwd=self.folder,
            env=self.environment(environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str, **environ: str) -> tuple[int, str]:
        """Run a command; return how it ended and all that it printed."""
        process = self.start(*words, **environ)
        said, _ = process.communicate(timeout=100)
        return process.returncode, said


@pytest.fixture
def installed(package: Path, tmp_path: Path) -> Installed:
    return Installed(package, tmp_path)


def test_package_finds_what_set_up_installed(installed: Installed) -> None:
    installed.program("npm", TREE)
    code, said = installed.run("setup", CLOUDFLARE_API_TOKEN="canary")
    assert code == 0, said
    assert f"installed in {installed.tools}" in said
    assert (installed.folder / "seen").read_text() == "\n"  # npm got no token
    again = installed.run("setup")
    assert again[0] == 0
    assert "nothing to do" in again[1]
    assert (installed.folder / "seen").read_text() == "\n"
    _, said = installed.run("doctor")
    assert f"4.0.0 in {installed.tools}" in said.replace("/current/", "/")
    assert "edgefleet setup" in said


def test_failed_installation_leaves_nothing(installed: Installed) -> None:
    installed.program("npm", "echo 'no such package' >&2; exit 3")
    code, said = installed.run("setup")
    assert code == 6
    assert "npm ended with 3: no such package" in said
    assert [path.name for path in installed.tools.iterdir()] == [".lock"]


def test_failed_installer_shows_no_password(installed: Installed) -> None:
    address = "https://me:canary-of-a-registry@packages.example/"
    installed.program("npm", f"printf '\\033[31mno answer from {address}\\n' >&2; exit 1")
    code, said = installed.run("setup")
    assert code == 6
    assert "npm ended with 1: " in said
    assert "packages.example" in said
    assert "canary-of-a-registry" not in said
    assert "\x1b[31m" not in said


def test_tree_without_wrangler_is_installed_again(installed: Installed) -> None:
    installed.program("npm", "mkdir node_modules")
    code, said = installed.run("setup")
    assert code == 6
    assert "node_modules has no wrangler" in said
    installed.program("npm", TREE)
    code, said = installed.run("setup")
    assert code == 0, said
    assert "wrangler 4.0.0" in said


def test_killed_installation_is_not_taken_for_whole(installed: Installed) -> None:
    installed.program("npm", f"{TREE}\ntouch {installed.folder}/begun; sleep 60")
    process = installed.start("setup")
    while not (installed.folder / "begun").exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    installed.program("npm", TREE)
    code, said = installed.run("setup")
    assert code == 0, said
    assert "installed in" in said


def test_unwritable_cache_is_wrong_usage(installed: Installed) -> None:
    file = installed.folder / "file"
    file.touch()
    code, said = installed.run("setup", XDG_CACHE_HOME=str(file))
    assert code == 2
    assert "XDG_CACHE_HOME=DIR edgefleet setup" in said


def test_package_builds_with_another_tree(installed: Installed, tmp_path: Path) -> None:
    project = make_project(tmp_path / "fleet")
    environ = {"EDGEFLEET_NODE_MODULES": str(ROOT / "node_modules")}
    environ["NODE_COMPILE_CACHE"] = str(COMPILED)
    code, said = installed.run("build", "--root", str(project.root), "--no-cache", **environ)
    assert code == 0, said
    assert "sha256:" in said


def test_localedge_names_the_command_that_installs(installed: Installed) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "localedge.cli", "serve"],
        cwd=installed.folder,
        env=installed.environment({}),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert "edgefleet setup" in done.stderr
    assert os.fspath(installed.folder / "cache") in done.stderr
