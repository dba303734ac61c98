"""Commits that a run looks at: checked out once, their tenants read once, gone at its end."""

import subprocess
from pathlib import Path

import pytest

from edgefleet.config.fleet_config import NO_FLEET
from edgefleet.config.target import STAGING, Target
from edgefleet.core.worktrees import Worktrees
from edgefleet.drift.checkout_tenants import CheckoutTenants
from edgefleet.errors import ConfigError, UsageError
from support.fleet import make_fleet

NAMES = ("alder", "birch")


def git(root: Path, *arguments: str) -> str:
    named = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    command = ["git", *named, *arguments]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a repository of two commits; the file says which one is checked out."""
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "-q")
    for text in ("first", "second"):
        (root / "file").write_text(text)
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", text)
    return root


def test_a_commit_is_checked_out_once_and_gone_at_the_end(root: Path) -> None:
    with Worktrees(root) as checkouts:
        first = checkouts.commit("HEAD~1")
        folder = checkouts.folder(first)
        assert (folder / "file").read_text() == "first"
        assert checkouts.folder(first) == folder
    assert not folder.exists()
    assert len(git(root, "worktree", "list").splitlines()) == 1


def test_clean_working_tree_stands_for_its_commit(root: Path) -> None:
    with Worktrees(root) as checkouts:
        assert checkouts.folder(checkouts.head) == root
        assert checkouts.folder(None) == root
    (root / "file").write_text("edited")
    with Worktrees(root) as checkouts:
        folder = checkouts.folder(checkouts.head)
        assert (folder / "file").read_text() == "second"
        assert checkouts.folder(None) == root


def test_unknown_commit_is_none_and_unusable_one_exit_2(
    root: Path,
) -> None:
    with Worktrees(root) as checkouts:
        assert checkouts.commit("nowhere") is None
        with pytest.raises(UsageError, match="cannot check out"):
            checkouts.folder("0" * 40)


def test_a_folder_without_git_has_no_commit(tmp_path: Path) -> None:
    with Worktrees(tmp_path) as checkouts:
        assert checkouts.head is None
        assert checkouts.folder(None) == tmp_path


def target(tenant: str) -> Target:
    return Target(tenant=tenant, environment=STAGING)


def test_all_tenants_of_a_checkout_are_read_at_once(tmp_path: Path) -> None:
    root = make_fleet(tmp_path)
    elsewhere = CheckoutTenants(NAMES, (STAGING,), NO_FLEET)
    assert elsewhere.tenant(root, target("alder")).name == "alder"
    (root / "tenants" / "birch" / "wrangler.jsonc").unlink()
    assert elsewhere.tenant(root, target("birch")).name == "birch"


def test_a_broken_tenant_is_an_error_of_its_own_alone(tmp_path: Path) -> None:
    root = make_fleet(tmp_path)
    (root / "tenants" / "birch" / "wrangler.jsonc").write_text("{")
    elsewhere = CheckoutTenants(NAMES, (STAGING,), NO_FLEET)
    assert elsewhere.tenant(root, target("alder")).name == "alder"
    with pytest.raises(ConfigError):
        elsewhere.tenant(root, target("birch"))
