"""deploy.yml, run by act against the embedded Cloudflare and a stand-in for GitHub's API.

The first test runs the whole chain; in the others a stand-in hands on the bundle that passed.
"""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from edgefleet.build.bundle_store import BundleStore
from support.act_scene import BOTH, GATES, ONE, TWO, Scene, open_scene
from support.bundles import numbered_bundle
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
    """Each job holds its target for all machines meanwhile."""
    assert (scene.version(ONE), scene.version(TWO)) == (None, None)
    shared = ("--var", "EDGEFLEET_LOCK=shared")
    with scene.real_gates(), scene.remote() as pushes:
        run = scene.deploy("--matrix", "python:3.11", *shared, reason="release 7")
    assert run.code == 0, run.said() + run.err
    assert set(run.jobs.values()) == {"success"}
    versions = [scene.version(tenant) for tenant in (ONE, TWO)]
    assert all(version and version[:8] in run.summary("summary") for version in versions)
    assert "2 of 2 targets" in run.summary("summary")
    assert f"{ONE}-staging: plan" in run.summary("deploy")
    assert "no smoke test: no secret EDGEFLEET_SMOKE_KEY" in run.out
    (record,) = (run.artifacts / f"deploy-{ONE}-staging/deployments").glob(f"{ONE}*.json")
    told = json.loads(record.read_text())
    assert (told["reason"], told["lock"]) == ("release 7", "shared")
    taken, freed = pushes(f"{ONE}-staging")
    assert (freed, set(taken[0])) == (taken[::-1], {"0"})
    kept = sorted(path.name for path in run.artifacts.glob("[!.]*"))
    assert kept == ["bundle", f"deploy-{ONE}-staging", f"deploy-{TWO}-staging", "validate"]
    for gate in ("lint", "typecheck", "tests", "validate", "build", "attest", "verdict"):
        assert run.job(gate) == "success"
    assert scene.digest in (run.artifacts / "bundle/manifest.json").read_text()


def test_unchanged_target_is_skipped_and_the_run_is_green(scene: Scene) -> None:
    for tenant in (ONE, TWO):
        scene.hub.deployed(f"{tenant}-staging", scene.commit)
    run = scene.deploy()
    assert run.code == 0, run.said() + run.err
    assert not run.started("deploy ")
    assert "Nothing to do" in run.summary("targets") + run.summary("summary")
    scene.hub.deployments.clear()


def test_unknown_tenant_is_refused_before_any_deploy(scene: Scene) -> None:
    run = scene.deploy(tenants="mrrainbowsmok")
    assert run.code == 1
    assert run.job("targets") == "failure"
    assert f"did you mean '{ONE}'?" in run.said("targets")
    assert not run.started("deploy ")


def test_production_takes_only_what_staging_proved(scene: Scene) -> None:
    """Review 5: a forged proof is refused with the reason, before the gates (F12)."""
    proof = f"https://worker.example#bundle={scene.digest}"
    scene.hub.deployed(f"{TWO}-staging", scene.commit, url=proof, creator="mallory")
    scene.hub.deployed(f"{TWO}-staging", scene.commit, url=proof, head_branch="evil")
    refused = scene.run("deploy.yml", "--job", "targets", environment="production", tenants=TWO)
    assert refused.job("targets") == "failure"
    said = refused.said("targets")
    assert f"staging has not proved any bundle of commit {scene.commit[:12]} for {TWO}" in said
    assert "its deployment was made from the branch evil" in said
    assert scene.version(TWO, "production") is None
    with printed_environment(scene):
        scene.hub.deployed(f"{TWO}-staging", scene.commit, url=proof)
        accepted = scene.run(
            "deploy.yml", environment="production", tenants=TWO, secret=scene.token(TWO)
        )
    assert accepted.code == 0, accepted.said() + accepted.err
    assert scene.version(TWO, "production")
    assert scene.token(ONE) not in accepted.out
    assert "CLOUDFLARE_API_TOKEN=***" in accepted.said("deploy ")
    assert "EDGEFLEET_LOCK_TOKEN=***" in accepted.said("deploy ")
    scene.hub.deployments.clear()


def test_wrong_token_fails_only_its_target(scene: Scene) -> None:
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


def test_dry_run_shows_plans_and_changes_nothing(
    scene: Scene,
) -> None:
    scene.hub.environments[f"{ONE}-staging-readonly"] = {"name": f"{ONE}-staging-readonly"}
    scene.edge.control("DELETE", "requests")
    run = scene.deploy(dry_run="true", force="true")
    del scene.hub.environments[f"{ONE}-staging-readonly"]
    assert run.code == 0, run.said() + run.err
    assert run.started("plan ") == [f"deploy/plan {ONE}-staging"]
    assert run.started("dry run of ") == [f"deploy/dry run of {TWO}-staging"]
    assert f"{ONE}-staging: plan" in run.summary("plan ")
    assert {request["method"] for request in scene.edge.requests()} == {"GET"}


def test_shard_runs_on_one_runner_with_tokens_of_a_program(scene: Scene) -> None:
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


SWAP = """
  swap:
    name: swap
    needs: build
    runs-on: ubuntu-24.04
    timeout-minutes: 1
    steps:
      - run: rm -rf "$ACT_ARTIFACTS/bundle" && cp -R {evil} "$ACT_ARTIFACTS/bundle"
"""
"""A job of the gates that puts another bundle in the place of the one that they built."""


def test_a_swapped_artifact_is_not_deployed(scene: Scene) -> None:
    """Review 3: the digest is that of the gates, and another bundle is refused with the reason."""
    before = scene.version(ONE)
    evil = BundleStore(scene.act.folder.with_name("evil")).save(numbered_bundle(1))
    with scene.act.restored():
        gates = (scene.act.folder / GATES).read_text()
        scene.act.write({GATES: gates + SWAP.format(evil=evil)})
        run = scene.deploy("--job", "ring-0", tenants=ONE, force="true")
    assert run.code == 1
    assert run.job("swap") == "success"
    assert run.job("deploy ") == "failure"
    assert f"sha256:{scene.digest} was expected" in run.said("deploy ")
    told = "\n".join(run.errors())
    assert "deploy the bundle that the gates built" in told, run.said("deploy ")
    assert scene.version(ONE) == before


def test_a_bundle_that_was_not_signed_is_not_deployed(scene: Scene) -> None:
    """Review 13: the job verifies that attest.yml signed this bundle, on main."""
    before = scene.version(ONE)
    attest = ".github/workflows/attest.yml"
    with scene.act.restored():
        signing = (scene.act.folder / attest).read_text()
        another = signing.replace("subject-path: bundle/manifest.json", "subject-path: /dev/null")
        assert another != signing
        scene.act.write({attest: another})
        run = scene.deploy("--job", "ring-0", tenants=ONE, force="true")
    assert run.code == 1
    assert (run.job("attest"), run.job("deploy ")) == ("success", "failure")
    assert "no attestation of .edgefleet/bundle/manifest.json" in run.said("deploy ")
    assert scene.version(ONE) == before


def test_a_record_that_came_with_the_commit_stops_a_deploy(scene: Scene) -> None:
    """Review 6: a planted record decides nothing."""
    planted = f"deployments/{ONE}-staging-20990101T000000Z.json"
    with scene.act.restored():
        scene.act.write({planted: "{}"})
        subprocess.run(["git", "add", "--force", planted], cwd=scene.act.folder, check=True)
        scene.act.write({"README.md": "a record is tracked"})
        run = scene.deploy("--job", "targets", tenants=ONE, force="true")
    assert run.job("targets") == "failure"
    assert f"git tracks {planted}" in run.said("targets")


def test_a_cancelled_run_leaves_the_target_as_it_was(scene: Scene) -> None:
    before = scene.version(ONE)
    scene.edge.control("DELETE", "requests")
    scene.edge.fault(method="POST", path="*/versions*", nth=1, times=1, kind="latency", seconds=60)
    with (
        scene.real_python(),
        scene.starting("deploy.yml", tenants=ONE, force="true") as process,
    ):
        wait_for(lambda: writes(scene), "a write", every=0.5)
        process.send_signal(signal.SIGINT)
        run = scene.act.ended(process)
    scene.edge.clear_faults()
    assert run.code == 1
    assert scene.version(ONE) == before
    assert run.job("deploy ") == "failure"
    written = [one["path"] for one in scene.edge.requests() if one["method"] != "GET"]
    assert [path for path in written if path.endswith("/deployments")] == []


def writes(scene: Scene) -> bool:
    """Whether anything was written."""
    return any(one["method"] == "POST" for one in scene.edge.requests())


def test_commit_within_the_live_one_ends_superseded(
    scene: Scene,
) -> None:
    """F1."""
    with scene.act.restored():
        scene.act.write({"README.md": "newer"})
        newer = scene.commit
        live = scene.deployed(ONE)
        subprocess.run(["git", "reset", "-q", "--hard", "HEAD~1"], cwd=scene.act.folder, check=True)
        subprocess.run(["git", "branch", "newer", newer], cwd=scene.act.folder, check=True)
        run = scene.deploy(tenants=ONE, force="true")
    assert run.code == 0, run.said() + run.err
    assert f"{ONE}-staging | superseded" in run.summary("summary")
    assert f"is older than commit {newer[:12]}, which is live" in run.summary("summary")
    assert "1 of 1 targets" in run.summary("summary")
    assert scene.version(ONE) == live


def test_no_log_of_any_run_holds_a_token(scene: Scene) -> None:
    assert len(scene.act.runs) > 1
    for run in scene.act.runs:
        for secret in (BOTH, scene.token(ONE), scene.token(TWO), scene.hub.token):
            assert secret not in run.log
