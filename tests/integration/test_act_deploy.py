"""deploy.yml, run by act against the embedded Cloudflare and a stand-in for GitHub's API.

The first test runs the whole chain; in the others a stand-in hands on the bundle that passed.
"""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from support.act_scene import BOTH, ONE, TWO, Scene, open_scene
from support.ports import wait_for

ACTION = ".github/actions/target/action.yml"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Open one scene for this module."""
    with open_scene(tmp_path_factory.mktemp("scene")) as opened:
        yield opened


@contextmanager
def printed_environment(scene: Scene) -> Iterator[None]:
    """Let each job print its whole environment before it works with its target.

    A run with one tenant's own token models GitHub's environments, which act does not have.
    """
    scene.act.change(ACTION, "exec python", "env && exec python")
    try:
        yield
    finally:
        scene.act.change(ACTION, "env && exec python", "exec python")


def test_two_tenants_pass_all_gates_are_deployed_and_answer(scene: Scene) -> None:
    assert (scene.version(ONE), scene.version(TWO)) == (None, None)
    with scene.real_gates():
        run = scene.deploy("--matrix", "python:3.11", reason="release 7")
    assert run.code == 0, run.said() + run.err
    assert set(run.jobs.values()) == {"success"}
    versions = [scene.version(tenant) for tenant in (ONE, TWO)]
    assert all(version and version[:8] in run.summary("summary") for version in versions)
    assert "2 of 2 targets" in run.summary("summary")
    assert f"{ONE}-staging: plan" in run.summary("deploy")
    assert "no smoke test: no secret EDGEFLEET_SMOKE_KEY" in run.out
    (record,) = (run.artifacts / f"deploy-{ONE}-staging/deployments").glob(f"{ONE}*.json")
    assert json.loads(record.read_text())["reason"] == "release 7"
    kept = sorted(path.name for path in run.artifacts.glob("[!.]*"))
    assert kept == ["bundle", f"deploy-{ONE}-staging", f"deploy-{TWO}-staging", "validate"]
    for gate in ("lint", "typecheck", "tests", "validate", "build", "attest", "verdict"):
        assert run.job(gate) == "success"
    assert scene.digest in (run.artifacts / "bundle/manifest.json").read_text()


def test_what_did_not_change_since_is_not_deployed_and_the_run_is_green(scene: Scene) -> None:
    for tenant in (ONE, TWO):
        scene.hub.deployed(f"{tenant}-staging", scene.commit)
    run = scene.deploy()
    assert run.code == 0, run.said() + run.err
    assert not run.started("deploy ")
    assert "Nothing to do" in run.summary("targets") + run.summary("summary")
    scene.hub.deployments.clear()


def test_a_tenant_that_does_not_exist_is_refused_before_any_deploy(scene: Scene) -> None:
    run = scene.deploy(tenants="mrrainbowsmok")
    assert run.code == 1
    assert run.job("targets") == "failure"
    assert f"did you mean '{ONE}'?" in run.said("targets")
    assert not run.started("deploy ")


def test_production_takes_only_what_staging_proved(scene: Scene) -> None:
    refused = scene.run("deploy.yml", environment="production", tenants=TWO)
    assert refused.job("promotion") == "failure"
    assert f"staging has not proved sha256:{scene.digest[:12]}" in refused.said("promotion")
    assert not refused.started("deploy ")
    assert scene.version(TWO, "production") is None
    proof = f"https://worker.example#bundle={scene.digest}"
    with printed_environment(scene):
        scene.hub.deployed(f"{TWO}-staging", scene.commit, url=proof)
        accepted = scene.run(
            "deploy.yml", environment="production", tenants=TWO, secret=scene.token(TWO)
        )
    assert accepted.code == 0, accepted.said() + accepted.err
    assert scene.version(TWO, "production")
    assert scene.token(ONE) not in accepted.out
    assert "CLOUDFLARE_API_TOKEN=***" in accepted.said("deploy ")
    scene.hub.deployments.clear()


def test_a_wrong_token_fails_its_target_and_leaves_the_other_deployed(scene: Scene) -> None:
    before = {tenant: scene.version(tenant) for tenant in (ONE, TWO)}
    with printed_environment(scene):
        run = scene.deploy(secret=scene.token(ONE), force="true")
    assert run.code == 1
    assert "CLOUDFLARE_API_TOKEN=***" in run.said("deploy ")
    assert scene.token(TWO) not in run.out
    assert scene.version(ONE) != before[ONE]
    assert scene.version(TWO) == before[TWO]
    summary = run.summary("summary")
    assert "1 of 2 targets" in summary
    assert f"{TWO}-staging | failed" in summary
    assert f"gh workflow run deploy.yml --ref main -f environment=staging -f tenants={TWO}" in (
        summary
    )


def test_a_dry_run_shows_plans_in_the_unprotected_environment_and_changes_nothing(
    scene: Scene,
) -> None:
    scene.hub.environments[f"{ONE}-staging-readonly"] = {"name": f"{ONE}-staging-readonly"}
    scene.edge.control("DELETE", "requests")
    run = scene.deploy(dry_run="true", force="true")
    del scene.hub.environments[f"{ONE}-staging-readonly"]
    assert run.code == 0, run.said() + run.err
    assert run.started("plan ") == [f"deploy/plan {ONE}-staging"]
    assert run.started("deploy ") == [f"deploy/deploy {TWO}-staging"]
    assert f"{ONE}-staging: plan" in run.summary("plan ")
    assert {request["method"] for request in scene.edge.requests()} == {"GET"}


def test_a_shard_is_deployed_by_one_runner_whose_tokens_come_from_a_program(scene: Scene) -> None:
    program = scene.act.folder.with_name("tokens")
    program.write_text('#!/bin/sh\ncat > /dev/null\necho "token=$EDGEFLEET_CREDENTIAL_SECRET"\n')
    program.chmod(0o755)
    scene.hub.environments["fleet-staging"] = {"name": "fleet-staging"}
    before = {scene.version(tenant) for tenant in (ONE, TWO)}
    options = ["--var", f"EDGEFLEET_CREDENTIAL_COMMAND={program}"]
    options += ["--secret", f"EDGEFLEET_CREDENTIAL_SECRET={BOTH}"]
    run = scene.deploy(*options, secret="", shards="true", force="true")
    assert run.code == 0, run.said() + run.err
    assert run.started("shard ") == ["deploy/shard 1 of staging"]
    assert not run.started("deploy ")
    assert "2 of 2 targets" in run.summary("summary")
    assert not before & {scene.version(tenant) for tenant in (ONE, TWO)}


def test_a_cancelled_run_leaves_the_target_as_it_was(scene: Scene) -> None:
    before = scene.version(ONE)
    scene.edge.control("DELETE", "requests")
    scene.edge.fault(method="POST", path="*/versions*", nth=1, times=1, kind="latency", seconds=60)
    with scene.starting("deploy.yml", tenants=ONE, force="true") as process:
        wait_for(lambda: any(one["method"] == "POST" for one in scene.edge.requests()), "a write")
        process.send_signal(signal.SIGINT)
        run = scene.act.ended(process)
    scene.edge.clear_faults()
    assert run.code == 1
    assert scene.version(ONE) == before
    assert run.job("deploy ") == "failure"
    written = [one["path"] for one in scene.edge.requests() if one["method"] != "GET"]
    assert [path for path in written if path.endswith("/deployments")] == []


def test_no_log_of_any_run_holds_a_token(scene: Scene) -> None:
    assert len(scene.act.runs) > 1
    for run in scene.act.runs:
        for secret in (BOTH, scene.token(ONE), scene.token(TWO), scene.hub.token):
            assert secret not in run.log
