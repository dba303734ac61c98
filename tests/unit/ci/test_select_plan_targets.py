"""Which targets a pull request is shown the plans of."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import select_plan_targets
from act_copy import commit
from support.fleet import make_fleet
from support.github import GitHub, github
from support.pull_requests import pull_request_event

PLANS = ["alder-production-plan", "alder-staging-plan", "birch-staging-plan"]


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """Make a fleet of two tenants in git."""
    root = make_fleet(tmp_path)
    commit(root)
    return root


@pytest.fixture
def hub(fleet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    """Serve GitHub's API, with environments for plans, and go to the fleet."""
    monkeypatch.chdir(fleet)
    with github() as state:
        variables = {"GITHUB_OUTPUT": "output", "GITHUB_EVENT_PATH": "event.json"}
        variables = {name: str(tmp_path / file) for name, file in variables.items()}
        variables["GITHUB_STEP_SUMMARY"] = str(tmp_path / "page")
        for name, value in (state.environ() | variables).items():
            monkeypatch.setenv(name, value)
        for name in ("birch-production", *PLANS):
            state.environments[name] = {"name": name}
        yield state


def head(fleet: Path) -> str:
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=fleet, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def selected(tmp_path: Path, base: str, **run: Any) -> list[str]:
    """Select for a pull request that began at `base`; return the environments of the jobs."""
    pull_request_event(tmp_path / "event.json", base=base, **run)
    (tmp_path / "output").write_text("")
    assert select_plan_targets.main([]) == 0
    (matrix,) = [
        json.loads(line) for line in (tmp_path / "output").read_text().splitlines() if "{" in line
    ]
    return sorted(one["github_environment"] for one in matrix["include"])


def test_a_changed_tenant_is_planned_where_it_can_be_read(
    hub: GitHub, fleet: Path, tmp_path: Path
) -> None:
    base = head(fleet)
    (fleet / "tenants/birch/notes.txt").write_text("x")
    commit(fleet)
    assert selected(tmp_path, base) == ["birch-staging-plan"]


def test_a_change_of_the_fleet_concerns_all_its_targets(
    hub: GitHub, fleet: Path, tmp_path: Path
) -> None:
    base = head(fleet)
    (fleet / "fleet.jsonc").write_text((fleet / "fleet.jsonc").read_text() + "\n// changed\n")
    commit(fleet)
    assert selected(tmp_path, base) == PLANS


def test_what_the_branch_did_since_is_no_change_of_it(
    hub: GitHub, fleet: Path, tmp_path: Path
) -> None:
    """The base of the event is the newest commit of the branch, which the request lacks."""
    git = ["git", "-C", str(fleet), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run([*git, "checkout", "-q", "-b", "change"], check=True)
    subprocess.run([*git, "checkout", "-q", "main"], check=True)
    (fleet / "tenants/alder/notes.txt").write_text("merged meanwhile")
    commit(fleet)
    base = head(fleet)
    subprocess.run([*git, "checkout", "-q", "change"], check=True)
    (fleet / "tenants/birch/notes.txt").write_text("x")
    commit(fleet)
    assert selected(tmp_path, base) == ["birch-staging-plan"]


def test_a_change_of_no_target_is_no_plan(hub: GitHub, fleet: Path, tmp_path: Path) -> None:
    base = head(fleet)
    (fleet / "README.md").write_text("x")
    commit(fleet)
    assert selected(tmp_path, base) == []


def test_a_fork_gets_no_plan(
    hub: GitHub, fleet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fork = {"full_name": "mallory/fleet"}
    pull_request_event(tmp_path / "event.json", base=head(fleet), head_repository=fork)
    assert select_plan_targets.main([]) == 2
    assert "comes from the fork mallory/fleet" in capsys.readouterr().err
    assert hub.asked == []


def test_without_environments_it_says_which_are_missing(
    hub: GitHub, fleet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.environments.clear()
    assert selected(tmp_path, head(fleet)) == []
    assert "GitHub has no environment TENANT-ENVIRONMENT-plan" in capsys.readouterr().out
