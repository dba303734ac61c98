"""What a release consists of, and which commits are none."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from build_release import build, notes_of
from edgefleet.errors import UsageError
from support.hint_ledger import kept
from support.pasting import paste_in
from support.small_clone import git, small_clone

__all__ = ["kept"]

TAG = "v0.2.0"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Make a small repository whose commit has the tag."""
    root = small_clone(tmp_path / "clone")
    git(root, "tag", TAG)
    return root


def test_a_tag_of_main_is_built_once_into_one_folder(clone: Path, tmp_path: Path) -> None:
    output = tmp_path / "release"
    build(clone, TAG, output, "main")
    packages = sorted(path.name for path in (output / "packages").iterdir())
    assert packages == ["edgefleet-0.2.0-py3-none-any.whl", "edgefleet-0.2.0.tar.gz"]
    assert (output / "notes.md").read_text() == "- x\n"
    bill = json.loads((output / "edgefleet-0.2.0.cdx.json").read_text())
    assert bill["metadata"]["component"]["version"] == "0.2.0"
    wheel = output / "packages" / packages[0]
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() in (output / "SHA256SUMS").read_text()
    with zipfile.ZipFile(wheel) as archive:
        told = archive.read("edgefleet/source.txt").decode().splitlines()
    assert told == [git(clone, "rev-parse", "HEAD"), TAG]


def refused(clone: Path, output: Path, tag: str = TAG) -> str:
    return refusal(clone, output, tag).message


def refusal(clone: Path, output: Path, tag: str = TAG) -> UsageError:
    with pytest.raises(UsageError) as caught:
        build(clone, tag, output, "main")
    assert not output.exists()
    assert caught.value.hint
    return caught.value


def test_a_changed_tree_is_no_release(clone: Path, tmp_path: Path) -> None:
    (clone / "left.txt").touch()
    error = refusal(clone, tmp_path / "release")
    assert error.message == "files were changed: ?? left.txt"
    assert "left.txt" in paste_in(clone, error.hint).stdout


def test_a_commit_that_main_lacks_is_no_release(clone: Path, tmp_path: Path) -> None:
    git(clone, "checkout", "--quiet", "-b", "side")
    git(clone, "commit", "--quiet", "--allow-empty", "--message", "ungated")
    git(clone, "tag", "v0.3.0")
    error = refusal(clone, tmp_path / "release", "v0.3.0")
    assert "main does not contain" in error.message
    git(clone, "checkout", "--quiet", "main")
    git(clone, "merge", "--quiet", "--no-ff", "--message", "gated", "side")
    assert paste_in(clone, error.hint.partition(": ")[2]).returncode == 0
    assert git(clone, "rev-parse", "v0.3.0") == git(clone, "rev-parse", "main")


def test_a_tag_of_another_commit_is_no_release(clone: Path, tmp_path: Path) -> None:
    git(clone, "commit", "--quiet", "--allow-empty", "--message", "later")
    error = refusal(clone, tmp_path / "release")
    assert error.message.startswith("v0.2.0 is no tag of ")
    assert paste_in(clone, error.hint).returncode == 0
    assert git(clone, "rev-parse", "HEAD") == git(clone, "rev-parse", "v0.2.0")


def test_a_version_without_notes_is_no_release(clone: Path, tmp_path: Path) -> None:
    git(clone, "commit", "--quiet", "--allow-empty", "--message", "later")
    git(clone, "tag", "v0.2.1")
    said = refused(clone, tmp_path / "release", "v0.2.1")
    assert said == "CHANGELOG.md has no section '## 0.2.1'"


def test_a_second_tag_on_the_commit_is_no_release(clone: Path, tmp_path: Path) -> None:
    git(clone, "tag", "--force", "--annotate", "--message", "x", "v0.9.0")
    error = refusal(clone, tmp_path / "release")
    assert "several tags are on this commit" in error.message
    assert "v0.9.0" in paste_in(clone, error.hint.partition(": ")[2]).stdout


def test_notes_are_those_of_the_version_alone() -> None:
    text = "## Unreleased\n\n- c\n\n## 0.2.0 - 2026-11-28\n\n### Added\n\n- b\n\n## 0.1.0\n\n- a\n"
    assert notes_of(text, "0.2.0") == "### Added\n\n- b\n"
    assert notes_of(text, "0.1.0") == "- a\n"
