"""Which targets are looked at for drift, and by how many runners."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import select_drift_targets
from edgefleet.actions.targets.job_outputs import targets_in
from support.fleet import make_fleet
from support.github import GitHub, github
from support.many import make_tenant, names_of

HERE, LIVE = "a" * 40, "b" * 40
READONLY = [f"{name}-staging-readonly" for name in ("alder", "birch")]
REVIEWED = {"protection_rules": [{"type": "required_reviewers"}, {"type": "branch_policy"}]}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    """Serve GitHub's API, and go to a fleet of two tenants that are set up."""
    monkeypatch.chdir(make_fleet(tmp_path))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    monkeypatch.setenv("GITHUB_SHA", HERE)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "page"))
    with github() as state:
        for name, value in state.environ().items():
            monkeypatch.setenv(name, value)
        for name in READONLY:
            policy = {"protection_rules": [{"type": "branch_policy"}]}
            state.environments[name] = {"name": name, **policy}
        yield state


def planned(tmp_path: Path, *more: str, environment: str = "staging") -> dict[str, Any]:
    (tmp_path / "output").write_text("")
    options = ["--tenants", "all", "--env", environment, *more]
    assert select_drift_targets.main(options) == 0
    lines = iter((tmp_path / "output").read_text().splitlines())
    found = {}
    for line in lines:
        name, end = line.split("<<")
        found[name] = "".join(iter(lines.__next__, end))
    commits = found.pop("commits").split()
    return {name: json.loads(text) for name, text in found.items()} | {"commits": commits}


def test_each_target_is_looked_at_in_its_own_environment(hub: GitHub, tmp_path: Path) -> None:
    found = planned(tmp_path)
    assert (found["count"], found["batch_count"]) == (2, 0)
    assert [one["github_environment"] for one in found["matrix"]["include"]] == READONLY
    assert found["targets"] == {"staging": "alder,birch"}


def test_what_is_merged_and_what_github_deployed_is_built(hub: GitHub, tmp_path: Path) -> None:
    hub.deployed("alder-staging", LIVE)
    assert planned(tmp_path)["commits"] == [HERE, LIVE]
    hub.deployed("alder-staging-unattended", HERE, url="https://x.example#rollback")
    assert planned(tmp_path)["commits"] == [HERE]


def test_waiting_environment_gets_no_job(
    hub: GitHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """F9: such a job held up every later night, for 30 days."""
    hub.environments[READONLY[0]].update(REVIEWED)
    found = planned(tmp_path)
    assert [one["tenant"] for one in found["matrix"]["include"]] == ["birch"]
    assert found["targets"] == {"staging": "alder,birch"}
    said = capsys.readouterr().out
    assert "::warning title=alder-staging::guarded: its environment with -readonly has" in said
    assert "alder-staging: guarded" in (tmp_path / "page").read_text()


def test_batches_are_looked_at_in_an_environment_of_the_fleet(hub: GitHub, tmp_path: Path) -> None:
    name = "fleet-staging-readonly"
    hub.environments[name] = {"name": name}
    found = planned(tmp_path, "--batches", "true")
    assert (found["count"], found["batch_count"]) == (0, 1)
    hub.deployed("fleet-staging", LIVE)
    assert planned(tmp_path, "--batches", "true")["commits"] == [HERE, LIVE]
    assert found["batches"]["include"] == [
        {
            "environment": "staging",
            "only": "alder,birch",
            "batch": 1,
            "github_environment": name,
        }
    ]


@pytest.mark.parametrize("rules", [None, REVIEWED])
def test_batches_need_an_environment_that_does_not_wait(
    hub: GitHub, capsys: pytest.CaptureFixture[str], rules: dict[str, Any] | None
) -> None:
    name = "fleet-staging-readonly"
    if rules:
        hub.environments[name] = {"name": name, **rules}
    options = ["--tenants", "all", "--env", "staging", "--batches", "true"]
    assert select_drift_targets.main(options) == 2
    assert name in capsys.readouterr().err


def test_targets_beyond_the_matrix_share_few_jobs(hub: GitHub, tmp_path: Path) -> None:
    """Item 8 of the trials: drift took 256 targets."""
    for tenant in names_of(150):
        make_tenant(Path.cwd(), tenant)
    for environment in ("staging", "production"):
        name = f"fleet-{environment}-readonly"
        hub.environments[name] = {"name": name}
    found = planned(tmp_path, environment="all")
    jobs = found["batches"]["include"]
    assert len(jobs) == 2 * 2
    assert max(len(one["only"].split(",")) for one in jobs) == 100
    looked_at = {f"{name}-{one['environment']}" for one in jobs for name in one["only"].split(",")}
    assert len(looked_at) == 2 * 152
    assert looked_at == set(map(str, targets_in(json.dumps(found["targets"]))))
    assert len(hub.asked) <= 4
