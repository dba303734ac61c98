"""An issue for what a schedule or a bot started and no person watches (F9)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sync_unwatched_issue
from support.github import REPOSITORY, GitHub, github

BOT = {"login": "github-actions[bot]", "type": "Bot"}
PERSON = {"login": "ann", "type": "User"}
PAGE = "https://github.com/acme/fleet/actions/runs/7"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[GitHub]:
    """Serve the stand-in, and stand in a job of GitHub Actions."""
    with github() as state:
        for name, value in state.environ().items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        yield state


def ended(**different: Any) -> int:
    """Report a deploy that a bot started; it failed unless said."""
    run = {
        "id": 7,
        "name": "deploy",
        "event": "workflow_dispatch",
        "conclusion": "failure",
        "display_title": "deploy all to staging",
        "head_branch": "main",
        "head_sha": "c" * 40,
        "html_url": PAGE,
        "head_repository": {"full_name": REPOSITORY},
        "triggering_actor": BOT,
        "more": {"that": "GitHub says"},
    }
    repository = {"full_name": REPOSITORY, "default_branch": "main"}
    event = {"action": "completed", "repository": repository, "workflow_run": {**run, **different}}
    Path("event.json").write_text(json.dumps(event))
    return sync_unwatched_issue.main(["--event", "event.json"])


def test_failed_bot_deploy_is_an_issue_until_a_success(
    hub: GitHub,
) -> None:
    assert ended() == 0
    (issue,) = hub.open_issues()
    assert issue["title"] == "Workflow deploy ended as failure"
    assert issue["labels"] == [{"name": "unwatched"}]
    for words in (
        PAGE,
        "gh run view 7 --log-failed",
        "github-actions[bot]",
        "deploy all to staging",
    ):
        assert words in issue["body"]
    ended(id=8, conclusion="timed_out")
    (issue,) = hub.open_issues()
    assert issue["title"] == "Workflow deploy ended as timed_out"
    ended(id=9, conclusion="success")
    assert hub.open_issues() == []


@pytest.mark.parametrize(
    "different",
    [
        {"triggering_actor": PERSON},
        {"head_branch": "evil"},
        {"head_repository": {"full_name": "mallory/fleet"}},
        {"conclusion": "skipped"},
    ],
)
def test_watched_runs_and_other_branches_are_no_issue(
    hub: GitHub, different: dict[str, Any]
) -> None:
    assert ended(**different) == 0
    assert hub.asked == []


def test_a_look_for_drift_that_could_not_even_report_is_an_issue(hub: GitHub) -> None:
    schedule = {"name": "drift", "event": "schedule", "triggering_actor": PERSON}
    assert ended(**schedule, conclusion="startup_failure") == 0
    (issue,) = hub.open_issues()
    assert issue["title"] == "Workflow drift ended as startup_failure"


def test_a_look_for_drift_with_issues_of_its_own_needs_no_other(hub: GitHub) -> None:
    hub.open(title="Drift at acme-staging", labels=["drift"])
    assert ended(name="drift", event="schedule") == 0
    assert len(hub.open_issues()) == 1


def test_a_title_that_others_wrote_stays_inside_its_block(hub: GitHub) -> None:
    """Review 8."""
    ended(display_title="```\n@everyone ![](http://evil)\n" + "x" * 100_000)
    body = hub.open_issues()[0]["body"]
    assert "\n````text\n" in body
    assert body.rindex("\n````\n") > body.index("@everyone")
    assert len(body) < 5_000


def test_an_event_of_another_kind_is_wrong_usage(hub: GitHub) -> None:
    Path("event.json").write_text("{}")
    assert sync_unwatched_issue.main(["--event", "event.json"]) == 2
    assert sync_unwatched_issue.main(["--event", "missing.json"]) == 2
