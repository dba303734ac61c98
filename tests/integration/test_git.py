"""What git tells of a checkout, and a commit checked out aside."""

from pathlib import Path

import pytest

from edgefleet.errors import UsageError
from edgefleet.ports.git import checkout, resolve_commit, worktree
from support.project import Project, make_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Make a repository with one commit."""
    return make_project(tmp_path)


def test_a_clean_tree_is_its_commit_and_any_new_file_makes_it_dirty(project: Project) -> None:
    clean = checkout(project.root)
    assert (clean.dirty, clean.commit) == (False, resolve_commit(project.root, "HEAD"))
    (project.root / "tenants" / "new.txt").write_text("x")
    assert checkout(project.root).dirty


def test_outside_a_repository_nothing_is_known(tmp_path: Path) -> None:
    assert checkout(tmp_path).commit is None


def test_a_commit_is_checked_out_aside_and_leaves_nothing(project: Project) -> None:
    first = resolve_commit(project.root, "HEAD")
    assert first is not None
    file = project.root / "package.json"
    old = file.read_text()
    file.write_text("{}")
    project.commit()
    with worktree(project.root, first) as folder:
        assert (folder / "package.json").read_text() == old
        assert (folder / "node_modules" / "wrangler").exists()
    assert file.read_text() == "{}"
    assert not folder.exists()
    assert (project.root / "node_modules" / "wrangler").exists()
    assert not list((project.root / ".git" / "worktrees").glob("*"))


def test_a_ref_that_does_not_exist_is_none_or_one_clear_error(project: Project) -> None:
    assert resolve_commit(project.root, "no-such-branch") is None
    assert resolve_commit(project.root, "--all") is None
    with pytest.raises(UsageError, match="cannot be checked out"), worktree(project.root, "0" * 40):
        raise AssertionError("there is nothing to check out")
