"""One issue for each target that drifts: opened, kept up to date, closed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import sync_drift_issues
from edgefleet.drift.models import Drift
from support.drifts import drift_of, write_drifts
from support.github import Fault, GitHub, github

CANARY = "canary-value-of-a-secret"
BOTH = ("alder", "birch")
RUN = "https://github.com/acme/fleet/actions/runs/4711"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[GitHub]:
    """Serve the stand-in, and stand in a job of GitHub Actions."""
    with github() as state:
        for name, value in state.environ().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", CANARY)
        monkeypatch.chdir(tmp_path)
        yield state


def report(*drifts: Drift, more: tuple[str, ...] = ()) -> int:
    file = write_drifts(Path("drift.json"), drifts)
    return sync_drift_issues.main(["--report", str(file), *more])


def test_drift_opens_an_issue_that_says_where_and_what(hub: GitHub) -> None:
    assert report(drift_of("alder", LOG_LEVEL="debug"), drift_of("birch")) == 0
    (issue,) = hub.open_issues()
    assert issue["title"] == "Drift at alder-staging: 1 difference"
    assert issue["labels"] == [{"name": "drift"}]
    for words in ('+ vars.LOG_LEVEL: "debug"', "alder-worker-staging", "--repair", RUN):
        assert words in issue["body"]


def test_the_same_report_again_changes_nothing(hub: GitHub) -> None:
    drifting = drift_of("alder", LOG_LEVEL="debug")
    report(drifting)
    hub.asked.clear()
    assert report(drifting) == 0
    assert hub.writes() == []


def test_an_absent_target_opens_no_issue_and_closes_none(hub: GitHub) -> None:
    report(drift_of("alder", LOG_LEVEL="debug"))
    hub.asked.clear()
    assert report(*(drift_of(name).model_copy(update={"deployed": False}) for name in BOTH)) == 0
    assert hub.writes() == []


def test_other_differences_update_the_issue(hub: GitHub) -> None:
    report(drift_of("alder", LOG_LEVEL="debug"))
    report(drift_of("alder", LOG_LEVEL="debug", MODEL_ID="m"))
    (issue,) = hub.open_issues()
    assert issue["title"] == "Drift at alder-staging: 2 differences"
    assert "vars.MODEL_ID" in issue["body"]


def test_issue_closes_with_its_drift_and_a_new_one_opens(
    hub: GitHub,
) -> None:
    report(drift_of("alder", LOG_LEVEL="debug"))
    report(drift_of("alder"))
    assert hub.open_issues() == []
    (first,) = hub.issues
    assert hub.issues[first]["state_reason"] == "completed"
    assert RUN in hub.comments[first][0]
    report(drift_of("alder", LOG_LEVEL="debug"))
    assert [issue["number"] for issue in hub.open_issues()] == [first + 1]


def test_a_target_that_nobody_could_look_at_keeps_its_issue(hub: GitHub) -> None:
    report(drift_of("alder", LOG_LEVEL="debug"))
    hub.asked.clear()
    assert report(drift_of("birch")) == 0
    assert report() == 0
    assert hub.writes() == []


def test_issue_is_found_on_any_page_by_its_own_target(hub: GitHub) -> None:
    report(drift_of("alder", LOG_LEVEL="debug"), drift_of("alder-two", LOG_LEVEL="debug"))
    for number in range(5):
        hub.open(title=f"other {number}", labels=["drift"])
    hub.issues = dict(sorted(hub.issues.items(), reverse=True))
    hub.page_size = 2
    report(drift_of("alder"))
    left = [issue["title"] for issue in hub.open_issues() if issue["title"].startswith("Drift")]
    assert left == ["Drift at alder-two-staging: 1 difference"]


def test_of_two_issues_about_one_target_the_oldest_is_kept(hub: GitHub) -> None:
    report(drift_of("alder", LOG_LEVEL="debug"))
    (first,) = hub.open_issues()
    second = hub.open(title="twin", body=first["body"], labels=["drift"])
    report(drift_of("alder", LOG_LEVEL="debug"))
    assert hub.open_issues() == [first]
    assert hub.issues[second]["state_reason"] == "not_planned"


def test_forged_marker_is_not_followed(hub: GitHub) -> None:
    report(drift_of("alder", LOG_LEVEL="debug"))
    (mine,) = hub.open_issues()
    theirs = hub.open(title="not ours", body=mine["body"])
    report(drift_of("alder"))
    assert [issue["number"] for issue in hub.open_issues()] == [theirs]


def test_a_dry_run_says_what_it_would_do_and_does_nothing(
    hub: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(drift_of("alder", LOG_LEVEL="debug"), more=("--dry-run",)) == 0
    assert capsys.readouterr().out == "alder-staging: would open a new issue\n"
    assert hub.writes() == []


def test_no_secret_gets_into_an_issue(hub: GitHub) -> None:
    github_token = f"ghp_{'a1B2' * 9}"
    report(drift_of("alder", NOTE=f"x {CANARY} y", UPSTREAM=github_token))
    (issue,) = hub.open_issues()
    assert CANARY not in str(issue)
    assert github_token not in str(issue)
    assert issue["body"].count("[redacted]") == 2


def test_what_others_wrote_stays_inside_its_block(hub: GitHub) -> None:
    report(drift_of("alder", NOTE="```\n@everyone <img>"))
    body = hub.open_issues()[0]["body"]
    assert "\n````text\n" in body
    assert body.rindex("\n````\n") > body.index("@everyone")


def test_an_issue_is_never_too_long_for_github(hub: GitHub) -> None:
    """R31: 60 bindings of 2 KB are more than the 65,536 characters of an issue."""
    big = {f"FOREIGN_{number}": "`x" * 1_000 for number in range(60)}
    assert report(drift_of("alder", **big)) == 0
    (issue,) = hub.open_issues()
    assert len(issue["body"]) < 65_536
    assert "more characters" in issue["body"]
    assert f"{RUN}; its artifact `drift-alder-staging` has every difference" in issue["body"]


def test_refusal_for_one_target_spares_the_others(
    hub: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """R31: the first error ended the loop."""
    hub.faults.append(Fault("POST", "issues", 422, message="body is too long"))
    assert report(drift_of("alder", NOTE="x"), drift_of("birch", NOTE="x")) == 6
    assert [issue["title"] for issue in hub.open_issues()] == [
        "Drift at birch-staging: 1 difference"
    ]
    assert "1 issues failed" in capsys.readouterr().err
    hub.faults.append(Fault("PATCH", "issues", 422, message="body is too long"))
    assert report(drift_of("birch", NOTE="y"), more=LOOKED_AT) == 6
    assert "Drift: no look at 1 target" in [issue["title"] for issue in hub.open_issues()]


def test_in_act_there_is_no_github_and_no_issue(
    hub: GitHub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """C17: drift.yml ended red where the docs run it by act."""
    monkeypatch.setenv("ACT", "true")
    monkeypatch.setenv("GITHUB_TOKEN", "")
    assert report(drift_of("alder", NOTE="x")) == 0
    assert "act has no GitHub: no issue is opened" in capsys.readouterr().out
    monkeypatch.delenv("ACT")
    assert report(drift_of("alder", NOTE="x")) == 5
    assert hub.asked == []


LOOKED_AT = ("--targets", '{"staging": "alder,birch"}')


def test_unwatched_targets_share_one_issue(
    hub: GitHub,
) -> None:
    """F9: an expired token stayed unseen for months."""
    assert report(drift_of("alder"), more=LOOKED_AT) == 0
    (issue,) = hub.open_issues()
    assert issue["title"] == "Drift: no look at 1 target"
    assert "birch-staging" in issue["body"]
    assert RUN in issue["body"]
    report(more=LOOKED_AT)
    (issue,) = hub.open_issues()
    assert issue["title"] == "Drift: no look at 2 targets"
    hub.asked.clear()
    report(more=LOOKED_AT)
    assert hub.writes() == []
    report(drift_of("alder"), drift_of("birch"), more=LOOKED_AT)
    assert hub.open_issues() == []


def test_a_night_on_which_no_target_was_even_chosen_is_an_issue(hub: GitHub) -> None:
    """F9."""
    assert report(more=("--targets", "")) == 0
    (issue,) = hub.open_issues()
    assert issue["title"] == "Drift: no target was looked at"


def test_reports_of_a_folder_are_read_all(hub: GitHub, tmp_path: Path) -> None:
    for name in ("alder", "birch"):
        write_drifts(tmp_path / "reports" / name / "drift.json", [drift_of(name, NOTE="x")])
    assert sync_drift_issues.main(["--report", "reports"]) == 0
    assert len(hub.open_issues()) == 2


@pytest.mark.parametrize(
    ("spoil", "code", "told"),
    [
        (lambda hub: hub.denied.add("issues: write"), 5, "HTTP 403"),
        (lambda hub: setattr(hub, "token", "other"), 5, "HTTP 401"),
        (lambda hub: hub.faults.append(Fault("POST", "issues", 500)), 6, "HTTP 500"),
    ],
)
def test_what_github_refuses_is_one_message_and_an_exit_code(
    hub: GitHub, spoil: object, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(spoil)
    spoil(hub)
    assert report(drift_of("alder", LOG_LEVEL="debug")) == code
    said = capsys.readouterr().err
    assert told in said
    assert "Traceback" not in said


@pytest.mark.parametrize("content", ["", "{}", "[1]", '[{"target": 1}]'])
def test_a_file_that_is_no_report_is_wrong_usage(hub: GitHub, content: str) -> None:
    Path("drift.json").write_text(content)
    assert sync_drift_issues.main(["--report", "drift.json"]) == 2
    assert hub.asked == []


def test_a_target_that_is_in_two_reports_is_wrong_usage(hub: GitHub) -> None:
    assert report(drift_of("alder"), drift_of("alder")) == 2
    assert sync_drift_issues.main(["--report", "missing.json"]) == 2
    assert hub.asked == []
