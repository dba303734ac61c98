"""The comment on a pull request: one, kept up to date, which no plan breaks out of."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import comment_plan
from edgefleet.actions.jobs.outcomes import NO_PLAN, write_outcome
from edgefleet.actions.pull_request.plan_comment import LARGEST, MARK, comment_text
from edgefleet.config.target import STAGING, Target
from support.github import GitHub, github
from support.pull_requests import pull_request_event

BIRCH = Target(tenant="birch", environment=STAGING)
CANARY = "canary-plan-comment-3f1c9ad2e84f67"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    """Serve GitHub's API with one pull request, whose gates have ended."""
    monkeypatch.chdir(tmp_path)
    with github() as state:
        number = state.open(pull_request={})
        pull_request_event(tmp_path / "event.json", number=number)
        variables = {"GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
        for name, value in (state.environ() | variables).items():
            monkeypatch.setenv(name, value)
        yield state


def commented(hub: GitHub, *tenants: str, **plans: str) -> list[str]:
    """Write the comment of these targets; return all comments of the pull request."""
    for tenant, text in plans.items():
        folder = Path(f"plans/plan-{tenant}-staging/edgefleet/results")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"plan-{tenant}-staging.txt").write_text(text)
    jobs = [{"tenant": tenant, "environment": "staging", "target": "x"} for tenant in tenants]
    matrix = json.dumps({"include": jobs})
    assert comment_plan.main(["--matrix", matrix, "--plans", "plans"]) == 0
    return hub.comments.get(101, [])


def test_one_comment_is_written_and_brought_up_to_date(hub: GitHub) -> None:
    (first,) = commented(hub, "birch", birch="+ vars.LIMIT = 1")
    assert "+ vars.LIMIT = 1" in first
    assert "What commit cccccccccccc would change" in first
    assert "https://github.com/acme/fleet/actions/runs/4711" in first
    (second,) = commented(hub, "birch", birch="+ vars.LIMIT = 2")
    assert "+ vars.LIMIT = 2" in second
    assert "LIMIT = 1" not in second


def test_a_target_without_a_plan_is_told_with_the_reason(hub: GitHub) -> None:
    write_outcome(Path("plans/plan-birch-staging"), BIRCH, NO_PLAN, "HTTP 403 <img>")
    (body,) = commented(hub, "alder", "birch", alder="no changes")
    assert r"birch-staging: no plan: HTTP 403 \<img\>" in body


def test_no_target_is_no_comment_but_the_end_of_one(hub: GitHub) -> None:
    assert commented(hub) == []
    commented(hub, "birch", birch="+ 1")
    (body,) = commented(hub)
    assert "No target that has an environment for plans." in body


def test_a_comment_by_a_person_is_never_edited(hub: GitHub) -> None:
    hub.say(101, f"{MARK}\nmine", login="mallory")
    found = commented(hub, "birch", birch="+ 1")
    assert found[0] == f"{MARK}\nmine"
    assert "+ 1" in found[1]


def test_a_plan_cannot_end_its_block_or_hold_a_secret(
    hub: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", CANARY)
    (body,) = commented(hub, "birch", birch=f"```\n</details> @everyone {CANARY}")
    assert CANARY not in body
    assert "````diff\n```\n</details> @everyone" in body


def test_many_long_plans_fit_into_one_comment() -> None:
    names = [f"tenant-{number}-staging" for number in range(256)]
    text = comment_text(names, dict.fromkeys(names, "+ x\n" * 9999), {}, commit="c" * 40, page=None)
    assert len(text) <= LARGEST
    assert "more lines do not fit" in text


def test_a_closed_pull_request_gets_none(
    hub: GitHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pull_request_event(tmp_path / "event.json", pull_requests=[])
    assert commented(hub, "birch", birch="+ 1") == []
    assert "is closed" in capsys.readouterr().out


def test_what_is_no_matrix_is_wrong_usage(hub: GitHub, capsys: pytest.CaptureFixture[str]) -> None:
    assert comment_plan.main(["--matrix", "[]", "--plans", "plans"]) == 2
    assert "the output `matrix` of the action `targets`" in capsys.readouterr().err
