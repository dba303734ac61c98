"""deploy.yml and canary.yml, run by act: a canary begins, goes on by schedule, and is aborted.

The Worker's counters judge it, for which the jobs need a secret of the target.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from support.act import Run
from support.act_scene import BOTH, ONE, TWO, Scene, open_scene
from support.canaries import KEY, let_callers_in

TARGET = f"{ONE}-staging"
SECRETS = ("--secret", f"EDGEFLEET_SMOKE_KEY={KEY}")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Deploy a target whose files have a policy, and whose Worker asks for a key."""
    with open_scene(tmp_path_factory.mktemp("scene")) as opened:
        opened.hub.environments[f"{TARGET}-unattended"] = {"name": f"{TARGET}-unattended"}
        policy = {"steps": [10, 50], "soak": "1s", "minimumRequests": 0}
        let_callers_in(opened.act.folder, ONE, **policy)
        opened.act.write({})
        opened.deployed(ONE)
        yield opened


def told(scene: Scene, run: Run, environment: str, job: str) -> str:
    """Let GitHub know what the job of a run left; return its address."""
    urls = [
        str(event["arg"])
        for event in run.events
        if event.get("command") == "set-output" and event.get("name") == "url"
    ]
    state = "success" if run.job(job) == "success" else "failure"
    address = urls[-1] if urls else ""
    scene.hub.clock = int((datetime.now(UTC) - datetime(2026, 11, 1, tzinfo=UTC)).total_seconds())
    scene.hub.deployed(environment, scene.commit, state, url=address)
    return address.partition("#")[2]


def goes_on(scene: Scene) -> tuple[Run, str]:
    """Run canary.yml by its schedule; return the run, and what its job left."""
    run = scene.run("canary.yml", *SECRETS, event="schedule")
    assert run.started("canary ") == [f"canary/canary {TARGET}"], run.said() + run.err
    return run, told(scene, run, f"{TARGET}-unattended", "canary ")


def shares(scene: Scene) -> list[float]:
    """Return the traffic of the versions in the deployment in force."""
    in_force = scene.edit(ONE, "GET", "deployments")["deployments"][0]
    return [one["percentage"] for one in in_force["versions"]]


def test_a_canary_begins_goes_on_and_ends_by_itself(scene: Scene) -> None:
    before = scene.version(ONE)
    begun = scene.deploy(*SECRETS, tenants=ONE, force="true")
    assert begun.code == 0, begun.said() + begun.err
    assert told(scene, begun, TARGET, "deploy ") == f"canary;bundle={scene.digest}"
    assert shares(scene) == [90, 10]
    assert (begun.artifacts / ".enabled").read_text() == "canary.yml\n"
    assert "canary under way at 10 %" in begun.summary("summary")
    page = begun.summary("deploy ")
    assert (
        f"gh workflow run canary.yml -f environment=staging -f tenants={ONE} -f action=abort"
        in (page)
    )

    first, left = goes_on(scene)
    assert (first.code, left) == (0, "canary"), first.said() + first.err
    assert shares(scene) == [50, 50]
    assert "canary under way at 50 %" in first.summary("summary")
    assert "The schedule stays on" in first.summary("schedule")

    last, left = goes_on(scene)
    assert (last.code, left) == (0, f"finished={scene.commit}"), last.said() + last.err
    assert scene.version(ONE) != before
    assert "canary finished" in last.summary("summary")
    assert "smoke test" in last.summary("canary ")
    assert scene.hub.switched == {"canary.yml": "disable"}

    idle = scene.run("canary.yml", event="schedule")
    assert (idle.code, idle.started("canary ")) == (0, []), idle.said() + idle.err


def test_a_person_aborts_a_canary(scene: Scene) -> None:
    before = scene.version(ONE)
    scene.deployed(ONE, "staging", "--first-step", EDGEFLEET_SMOKE_KEY_MRRAINBOWSMOKE=KEY)
    assert shares(scene) == [90, 10]
    inputs = {"environment": "staging", "tenants": ONE, "action": "abort", "reason": "too slow"}
    run = scene.run("canary.yml", *SECRETS, **inputs)
    assert run.code == 0, run.said() + run.err
    assert shares(scene) == [100]
    assert scene.version(ONE) == before
    assert "canary restored" in run.summary("summary")
    assert "too slow" in run.summary("canary ")
    assert told(scene, run, f"{TARGET}-unattended", "canary ") == "rollback"


def test_no_log_of_any_run_holds_a_secret(scene: Scene) -> None:
    assert len(scene.act.runs) > 1
    for run in scene.act.runs:
        for secret in (BOTH, KEY, scene.token(ONE), scene.token(TWO), scene.hub.token):
            assert secret not in run.log
