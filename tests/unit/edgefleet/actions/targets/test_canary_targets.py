"""Which canaries a run goes on with, and when their schedule is switched off."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import end_canary_schedule
import select_canary_targets
from edgefleet.actions.jobs.outcomes import Told, keep_outcome
from edgefleet.actions.targets.canary_targets import scheduled_targets
from edgefleet.config.target import STAGING, Target
from edgefleet.github.repository import github_of
from support.fleet import make_fleet
from support.github import Fault, GitHub, github
from support.many import names_of

ALDER, BIRCH = (Target(tenant=name, environment=STAGING) for name in ("alder", "birch"))
SHA = "c" * 40
ADDRESS = "https://worker.example#"
UNDER_WAY = f"{ADDRESS}canary;bundle={'d' * 64}"
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
REVIEWED = {"protection_rules": [{"type": "required_reviewers"}]}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    """Serve GitHub's API, and go to a fleet whose two tenants have a policy for staging."""
    root = make_fleet(tmp_path)
    for name in ("alder", "birch"):
        file = root / "tenants" / name / "tenant.config.json"
        config = json.loads(file.read_text())
        file.write_text(json.dumps({**config, "canary": {"environments": ["staging"]}}))
    monkeypatch.chdir(root)
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "page"))
    with github() as state:
        for name, value in state.environ().items():
            monkeypatch.setenv(name, value)
        for one in (ALDER, BIRCH):
            for name in (str(one), f"{one}-unattended"):
                state.environments[name] = {"name": name}
        yield state


def selected(tmp_path: Path, *more: str) -> list[dict[str, Any]]:
    """Select the targets of a scheduled run; return the jobs."""
    (tmp_path / "output").write_text("")
    given = more or ("--tenants", "all", "--env", "all", "--scheduled", "true")
    assert select_canary_targets.main(list(given)) == 0
    lines = iter((tmp_path / "output").read_text().splitlines())
    found = {}
    for line in lines:
        name, end = line.split("<<")
        found[name] = "".join(iter(lines.__next__, end))
    jobs: list[dict[str, Any]] = json.loads(found["matrix"])["include"]
    assert found["count"] == str(len(jobs))
    return jobs


def environments(jobs: list[dict[str, Any]]) -> list[object]:
    return [one["github_environment"] for one in jobs]


def switched_off(tmp_path: Path, *told: Told) -> None:
    """Let the last job of a run decide; the others told this."""
    results = tmp_path / "results"
    for one in told:
        keep_outcome(results, one)
    assert end_canary_schedule.main([str(results)]) == 0


def saw(target: Target, under_way: bool | None, at: datetime = NOW) -> Told:
    """Return what a job tells that looked at a target."""
    return Told(target=target, outcome="canary", why="", under_way=under_way, at=at)


@pytest.mark.parametrize(
    ("environment", "url", "state", "looked_at"),
    [
        ("birch-staging", UNDER_WAY, "success", True),
        ("birch-staging-unattended", f"{ADDRESS}canary", "success", True),
        ("birch-staging-unattended", f"{ADDRESS}finished={SHA};canary", "success", True),
        ("birch-staging", "", "failure", True),
        ("birch-staging", f"{ADDRESS}bundle={'d' * 64}", "success", False),
        ("birch-staging-unattended", f"{ADDRESS}finished={SHA}", "success", False),
        ("birch-staging-unattended", f"{ADDRESS}rollback", "success", False),
    ],
    ids=["begun", "under way", "kept", "failed", "deployed", "finished", "rolled back"],
)
def test_what_the_last_job_left_is_looked_at(
    hub: GitHub, tmp_path: Path, environment: str, url: str, state: str, looked_at: bool
) -> None:
    hub.deployed("birch-staging", SHA, url=UNDER_WAY)
    hub.deployed(environment, SHA, state, url=url)
    assert environments(selected(tmp_path)) == ["birch-staging-unattended"] * looked_at


def test_what_was_not_looked_at_for_longest_comes_first(hub: GitHub, tmp_path: Path) -> None:
    hub.deployed("birch-staging", SHA, url=UNDER_WAY)
    hub.deployed("alder-staging", SHA, url=UNDER_WAY)
    assert [one["tenant"] for one in selected(tmp_path)] == ["birch", "alder"]


def test_a_person_names_what_github_knows_nothing_of(hub: GitHub, tmp_path: Path) -> None:
    jobs = selected(tmp_path, "--tenants", "alder", "--env", "staging")
    assert environments(jobs) == ["alder-staging-unattended"]
    assert [one["job"] for one in jobs] == ["canary alder-staging"]


def test_a_scheduled_job_waits_for_no_reviewer(
    hub: GitHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A target without the environment for rollbacks is looked at in its own, unless it waits."""
    del hub.environments["birch-staging-unattended"], hub.environments["alder-staging-unattended"]
    hub.environments["alder-staging"].update(REVIEWED)
    for one in (ALDER, BIRCH):
        hub.deployed(str(one), SHA, url=UNDER_WAY)
    assert environments(selected(tmp_path)) == ["birch-staging"]
    said = capsys.readouterr().out
    assert "::warning title=alder-staging::guarded: alder-staging has reviewers or a wait" in said


def test_a_run_looks_at_as_many_as_a_matrix_takes(hub: GitHub) -> None:
    targets = [Target(tenant=name, environment=STAGING) for name in names_of(300)]
    for one in targets:
        hub.environments[f"{one}-unattended"] = {"name": f"{one}-unattended"}
        hub.deployed(str(one), SHA, url=UNDER_WAY)
    found = scheduled_targets(targets, github_of(hub.environ()))
    assert list(found.targets) == targets[:256]


def test_the_schedule_stays_while_a_canary_is_under_way(hub: GitHub, tmp_path: Path) -> None:
    for one in (ALDER, BIRCH):
        hub.deployed(str(one), SHA, url=UNDER_WAY)
    switched_off(tmp_path, saw(ALDER, under_way=False), saw(BIRCH, under_way=True))
    assert hub.switched == {}
    assert "The schedule stays on: 1 more" in (tmp_path / "page").read_text()


@pytest.mark.parametrize("state", ["success", "failure"])
def test_the_last_canary_switches_the_schedule_off(hub: GitHub, tmp_path: Path, state: str) -> None:
    """Also where its job failed, such as by a bad verdict: its run tells that none is left."""
    hub.deployed("alder-staging", SHA, url=UNDER_WAY)
    hub.deployed("alder-staging-unattended", SHA, state, url="", ended=13 * 3600)
    page = f"https://github.com/{hub.repository}/actions/runs/4711/job/1"
    hub.statuses[2][0]["log_url"] = page
    switched_off(tmp_path, saw(ALDER, under_way=False))
    assert hub.switched == {"canary.yml": "disable"}


def test_a_look_that_failed_leaves_the_schedule_on(hub: GitHub, tmp_path: Path) -> None:
    hub.deployed("alder-staging", SHA, url=UNDER_WAY)
    switched_off(tmp_path, saw(ALDER, under_way=None))
    assert hub.switched == {}


def test_a_canary_that_began_meanwhile_is_not_left_alone(hub: GitHub, tmp_path: Path) -> None:
    """A deploy of another run ended after this run's job had looked."""
    hub.deployed("alder-staging", SHA, url=UNDER_WAY, ended=13 * 3600)
    switched_off(tmp_path, saw(ALDER, under_way=False))
    assert hub.switched == {}


def test_a_switch_that_fails_is_a_warning_with_its_command(
    hub: GitHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.faults.append(Fault("PUT", "/disable", 403, message="Resource not accessible", times=9))
    switched_off(tmp_path)
    said = capsys.readouterr().out
    assert "::warning title=canary::the schedule of canary.yml could not be switched off" in said
    assert "by hand: gh workflow disable canary.yml" in said
