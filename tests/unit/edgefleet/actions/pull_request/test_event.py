"""Which pull requests have a plan: those of this repository's branches, whose gates passed."""

from pathlib import Path
from typing import Any

import pytest

from edgefleet.actions.pull_request.event import pull_request_of
from edgefleet.errors import UsageError
from support.pull_requests import pull_request_event


def test_a_pull_request_of_a_branch_is_told_with_its_commit(tmp_path: Path) -> None:
    found = pull_request_of(pull_request_event(tmp_path / "event.json"))
    assert found is not None
    assert (found[0].number, found[0].base.sha, found[1]) == (101, "b" * 40, "c" * 40)


def test_a_closed_pull_request_is_none(tmp_path: Path) -> None:
    assert pull_request_of(pull_request_event(tmp_path / "event.json", pull_requests=[])) is None


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ({"head_repository": {"full_name": "mallory/fleet"}}, "comes from the fork mallory/fleet"),
        ({"event": "push"}, "was started by push"),
        ({"conclusion": "failure"}, "ended with failure"),
        ({"conclusion": None}, "ended with None"),
        ({"head_repository": None}, "tells of no run"),
        ({"base": "--output=evil"}, "tells of no run"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_any_other_run_is_refused(tmp_path: Path, run: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        pull_request_of(pull_request_event(tmp_path / "event.json", **run))


def test_without_the_event_it_says_where_one_comes_from(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="GITHUB_EVENT_PATH is not set"):
        pull_request_of(None)
    with pytest.raises(UsageError, match="tells of no run"):
        pull_request_of(tmp_path / "none.json")
