"""Production takes what staging proved, and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgefleet.actions.targets.job_outputs import targets_text
from edgefleet.config.target import PRODUCTION, Target
from require_promotion import main
from support.github import github
from support.github_state import GitHub as StandIn
from support.many import make_tenant, names_of

ALDER, BIRCH, CEDAR = (
    Target(tenant=name, environment=PRODUCTION) for name in ("alder", "birch", "cedar")
)
COMMIT, DIGEST = "c" * 40, "d" * 64
ADDRESS = f"https://worker.example#bundle={DIGEST}"
SHARD = f"https://github.com/acme/fleet/deployments#bundle={DIGEST};tenants=1"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandIn]:
    """Serve GitHub's API, in which alder's staging proved the bundle, beside a fleet of three."""
    for name in ("alder", "birch", "cedar"):
        (tmp_path / "tenants" / name).mkdir(parents=True)
        make_tenant(tmp_path, name)
    monkeypatch.chdir(tmp_path)
    with github() as state:
        for name, value in state.environ().items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
        state.deployed("alder-staging", COMMIT, url=ADDRESS)
        yield state


def promoted(*targets: Target, **more: str) -> int:
    options = {"targets": targets_text(targets), "digest": DIGEST, "commit": COMMIT, **more}
    return main([f"--{name}={value}" for name, value in options.items()])


def test_what_staging_proved_is_let_through(hub: StandIn) -> None:
    assert promoted(ALDER) == 0


def test_each_tenant_needs_a_proof_of_its_own(
    hub: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert promoted(ALDER, BIRCH) == 2
    assert f"staging has not proved sha256:{DIGEST[:12]}" in (said := capsys.readouterr().err)
    assert "for birch: no deploy of this commit ended well there\n" in said


@pytest.mark.parametrize("other", [{"commit": "e" * 40}, {"digest": "f" * 64}])
def test_another_commit_or_another_bundle_is_not_proved(
    hub: StandIn, other: dict[str, str]
) -> None:
    assert promoted(ALDER, **other) == 2


@pytest.mark.parametrize("state", ["failure", "in_progress"])
def test_a_deploy_that_did_not_end_well_proves_nothing(hub: StandIn, state: str) -> None:
    hub.deployed("birch-staging", COMMIT, state, url=ADDRESS)
    assert promoted(BIRCH) == 2


@pytest.mark.parametrize(
    ("forged", "why"),
    [
        ({"creator": "mallory"}, "no deploy of this commit ended well there"),
        ({"path": ".github/workflows/evil.yml"}, "no run of deploy.yml made its deployment"),
        ({"head_branch": "evil"}, "its deployment was made from the branch evil"),
        ({"head_sha": "e" * 40}, "the run of its deployment is of another commit"),
        ({"job": "tests"}, "the job of its deployment did not deploy birch-staging well"),
        ({"job": "deploy alder-staging"}, "did not deploy birch-staging well"),
        ({"conclusion": "failure"}, "did not deploy birch-staging well"),
        ({"html_url": "https://x.example"}, ""),
    ],
    ids=lambda forged: next(iter(forged)) if isinstance(forged, dict) else "",
)
def test_a_forged_proof_is_refused_with_the_reason(
    hub: StandIn, forged: dict[str, Any], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Review 5: a deployment, and a run that did not make it."""
    given = {"head_sha": COMMIT, **forged}
    made = hub.deployed("birch-staging", given.pop("head_sha"), url=ADDRESS, **given)
    if "head_sha" in forged:
        hub.deployments[-1]["sha"] = COMMIT
    assert made["jobs"]
    assert promoted(BIRCH) == (2 if why else 0)
    assert why in capsys.readouterr().err


def test_a_workflow_that_edgefleet_wrote_proves(
    hub: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / ".github/workflows/edgefleet-deploy.yml"
    file.parent.mkdir(parents=True)
    file.touch()
    assert promoted(ALDER) == 2
    said = capsys.readouterr().err
    assert "no run of edgefleet-deploy.yml made its deployment" in said
    assert "gh workflow run edgefleet-deploy.yml -f environment=staging" in said
    hub.deployed("alder-staging", COMMIT, url=ADDRESS, path=f".github/workflows/{file.name}")
    assert promoted(ALDER) == 0


def test_a_proof_whose_page_is_of_no_run_here_is_refused(
    hub: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.deployed("birch-staging", COMMIT, url=ADDRESS)
    hub.statuses[2][-1]["log_url"] = "https://github.com/mallory/fleet/actions/runs/8002/job/800200"
    assert promoted(BIRCH) == 2
    assert "names no job of this repository" in capsys.readouterr().err
    hub.statuses[2][-1]["log_url"] = "https://github.com/acme/fleet/actions/runs/9/job/1"
    assert promoted(BIRCH) == 2
    assert "no run of deploy.yml made its deployment" in capsys.readouterr().err


def test_a_shard_proves_its_own_tenants_alone(
    hub: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    """F7, R30: a shard with birch proves neither cedar nor the whole fleet."""
    hub.deployed("fleet-staging", COMMIT, job="shard 1 of staging", url=SHARD)
    assert promoted(ALDER, BIRCH) == 0
    assert promoted(ALDER, BIRCH, CEDAR) == 2
    assert "for cedar: no deploy" in capsys.readouterr().err


def test_a_shards_address_without_its_tenants_proves_nobody(hub: StandIn) -> None:
    hub.deployed("fleet-staging", COMMIT, job="shard 1 of staging", url=ADDRESS)
    assert promoted(BIRCH) == 2


@pytest.mark.parametrize("environment", ["alder-staging", "alder-staging-unattended"])
def test_what_staging_went_back_from_is_not_proved(
    hub: StandIn, environment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """R29 a."""
    hub.deployed(environment, "e" * 40, url="https://worker.example#rollback=" + "b" * 40)
    assert promoted(ALDER) == 2
    assert "for alder: a rollback went back from it at 2026-11-01" in capsys.readouterr().err


def test_a_rollback_that_failed_takes_no_proof_back(hub: StandIn) -> None:
    hub.deployed("alder-staging-unattended", COMMIT, "in_progress", "failure", url="")
    assert promoted(ALDER) == 0


def test_a_thousand_tenants_leave_most_of_the_hour(hub: StandIn) -> None:
    """F5: GitHub gives a job's token 1,000 requests, and 1,000 points, an hour."""
    names = names_of(1000)
    for name in names:
        Path("tenants", name).mkdir()
    for number in range(0, 1000, 60):
        first, last = number + 3, min(number + 62, 1002)  # alder, birch and cedar come first
        url = f"https://github.com/acme/fleet/deployments#bundle={DIGEST};tenants={first}-{last}"
        hub.deployed("fleet-staging", COMMIT, job=f"shard {number} of staging", url=url)
    targets = [Target(tenant=name, environment=PRODUCTION) for name in names]
    assert promoted(*targets) == 0
    assert len(hub.asked) < 100
    assert hub.points < 250


def test_in_an_emergency_it_is_skipped_with_a_reason_and_said(
    hub: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert promoted(BIRCH, skip="true") == 2
    assert promoted(BIRCH, skip="true", reason="staging is down") == 0
    assert "not checked: staging is down" in capsys.readouterr().out


def test_without_a_token_nothing_is_proved(hub: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    assert promoted(ALDER) == 5


CANARY = ".github/workflows/canary.yml"


def began(hub: StandIn) -> None:
    """Let a deploy to birch's staging end at the first step of its canary."""
    url = f"https://worker.example#canary;bundle={DIGEST}"
    hub.deployed("birch-staging", COMMIT, url=url)


def finished(hub: StandIn, commit: str = COMMIT, **unusual: Any) -> None:
    """Let a run of a later commit give birch's canary all of the traffic."""
    given = {"job": "canary birch-staging", "path": CANARY, **unusual}
    url = f"https://worker.example#finished={commit}"
    hub.deployed("birch-staging-unattended", "e" * 40, url=url, **given)


def test_a_canary_proves_nothing_until_it_has_everything(
    hub: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    began(hub)
    url = "https://worker.example#canary"
    hub.deployed("birch-staging-unattended", COMMIT, url=url, job="canary birch-staging")
    assert promoted(BIRCH) == 2
    assert "for birch: its canary there does not have all" in capsys.readouterr().err
    finished(hub)
    assert promoted(BIRCH) == 0
    assert promoted(BIRCH, digest="f" * 64) == 2


@pytest.mark.parametrize(
    ("forged", "why"),
    [
        ({"creator": "mallory"}, "does not have all of the traffic"),
        ({"path": ".github/workflows/evil.yml"}, "no run of canary.yml made its deployment"),
        ({"head_branch": "evil"}, "its deployment was made from the branch evil"),
        ({"job": "canary alder-staging"}, "did not deploy birch-staging well"),
        ({"commit": "f" * 40}, "does not have all of the traffic"),
    ],
    ids=lambda forged: next(iter(forged)) if isinstance(forged, dict) else "",
)
def test_a_forged_end_of_a_canary_is_refused(
    hub: StandIn, forged: dict[str, Any], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    began(hub)
    finished(hub, **forged)
    assert promoted(BIRCH) == 2
    assert why in capsys.readouterr().err


def test_an_end_without_a_beginning_proves_nothing(
    hub: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    finished(hub)
    assert promoted(BIRCH) == 2
    assert "no deploy of this commit began the canary" in capsys.readouterr().err


def test_what_went_back_from_a_finished_canary_is_not_proved(hub: StandIn) -> None:
    """While the version before is kept, an abort goes back to it."""
    began(hub)
    finished(hub)
    url = "https://worker.example#rollback"
    hub.deployed("birch-staging-unattended", COMMIT, url=url, job="canary birch-staging")
    assert promoted(BIRCH) == 2
