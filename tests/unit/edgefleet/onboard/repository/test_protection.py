"""The live ruleset against the one in the files."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import check_branch_protection
from edgefleet.cli.main import main
from support.fleet import make_fleet
from support.github import GitHub, github

WANTED = json.loads(check_branch_protection.RULESET.read_text())
WORKFLOW = Path(__file__).parents[5] / ".github" / "workflows" / "ci.yml"


@pytest.fixture
def hub() -> Iterator[GitHub]:
    """Serve GitHub's API."""
    with github() as state:
        yield state


@pytest.fixture
def live(hub: GitHub, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Protect the repository as it should be; return its ruleset."""
    for name, value in hub.environ().items():
        monkeypatch.setenv(name, value)
    ruleset = served(hub)
    hub.rulesets += [{"id": 1, "name": "other", "rules": []}, ruleset]
    return ruleset


def served(hub: GitHub) -> dict[str, Any]:
    """Return the ruleset as GitHub gives it back: with an id, and GitHub's defaults."""
    ruleset: dict[str, Any] = copy.deepcopy(WANTED)
    ruleset |= {"id": 7, "source_type": "Repository", "source": hub.repository}
    parameters(ruleset, "pull_request")["automatic_copilot_code_review_enabled"] = False
    return ruleset


def parameters(ruleset: dict[str, Any], kind: str) -> dict[str, Any]:
    (rule,) = (rule for rule in ruleset["rules"] if rule["type"] == kind)
    found: dict[str, Any] = rule["parameters"]
    return found


def checks(ruleset: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = parameters(ruleset, "required_status_checks")[
        "required_status_checks"
    ]
    return found


def without(kind: str) -> Callable[[dict[str, Any]], None]:
    def spoil(ruleset: dict[str, Any]) -> None:
        ruleset["rules"] = [rule for rule in ruleset["rules"] if rule["type"] != kind]

    return spoil


SPOILED: tuple[tuple[Callable[[dict[str, Any]], object], str], ...] = (
    (without("deletion"), "ruleset.rules: deletion is missing"),
    (without("non_fast_forward"), "ruleset.rules: non_fast_forward is missing"),
    (without("pull_request"), "ruleset.rules: pull_request is missing"),
    (without("required_status_checks"), "ruleset.rules: required_status_checks is missing"),
    (lambda ruleset: checks(ruleset).clear(), "required_status_checks: required-checks-pass is mi"),
    (
        lambda ruleset: checks(ruleset).append({"context": "old-name"}),
        "required_status_checks: old-name should not be there",
    ),
    (
        lambda ruleset: checks(ruleset)[0].pop("integration_id"),
        "required-checks-pass.integration_id: not set, should be 15368",
    ),
    (
        lambda ruleset: parameters(ruleset, "pull_request").update(
            required_approving_review_count=0
        ),
        "pull_request.parameters.required_approving_review_count: is 0, should be 1",
    ),
    (
        lambda ruleset: ruleset.update(enforcement="evaluate"),
        'ruleset.enforcement: is "evaluate", should be "active"',
    ),
    (
        lambda ruleset: ruleset["conditions"]["ref_name"].update(include=["refs/heads/other"]),
        "ruleset.conditions.ref_name.include: ~DEFAULT_BRANCH is missing",
    ),
    (
        lambda ruleset: ruleset["bypass_actors"].append(
            {"actor_type": "RepositoryRole", "actor_id": 5, "bypass_mode": "always"}
        ),
        "ruleset.bypass_actors: RepositoryRole 5 should not be there",
    ),
    (
        lambda ruleset: ruleset["rules"].append({"type": "creation"}),
        "ruleset.rules: creation should not be there",
    ),
)


def test_what_is_protected_as_the_file_says_is_no_difference(
    live: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_branch_protection.main([]) == 0
    assert "acme/fleet is protected as main.json says" in capsys.readouterr().out


@pytest.mark.parametrize(("spoil", "told"), SPOILED)
def test_each_difference_is_told(
    live: dict[str, Any],
    spoil: Callable[[dict[str, Any]], object],
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spoil(live)
    assert check_branch_protection.main([]) == 3
    shown = capsys.readouterr()
    assert told in shown.out
    assert "between acme/fleet and main.json" in shown.err


@pytest.mark.parametrize(
    ("errors", "told"),
    [
        (
            [{"line": 4, "kind": "Unknown owner", "path": "CODEOWNERS"}],
            "CODEOWNERS:4: Unknown owner",
        ),
        (None, "there is no CODEOWNERS on the default branch"),
    ],
)
def test_owners_whom_github_does_not_know_review_nothing(
    hub: GitHub,
    live: dict[str, Any],
    errors: list[dict[str, Any]] | None,
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Review 15: GitHub skips such a line, so that no review is needed."""
    hub.owner_errors = errors
    assert check_branch_protection.main([]) == 3
    assert told in capsys.readouterr().out


def test_a_ruleset_that_is_not_there_is_a_difference(
    live: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    live["name"] = "renamed"
    assert check_branch_protection.main([]) == 3
    assert "acme/fleet has no ruleset 'main'" in capsys.readouterr().err


def test_unreadable_protection_is_not_compared_and_named(
    live: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    del live["bypass_actors"]
    assert check_branch_protection.main([]) == 0
    assert "bypass_actors is not compared" in capsys.readouterr().out


def test_a_wrong_token_ends_with_5(
    live: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "canary-token")
    assert check_branch_protection.main([]) == 5
    assert "canary-token" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("content", [None, "{", "[]", "{}", '{"name": "main"}'])
def test_a_file_that_is_no_ruleset_is_invalid(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ruleset.json"
    if content is not None:
        file.write_text(content)
    assert check_branch_protection.main(["--ruleset", str(file)]) == 4


def applied(*more: str) -> int:
    return check_branch_protection.main(["--apply", *more])


def test_a_ruleset_is_made_once(
    live: dict[str, Any], hub: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.rulesets.remove(live)
    assert applied() == 0
    assert "acme/fleet has the ruleset 'main' now" in capsys.readouterr().out
    assert hub.rulesets[-1] == {"id": hub.rulesets[-1]["id"], **WANTED}
    hub.asked.clear()
    assert applied() == 0
    assert hub.writes() == []


@pytest.mark.parametrize(("spoil", "told"), SPOILED)
def test_each_difference_is_made_right(
    live: dict[str, Any], spoil: Callable[[dict[str, Any]], object], told: str
) -> None:
    spoil(live)
    assert applied() == 0
    assert check_branch_protection.main([]) == 0
    assert live["id"] == 7


def test_unknown_owners_are_left_for_a_person(
    live: dict[str, Any], hub: GitHub, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.owner_errors = None
    assert applied() == 3
    assert "there is no CODEOWNERS" in capsys.readouterr().out


def test_a_token_without_the_right_changes_nothing(live: dict[str, Any], hub: GitHub) -> None:
    hub.rulesets.remove(live)
    hub.denied.add("administration: write")
    assert applied() == 5
    assert live not in hub.rulesets


def test_a_fleet_without_a_file_gets_edgefleets_ruleset(
    live: dict[str, Any], hub: GitHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It asks for the check of edgefleet-gates.yml, and for no owners' review."""
    hub.owner_errors = None
    hub.rulesets.remove(live)
    fleet = make_fleet(tmp_path)
    assert main(["github", "ruleset", "--root", str(fleet), "--apply"]) == 0
    assert "as edgefleet's ruleset says" in capsys.readouterr().out
    assert [one["context"] for one in checks(hub.rulesets[-1])] == ["gates"]


def test_the_required_check_is_a_job_that_ci_runs() -> None:
    jobs = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    names = {job.get("name", key) for key, job in jobs.items()}
    assert {check["context"] for check in checks(WANTED)} <= names
