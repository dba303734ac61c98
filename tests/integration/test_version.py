"""Which version and commit a build has: from a tag, without one, and without git."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from support.project import ROOT
from support.small_clone import SOURCE, copy_sources, git, hatchling, small_clone

SAFELY: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
"""Python before 3.11.4 knows no filters, and newer ones warn without."""


def built(folder: Path, target: str, into: Path) -> Path:
    """Build a package of this kind, and return it."""
    hatchling(folder, "build", "-t", target, "-d", str(into))
    (package,) = into.iterdir()
    return package


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Make a small repository that is built as ours is."""
    return small_clone(tmp_path / "clone")


def test_a_clone_without_tags_has_a_version(clone: Path) -> None:
    assert hatchling(clone, "version") == "0.1.0.dev0"


def test_the_version_is_that_of_the_tag_and_later_the_next_one(clone: Path) -> None:
    git(clone, "tag", "v0.2.0")
    git(clone, "tag", "release-of-another-kind")
    assert hatchling(clone, "version") == "0.2.0"
    git(clone, "commit", "--quiet", "--allow-empty", "--message", "later")
    assert hatchling(clone, "version") == "0.2.1.dev1"


def test_a_wheel_of_an_sdist_says_the_same_without_git(clone: Path, tmp_path: Path) -> None:
    git(clone, "tag", "v0.2.0")
    sdist = built(clone, "sdist", tmp_path / "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", **SAFELY)  # noqa: S202 - a package that was built here
    wheel = built(tmp_path / "unpacked" / "edgefleet-0.2.0", "wheel", tmp_path / "wheel")
    assert wheel.name == "edgefleet-0.2.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        told = archive.read("edgefleet/source.txt").decode()
    assert told.splitlines() == [git(clone, "rev-parse", "HEAD"), "v0.2.0"]


def test_a_wheel_of_a_changed_tree_says_so(clone: Path, tmp_path: Path) -> None:
    (clone / "README.md").write_text("changed")
    with zipfile.ZipFile(built(clone, "wheel", tmp_path / "wheel")) as archive:
        told = archive.read("edgefleet/source.txt").decode().splitlines()
    assert told[0] == f"{git(clone, 'rev-parse', 'HEAD')}-dirty"


def test_what_github_sends_of_a_commit_knows_it(clone: Path, tmp_path: Path) -> None:
    """An action's repository is such an archive, and no clone."""
    git(clone, "tag", "v0.2.0")
    git(clone, "commit", "--quiet", "--allow-empty", "--message", "later")
    git(clone, "archive", "--output", str(tmp_path / "a.tar"), "HEAD")
    with tarfile.open(tmp_path / "a.tar") as archive:
        archive.extractall(tmp_path / "archive", **SAFELY)  # noqa: S202 - a package that was built here
    assert hatchling(tmp_path / "archive", "version") == "0.2.1.dev1"
    commit_line = (tmp_path / "archive" / SOURCE).read_text().splitlines()[0]
    assert commit_line == git(clone, "rev-parse", "HEAD")


def test_a_copy_within_another_repository_is_not_of_it(clone: Path, tmp_path: Path) -> None:
    git(clone, "tag", "v7.0.0")
    copy = clone / "vendored"
    copy_sources(copy)
    assert hatchling(copy, "version") == "0.1.0.dev0"


def test_this_clone_says_its_commit() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "edgefleet.cli.main", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"(commit {git(ROOT, 'rev-parse', 'HEAD')[:7]}" in done.stdout
    assert done.stderr == ""
