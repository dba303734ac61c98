"""A deploy names what it would overwrite, and overwrites it only on purpose."""

import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from integration.conftest import TENANTS, Stage, token
from support.project import Ran

ONE = TENANTS[0]
API = ("--engine", "api")


def cloudflare(stage: Stage, environment: str, method: str, path: str, body: Any = None) -> Any:
    """Speak with the API behind edgefleet's back."""
    account = stage.project.wrangler(ONE)["account_id"]
    script = f"accounts/{account}/workers/scripts/bluey-ai-worker-{environment}"
    headers = {"Authorization": f"Bearer {token(ONE)}"}
    url = f"{stage.edge.api}/{script}{path}"
    answer = requests.request(method, url, json=body, headers=headers, timeout=30)
    assert answer.ok, answer.text
    return answer.json()["result"]


def live(stage: Stage, environment: str) -> str:
    """Return the version that has the traffic."""
    now = cloudflare(stage, environment, "GET", "/deployments")["deployments"][0]
    return str(now["versions"][0]["version_id"])


def deploy_by_hand(stage: Stage, environment: str, version_id: str) -> None:
    """Give a version all the traffic, as a person does who knows nothing of edgefleet."""
    body = {
        "strategy": "percentage",
        "versions": [{"version_id": version_id, "percentage": 100}],
        "annotations": {"workers/message": "bob full"},
    }
    cloudflare(stage, environment, "POST", "/deployments", body)


def git(stage: Stage, *arguments: str) -> str:
    """Run git in the project."""
    command = ["git", *arguments]
    return subprocess.check_output(command, cwd=stage.project.root, text=True).strip()


def deploy(stage: Stage, environment: str, *more: str) -> Ran:
    """Deploy through the API, though nothing may have changed."""
    return stage.deploy(ONE, environment, *API, *more)


@pytest.fixture
def fresh(quick_stage: Stage) -> Iterator[Stage]:
    """Lend the stage; its Cloudflare is empty afterwards, and its branch is as before."""
    stage = quick_stage
    branch = git(stage, "symbolic-ref", "--short", "HEAD")
    before = git(stage, "rev-parse", "HEAD")
    yield stage
    stage.edge.reset()
    git(stage, "checkout", "-q", "-B", branch, before)


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_what_others_deployed_is_named_and_in_production_kept(
    fresh: Stage, environment: str
) -> None:
    """A13."""
    assert deploy(fresh, environment).code == 0
    first = live(fresh, environment)
    assert deploy(fresh, environment).code == 0
    deploy_by_hand(fresh, environment, first)
    said = "what is live was not deployed by edgefleet (api, "

    target = ("--tenant", ONE, "--env", environment)
    ran = deploy(fresh, environment)
    assert said in ran.err
    assert '"bob full")' in ran.err
    if environment == "staging":
        assert ran.code == 0, ran.said
        return
    assert ran.code == 2, ran.said
    assert f"edgefleet deploy {' '.join(target)} --allow-foreign" in ran.err
    assert live(fresh, environment) == first
    allowed = deploy(fresh, environment, "--allow-foreign")
    assert allowed.code == 0, allowed.said
    assert said in allowed.err
    assert live(fresh, environment) != first
    assert said not in deploy(fresh, environment).err


def test_a_first_deploy_by_wrangler_is_known_on_another_machine(fresh: Stage) -> None:
    """A13: wrangler gives a script upload neither tag nor message."""
    assert fresh.deploy(ONE, "production").code == 0
    shutil.rmtree(fresh.project.root / "deployments")
    ran = deploy(fresh, "production")
    assert ran.code == 0, ran.said
    assert "not deployed by edgefleet" not in ran.err


def test_a_plan_names_what_others_deployed(fresh: Stage) -> None:
    """A13."""
    target = ("--tenants", ONE, "--env", "staging", "--bundle", str(fresh.bundle))
    assert deploy(fresh, "staging").code == 0
    secret = {"name": "S", "text": "t", "type": "secret_text"}
    cloudflare(fresh, "staging", "PUT", "/secrets", secret)
    assert "not deployed by edgefleet" not in deploy(fresh, "staging").err
    first = live(fresh, "staging")
    assert deploy(fresh, "staging").code == 0
    deploy_by_hand(fresh, "staging", first)
    cron = [{"cron": "1 1 * * *"}]
    cloudflare(fresh, "staging", "PUT", "/schedules", cron)
    planned = fresh.project.run("plan", *target)
    assert "note: what is live was not deployed by edgefleet (api, " in planned.out


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_an_older_commit_is_deployed_on_purpose_alone(fresh: Stage, environment: str) -> None:
    """R29 b."""
    old = git(fresh, "rev-parse", "HEAD")
    fresh.project.commit()
    new = git(fresh, "rev-parse", "HEAD")
    assert deploy(fresh, environment).code == 0
    version = live(fresh, environment)
    git(fresh, "checkout", "-q", "HEAD~1")
    ran = deploy(fresh, environment)
    assert ran.code == 2, ran.said
    assert f"commit {old[:12]} is older than commit {new[:12]}, which is live" in ran.err
    assert "--allow-older" in ran.err
    assert live(fresh, environment) == version
    allowed = deploy(fresh, environment, "--allow-older")
    assert allowed.code == 0, allowed.said
    assert live(fresh, environment) != version


def test_sibling_commit_counts_as_older_but_not_for_rollback(fresh: Stage) -> None:
    """R29 b."""
    old = git(fresh, "rev-parse", "HEAD")
    fresh.project.commit()
    assert deploy(fresh, "staging").code == 0
    new = git(fresh, "rev-parse", "HEAD")
    git(fresh, "checkout", "-q", "-b", "beside", "HEAD~1")
    fresh.project.commit()
    ran = deploy(fresh, "staging")
    assert ran.code == 2, ran.said
    assert f"does not contain commit {new[:12]}, which is live" in ran.err
    back = ("rollback", "--tenants", ONE, "--env", "staging", "--to", old)
    assert fresh.project.run(*back).code == 0


def test_github_rolls_back_only_to_gated_versions(fresh: Stage) -> None:
    """Review 2."""
    main = git(fresh, "symbolic-ref", "--short", "HEAD")
    unreleased = git(fresh, "rev-parse", "HEAD")
    fresh.project.commit()
    released = git(fresh, "rev-parse", "HEAD")
    git(fresh, "checkout", "-q", "-b", "evil")
    fresh.project.commit()
    git(fresh, "checkout", "-q", main)
    target = ("--tenants", ONE, "--env", "staging")

    def back(to: str, **environ: str) -> Ran:
        return fresh.project.run("rollback", *target, "--to", to, **environ)

    github = {"GITHUB_ACTIONS": "true"}
    first = back("evil", **github)
    assert (first.code, "is not an ancestor of" in first.err) == (2, True), first.said
    for _ in range(2):
        assert deploy(fresh, "staging").code == 0
    writes = fresh.writes()
    evil, early = back("evil", **github), back(unreleased, **github)
    assert (evil.code, early.code) == (2, 2), evil.said + early.said
    assert f"is not an ancestor of {main}" in evil.err
    assert f"commit {unreleased[:12]} never was live" in early.err
    repair = ("drift", *target, "--ref", "evil", "--repair", "--yes")
    repaired = fresh.project.run(*repair, **github)
    assert (repaired.code, f"is not an ancestor of {main}" in repaired.err) == (2, True)
    assert fresh.writes() == writes
    assert back(released, **github).code == 0
    assert back("previous", **github).code == 0
    on_a_laptop = back("evil")
    assert on_a_laptop.code == 0, on_a_laptop.said
    assert f"is not an ancestor of {main}" in on_a_laptop.err
