"""What a job says of a canary, what it leaves for later runs, and how it ends."""

import json
from pathlib import Path
from typing import Any

import pytest

import run_target
from edgefleet.actions.jobs import canary_job
from edgefleet.actions.jobs.canary_job import CanaryJobOptions, work_on_canary
from edgefleet.actions.jobs.outcomes import read_outcomes
from edgefleet.config.target import STAGING, Target
from edgefleet.records.models import Status
from edgefleet.records.store import Records
from support.records import run

ACME = Target(tenant="acme", environment=STAGING)
COMMIT = "c" * 40
URL = "https://acme.example"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, as a step of a workflow does."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_OUTPUT", "output")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "page")


class Edgefleet:
    """Stands for edgefleet: prints this of the target's canary, and ends with `code`."""

    def __init__(self, code: int = 0, *, commit: str | None = COMMIT, **found: Any) -> None:
        self.asked: tuple[str, ...] = ()
        self._code = code
        self._found = {"tenant": "acme", "environment": "staging", "schema_version": 1, **found}
        self._commit = commit

    def __call__(self, *arguments: str) -> tuple[int, str]:
        self.asked = arguments
        record = run(0, 1, status=Status.UNDER_WAY, url=URL, git_commit=self._commit)
        Records(Path("deployments")).create(record)
        return self._code, json.dumps([self._found])


def error(words: str) -> dict[str, object]:
    return {"code": "x", "message": words, "hint": "do this", "exit_code": 7}


def worked(
    monkeypatch: pytest.MonkeyPatch, edgefleet: Edgefleet, **options: Any
) -> tuple[int, str]:
    """Let a job work on the canary; return its exit code, and the fragment of its address."""
    monkeypatch.setattr(canary_job, "run_edgefleet", edgefleet)
    code, _ = work_on_canary(ACME, CanaryJobOptions(**options))
    output = Path("output")
    lines = output.read_text().splitlines() if output.exists() else ["", "#"]
    return code, lines[1].removeprefix(f"{URL}#")


@pytest.mark.parametrize(
    ("found", "fragment", "outcome", "under_way"),
    [
        ({"state": "none"}, "", "no canary", False),
        ({"state": "under_way", "share": 25}, "canary", "canary under way at 25 %", True),
        ({"state": "paused", "share": 25}, "canary", "canary paused at 25 %", True),
        ({"state": "kept", "share": 100}, f"finished={COMMIT};canary", "canary kept", True),
        ({"state": "finished", "share": 100}, f"finished={COMMIT}", "canary finished", False),
        ({"state": "restored", "share": 0}, "rollback", "canary restored", False),
    ],
    ids=lambda value: value["state"] if isinstance(value, dict) else "",
)
def test_what_is_left_is_handed_on(
    monkeypatch: pytest.MonkeyPatch,
    found: dict[str, Any],
    fragment: str,
    outcome: str,
    under_way: bool,
) -> None:
    assert worked(monkeypatch, Edgefleet(**found)) == (0, fragment or "#")
    (told,) = read_outcomes(Path(".edgefleet/results")).values()
    assert told.outcome.startswith(outcome)
    assert (told.good, told.under_way) == (True, under_way)
    assert ("-f action=abort" in Path("page").read_text()) == under_way


def test_a_version_without_a_commit_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    edgefleet = Edgefleet(commit=None, state="finished", share=100)
    assert worked(monkeypatch, edgefleet) == (0, "#")


@pytest.mark.parametrize(
    ("code", "state", "verdict", "words"),
    [
        (7, "restored", "bad", "canary restored, bad: it fails"),
        (11, "paused", "too_little_traffic", "canary paused at 5 %, too little traffic: it fails"),
        (12, "restored", "source_failed", "canary restored, source failed: it fails"),
    ],
)
def test_a_verdict_but_good_is_red_and_annotated(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    code: int,
    state: str,
    verdict: str,
    words: str,
) -> None:
    found: dict[str, Any] = {
        "state": state,
        "share": 5,
        "verdict": verdict,
        "error": error("it fails"),
    }
    assert worked(monkeypatch, Edgefleet(code, **found), scheduled=True) == (code, "#")
    said = words.replace("%", "%25")
    assert f"::error title=acme-staging::{said}%0Ado this" in capsys.readouterr().out
    (told,) = read_outcomes(Path(".edgefleet/results")).values()
    assert (told.good, told.why) == (False, "it fails")


@pytest.mark.parametrize("scheduled", [True, False])
def test_a_busy_target_is_left_to_the_next_scheduled_run(
    monkeypatch: pytest.MonkeyPatch, scheduled: bool
) -> None:
    edgefleet = Edgefleet(9, state="unknown", error=error("another run holds it"))
    assert worked(monkeypatch, edgefleet, scheduled=scheduled)[0] == (0 if scheduled else 9)
    (told,) = read_outcomes(Path(".edgefleet/results")).values()
    assert told.under_way is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"scheduled": True}, ["continue"]),
        ({"reason": "now"}, ["continue", "--wait", "15m", "--resume", "--reason=now"]),
        ({"action": "abort", "reason": "-f"}, ["abort", "--wait", "15m", "--reason=-f"]),
    ],
    ids=["by schedule", "by hand", "abort"],
)
def test_a_person_ends_a_pause_and_a_schedule_does_not(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], words: list[str]
) -> None:
    edgefleet = Edgefleet(state="none")
    worked(monkeypatch, edgefleet, **options)
    assert edgefleet.asked[: 1 + len(words)] == ("canary", *words)


def test_an_error_in_the_place_of_results_is_annotated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        canary_job, "run_edgefleet", lambda *_: (4, json.dumps({"error": error("bad")}))
    )
    assert work_on_canary(ACME, CanaryJobOptions()) == (4, None)
    assert "::error title=acme-staging::bad%0Ado this" in capsys.readouterr().out


def test_an_unknown_action_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run_target.main(["canary", "--tenant", "acme", "--env", "staging", "--canary", "stop"])
    assert "invalid choice: 'stop'" in capsys.readouterr().err
