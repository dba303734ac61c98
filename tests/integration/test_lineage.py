"""Which of two commits is the older one, and what the default branch contains, by real git."""

import json
import subprocess
from pathlib import Path

import pytest

from edgefleet.records.commit_order import Order
from edgefleet.records.lineage import Lineage

MISSING = "0123456789ab"


def git(root: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=tester", "-c", "user.email=tester@example.com"]
    return subprocess.check_output(["git", *identity, *arguments], cwd=root, text=True).strip()


def commit(root: Path, message: str = "change") -> str:
    git(root, "commit", "-q", "--allow-empty", "-m", message)
    return git(root, "rev-parse", "HEAD")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str, str]:
    """Make `main` with two commits, and one beside the second that `main` does not contain."""
    root = tmp_path_factory.mktemp("repository")
    git(root, "init", "-q", "--initial-branch=main")
    first, second = commit(root), commit(root)
    git(root, "checkout", "-q", "-b", "side", first)
    beside = commit(root, "another change")
    return root, first, second, beside


def test_commits_are_compared_by_what_they_contain(
    repository: tuple[Path, str, str, str],
) -> None:
    root, first, second, beside = repository
    order = Lineage(root, {}).order
    assert order(second, second[:12]) is Order.SAME
    assert order(second, first[:12]) is Order.LATER
    assert order(first, second[:12]) is Order.OLDER
    assert order(beside, second[:12]) is Order.UNRELATED
    assert order(second, MISSING) is Order.UNKNOWN


def test_a_shallow_clone_says_that_it_cannot_tell(
    repository: tuple[Path, str, str, str], tmp_path: Path
) -> None:
    root, first, second, _ = repository
    git(tmp_path, "clone", "-q", "--depth=1", "--branch=main", f"file://{root}", "clone")
    here = Lineage(tmp_path / "clone", {})
    assert here.order(second, second[:12]) is Order.SAME
    assert here.order(second, first[:12]) is Order.SHALLOW


def test_what_the_default_branch_contains_is_merged(
    repository: tuple[Path, str, str, str], tmp_path: Path
) -> None:
    root, first, second, beside = repository
    here = Lineage(root, {})
    assert here.default_branch == "main"
    assert [here.merged(one) for one in (first, second, beside)] == [True, True, False]
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"repository": {"default_branch": "side"}}))
    on_github = Lineage(root, {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(event)})
    assert on_github.on_github
    assert on_github.merged(beside)
    assert not on_github.merged(second)


def test_without_a_default_branch_nothing_is_said_of_merges(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--initial-branch=trunk")
    here = Lineage(tmp_path, {})
    assert here.merged(commit(tmp_path)) is None
