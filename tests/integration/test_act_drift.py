"""rollback.yml and drift.yml, run by act; the issues are those of a stand-in for GitHub's API."""

import subprocess
from collections.abc import Iterator

import pytest

from support.act_scene import BOTH, ONE, TWO, Scene, open_scene


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Deploy every target; what answers for the Workers needs no runtime here."""
    with open_scene(tmp_path_factory.mktemp("scene"), runtime="none") as opened:
        for name in list(opened.hub.environments):
            opened.hub.environments[f"{name}-readonly"] = {"name": f"{name}-readonly"}
            opened.deployed(*name.rsplit("-", 1))
        yield opened


def test_drift_opens_an_issue_and_unread_targets_are_red(scene: Scene) -> None:
    scene.edit(ONE, "PUT", "schedules", json=[{"cron": "1 1 * * *"}])
    run = scene.run("drift.yml", secret=scene.token(ONE), environment="staging")
    assert run.code == 1
    assert run.started("drift ") == [f"drift/drift {name}-staging" for name in (ONE, TWO)]
    (issue,) = scene.hub.open_issues()
    assert f"{ONE}-staging" in issue["title"]
    assert "1 1 * * *" in issue["body"]
    assert f"no check succeeded at {TWO}-staging" in run.said("report")
    assert f"{ONE}-staging" in run.summary("report")
    kept = run.artifacts / f"drift-{ONE}-staging/edgefleet/results"
    assert sorted(path.name for path in kept.iterdir()) == ["drift.json", "drift.sarif"]


def test_a_commit_that_a_look_names_is_built_for_a_second_one(scene: Scene) -> None:
    """GitHub did not deploy it, so only the token of the target tells that it is live."""
    scene.edit(ONE, "PUT", "schedules", json=[{"cron": "2 2 * * *"}])
    live = scene.commit
    with scene.act.restored():
        scene.act.write({"README.md": "newer"})
        run = scene.run("drift.yml", environment="staging", tenants=ONE)
    assert run.started("drift ") == [
        f"drift/drift {ONE}-staging",
        f"drift/drift {ONE}-staging again",
    ]
    assert f"commit {live} is built by the job `build-rest`" in run.out
    assert {name: end for name, end in run.jobs.items() if end != "success"} == {
        "drift/report": "failure"
    }
    (issue,) = scene.hub.open_issues()
    assert "2 2 * * *" in issue["body"]


def test_nightly_run_checks_all_and_closes_repaired(
    scene: Scene,
) -> None:
    scene.deployed(ONE)
    run = scene.run("drift.yml", event="schedule")
    assert run.code == 0, run.said() + run.err
    assert len(run.started("drift ")) == 4
    assert scene.hub.open_issues() == []


def test_batch_runs_on_one_runner_with_tokens_of_a_program(
    scene: Scene,
) -> None:
    """Item 8 of the trials: more targets than a matrix has jobs."""
    program = scene.act.folder.with_name("tokens")
    program.write_text('#!/bin/sh\ncat > /dev/null\necho "token=$EDGEFLEET_CREDENTIAL_SECRET"\n')
    program.chmod(0o755)
    scene.hub.environments["fleet-staging-readonly"] = {"name": "fleet-staging-readonly"}
    scene.edit(ONE, "PUT", "schedules", json=[{"cron": "3 3 * * *"}])
    options = ["--var", f"EDGEFLEET_CREDENTIAL_COMMAND={program}"]
    options += ["--secret", f"EDGEFLEET_CREDENTIAL_SECRET={BOTH}"]
    run = scene.run("drift.yml", *options, secret="", environment="staging", batches="true")
    assert run.started("drift ") == ["drift/drift staging batch 1"]
    assert run.job("drift ") == "success"
    assert run.job("report") == "failure"
    (issue,) = scene.hub.open_issues()
    assert "3 3 * * *" in issue["body"]
    assert "1 drifting, 1 in sync" in run.summary("report")
    scene.deployed(ONE)


def test_documented_local_drift_run_is_green(
    scene: Scene,
) -> None:
    """C17."""
    secrets = {"CLOUDFLARE_API_TOKEN": BOTH}
    inputs = {"environment": "staging", "tenants": ONE}
    run = scene.act.run("drift.yml", "workflow_dispatch", inputs=inputs, secrets=secrets)
    assert run.code == 0, run.said() + run.err
    assert run.started("drift ") == [f"drift/drift {ONE}-staging"]
    assert "act has no GitHub: no issue is opened" in run.out


def test_a_rollback_gives_the_version_before_the_traffic_again(scene: Scene) -> None:
    before, after = scene.version(ONE), scene.deployed(ONE)
    assert scene.version(ONE) == after != before
    with scene.remote() as pushes:
        run = scene.run(
            "rollback.yml", environment="staging", tenants=ONE, to="previous", reason="too slow"
        )
    assert len(pushes(f"{ONE}-staging")) == 2  # the lock was taken, and freed
    assert run.code == 0, run.said() + run.err
    assert scene.version(ONE) == before
    assert "1 of 1 targets" in run.summary("summary")
    assert "too slow" in run.summary("rollback ")
    assert "note: no record here tells of a healthy one" in run.summary("rollback ")  # F13


def test_rollback_refuses_a_branch_without_gates(scene: Scene) -> None:
    """Review 2: `to` takes any commit that git knows, and the job asks no reviewer."""
    before = scene.version(ONE)
    with scene.act.restored():
        scene.act.write({"src/worker/evil.ts": "export const ungated = true;"})
        evil = scene.commit
        git = ["git", "-C", str(scene.act.folder)]
        subprocess.run([*git, "branch", "evil"], check=True)
        subprocess.run([*git, "reset", "--quiet", "--hard", "HEAD~1"], check=True)
        run = scene.run(
            "rollback.yml", environment="staging", tenants=ONE, to=evil, reason="evening"
        )
    assert run.code == 1
    assert run.job("build") == "failure"
    assert run.started("rollback ") == []
    assert f"commit {evil[:12]} is not an ancestor of main" in "".join(run.errors())
    assert scene.version(ONE) == before


def test_no_log_of_any_run_holds_a_token(scene: Scene) -> None:
    assert len(scene.act.runs) > 1
    for run in scene.act.runs:
        for secret in (BOTH, scene.token(ONE), scene.token(TWO), scene.hub.token):
            assert secret not in run.log
