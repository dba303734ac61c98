"""What a killed run left is known on a machine that has no records of it (R27)."""

import shutil
from typing import Any

import pytest

from integration.conftest import TENANTS, Stage
from integration.test_killed import kill_in
from integration.test_overwritten import API, cloudflare
from support.project import Ran

ONE = TENANTS[0]
TARGET = ("--tenant", ONE, "--env", "staging")
TARGETS = ("--tenants", ONE, "--env", "staging")


def in_force(stage: Stage) -> dict[str, Any]:
    """Return the deployment in force."""
    found: dict[str, Any] = cloudflare(stage, "staging", "GET", "/deployments")["deployments"][0]
    return found


def forget(stage: Stage) -> None:
    """Be another machine: a fresh clone has neither records nor locks."""
    for folder in ("deployments", ".edgefleet/locks"):
        shutil.rmtree(stage.project.root / folder, ignore_errors=True)


@pytest.fixture(scope="module")
def left(quick_stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Deploy twice, kill a third deploy with its version at 0 %; return what is in force then."""
    for _ in range(2):
        assert quick_stage.deploy(ONE, "staging", *API).code == 0
    more = ("--force", "--bundle", str(quick_stage.bundle))
    command = ["deploy", *TARGET, *API, *more]
    kill_in(quick_stage, "traffic", command, tmp_path_factory.mktemp("killed"))
    return in_force(quick_stage)


@pytest.fixture
def split(quick_stage: Stage, left: dict[str, Any]) -> Stage:
    """Put the split of the killed run in force again, and be another machine."""
    assert [share["percentage"] for share in left["versions"]] == [100, 0]
    annotations = {"workers/message": left["annotations"]["workers/message"]}
    body = {"strategy": "percentage", "versions": left["versions"], "annotations": annotations}
    cloudflare(quick_stage, "staging", "POST", "/deployments", body)
    forget(quick_stage)
    return quick_stage


def goes_on(stage: Stage, ran: Ran) -> None:
    assert ran.code == 0, ran.said
    assert [share["percentage"] for share in in_force(stage)["versions"]] == [100]


def test_a_deploy_goes_on(split: Stage) -> None:
    ran = split.deploy(ONE, "staging", *API)
    goes_on(split, ran)
    assert "note: a run of edgefleet split the traffic and did not end (api, " in ran.err


def test_a_rollback_goes_on(split: Stage) -> None:
    goes_on(split, split.project.run("rollback", *TARGETS))


def test_deploy_all_goes_on(split: Stage) -> None:
    arguments = ("--env", "staging", "--tenants", ONE, "--bundle", str(split.bundle))
    goes_on(split, split.project.run("deploy-all", *arguments))


def test_drift_names_it_and_repairs_it(split: Stage) -> None:
    looked = split.project.run("drift", *TARGETS)
    assert looked.code == 3, looked.said
    assert "a run of edgefleet that did not end" in looked.out
    goes_on(split, split.project.run("drift", *TARGETS, "--repair", "--yes"))


def test_a_split_of_others_is_kept_and_named(split: Stage, left: dict[str, Any]) -> None:
    body = {
        "strategy": "percentage",
        "versions": left["versions"],
        "annotations": {"workers/message": "bob tries"},
    }
    cloudflare(split, "staging", "POST", "/deployments", body)
    ran = split.deploy(ONE, "staging", *API)
    assert ran.code == 9, ran.said
    assert '"bob tries"' in ran.err
    assert f"edgefleet deploy {' '.join(TARGET)} --replace-split" in ran.err


def test_a_refused_attempt_is_not_the_last_deploy(quick_stage: Stage) -> None:
    """A10."""
    goes_on(quick_stage, quick_stage.deploy(ONE, "staging", *API, "--replace-split"))
    refused = quick_stage.deploy(
        ONE, "staging", *API, **{f"CLOUDFLARE_API_TOKEN_{ONE.upper()}": ""}
    )
    assert refused.code == 5
    listed = quick_stage.project.run("tenants")
    (line,) = (one for one in listed.out.splitlines() if ONE in one and "staging" in one)
    assert "succeeded" in line
