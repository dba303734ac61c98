"""What git tells of a checkout, and a commit checked out aside."""

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from edgefleet.config.files.fleet_file import read_by_deploys
from edgefleet.core.git import changed_since, checkout, resolve_commit
from edgefleet.core.worktrees import worktree
from edgefleet.errors import UsageError
from support.project import ROOT, Project, make_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Make a repository with one commit."""
    return make_project(tmp_path)


def test_new_file_makes_a_clean_tree_dirty(project: Project) -> None:
    clean = checkout(project.root)
    assert (clean.dirty, clean.commit) == (False, resolve_commit(project.root, "HEAD"))
    (project.root / "tenants" / "new.txt").write_text("x")
    assert checkout(project.root).uncommitted == ("tenants/new.txt",)
    assert checkout(project.root).dirty


def test_a_new_file_that_no_build_reads_is_no_uncommitted_change(project: Project) -> None:
    """A4: a note, or a key, beside the fleet is part of no deploy."""
    (project.root / "notes.txt").write_text("x")
    (project.root / "folder").mkdir()
    (project.root / "folder" / "notes.txt").write_text("x")
    assert checkout(project.root).dirty is False


def test_uncommitted_files_are_named_as_they_are_now(project: Project) -> None:
    worker, tenant = "src/worker/new folder/é.ts", "tenants/mrrainbowsmoke/wrangler.jsonc"
    (project.root / "src/worker/new folder").mkdir()
    (project.root / worker).write_text("x")
    (project.root / tenant).write_text("{}")
    subprocess.run(["git", "mv", "package.json", "moved.json"], cwd=project.root, check=True)
    read = read_by_deploys(project.root)
    assert set(checkout(project.root, read).uncommitted) == {worker, tenant, "moved.json"}


def test_outside_a_repository_nothing_is_known(tmp_path: Path) -> None:
    assert checkout(tmp_path).commit is None


def test_a_commit_is_checked_out_aside_and_leaves_nothing(project: Project) -> None:
    first = resolve_commit(project.root, "HEAD")
    assert first is not None
    file = project.root / "package.json"
    old = file.read_text()
    file.write_text("{}")
    project.commit()
    before = _files_of_git(project.root)
    with worktree(project.root, first) as folder:
        assert (folder / "package.json").read_text() == old
        assert (folder / "node_modules" / "wrangler").exists()
        assert checkout(folder).commit == first
        assert not checkout(folder).dirty
        # So a kill at any moment leaves the repository as it was.
        assert _files_of_git(project.root) == before
    assert file.read_text() == "{}"
    assert not folder.exists()
    assert (project.root / "node_modules" / "wrangler").exists()


def _files_of_git(root: Path) -> dict[str, int]:
    """Return the files of a repository, but those of git's own cache of the working tree."""
    files = (file for file in (root / ".git").rglob("*") if file.name != "index")
    return {str(file): file.stat().st_mtime_ns for file in files if file.is_file()}


@pytest.mark.parametrize(
    "clone",
    [("--depth", "1"), ("--filter=blob:none",), ("--sparse",), ("--reference-if-able", ".")],
    ids=["shallow", "partial", "sparse", "borrowing"],
)
def test_a_commit_is_checked_out_of_any_clone(
    tmp_path: Path, project: Project, clone: tuple[str, ...]
) -> None:
    _git(project.root, "config", "uploadpack.allowFilter", "true")
    root = tmp_path / "clone"
    _git(tmp_path, "clone", "--quiet", *clone, f"file://{project.root}", str(root))
    commit = resolve_commit(root, "HEAD")
    assert commit is not None
    with worktree(root, commit) as folder:
        names = ("package.json", "tenants/mrrainbowsmoke/wrangler.jsonc")
        for name in names:
            assert (folder / name).read_bytes() == (project.root / name).read_bytes()


def test_a_fleet_below_the_top_is_checked_out(tmp_path: Path) -> None:
    fleet = tmp_path / "work" / "fleet"
    fleet.mkdir(parents=True)
    (fleet / "fleet.jsonc").write_text("{}")
    _git(fleet.parent, "init", "--quiet")
    _git(fleet.parent, "add", "--all")
    named = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    _git(fleet.parent, *named, "commit", "--quiet", "--message", "a")
    commit = resolve_commit(fleet, "HEAD")
    assert commit is not None
    with worktree(fleet, commit) as folder:
        assert {file.name for file in folder.iterdir()} == {"node_modules", "fleet.jsonc"}


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def test_a_ref_that_does_not_exist_is_none_or_one_clear_error(project: Project) -> None:
    assert resolve_commit(project.root, "no-such-branch") is None
    assert resolve_commit(project.root, "--all") is None
    with pytest.raises(UsageError, match="cannot check out"), worktree(project.root, "0" * 40):
        raise AssertionError("there is nothing to check out")


def test_changes_since_a_commit_are_limited_to_paths(project: Project) -> None:
    first = resolve_commit(project.root, "HEAD")
    assert first is not None
    (project.root / "package.json").write_text("{}")
    project.commit()
    assert changed_since(project.root, first, ["package.json", "tenants"])
    assert not changed_since(project.root, first, ["tenants", "no-such-file"])
    assert changed_since(project.root, "0" * 40, ["tenants"])


def test_many_check_out_and_clear_away_at_once(project: Project) -> None:
    commit = resolve_commit(project.root, "HEAD")
    assert commit is not None

    def look(_: int) -> bool:
        with worktree(project.root, commit) as folder:
            return (folder / "package.json").is_file()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(look, range(40)))


def test_checkout_keeps_bytes_whatever_gits_line_ends(project: Project, tmp_path: Path) -> None:
    """R37: bundles are made of these bytes, so their digest is the same on every machine."""
    shutil.copy(ROOT / ".gitattributes", project.root)
    project.commit()
    other = tmp_path / "other"
    command = ["git", "clone", "-q", "-c", "core.autocrlf=true", str(project.root), str(other)]
    subprocess.run(command, check=True)
    for file in ("src/worker/index.ts", "tenants/mrrainbowsmoke/wrangler.jsonc", "package.json"):
        assert (other / file).read_bytes() == (project.root / file).read_bytes()
