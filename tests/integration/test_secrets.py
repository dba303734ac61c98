"""Names of secrets: compared, demanded before an upload, and set in a way that works."""

import json
import shlex
from collections.abc import Iterator
from typing import Any

import pyjson5
import pytest

from integration.conftest import TENANTS, Stage, token
from integration.test_overwritten import API, cloudflare
from support.project import Ran
from support.wrangler import Wrangler

ONE = TENANTS[0]
SCRIPT = "bluey-ai-worker-staging"
TARGETS = ("--tenants", ONE, "--env", "staging")
UNHEALTHY = {"method": "GET", "path": "http://*/health", "kind": "status", "status": 503}


@pytest.fixture
def fresh(quick_stage: Stage) -> Iterator[Stage]:
    """Lend the stage; its Cloudflare is empty afterwards, and its files are as before."""
    path = quick_stage.project.root / "tenants" / ONE / "tenant.config.json"
    before = path.read_text()
    yield quick_stage
    path.write_text(before)
    quick_stage.edge.clear_faults()
    quick_stage.edge.reset()


def require(stage: Stage, *names: str) -> None:
    """Let the tenant require these secrets."""
    path = stage.project.root / "tenants" / ONE / "tenant.config.json"
    settings = pyjson5.loads(path.read_text())
    path.write_text(json.dumps({**settings, "requiredSecrets": list(names)}))


def put(stage: Stage, name: str) -> None:
    """Set a secret as `wrangler secret put` does where the newest version is live."""
    secret = {"name": name, "text": "t", "type": "secret_text"}
    cloudflare(stage, "staging", "PUT", "/secrets", secret)


def run_hint(stage: Stage, ran: Ran) -> str:
    """Paste the `npx wrangler` command of a hint; return it."""
    before, npx, command = ran.err.rpartition("npx wrangler ")
    assert npx, before
    line = command.partition("\n")[0].partition(" (it makes")[0]
    words = shlex.split(line.replace("NAME", "EXTRA"))
    Wrangler(stage.project.root, stage.edge.api, token(ONE)).ok(*words, stdin="value")
    return " ".join(["wrangler", *words])


def deploy(stage: Stage, *more: str) -> Ran:
    """Deploy, though nothing may have changed."""
    return stage.deploy(ONE, "staging", *API, *more)


def test_first_deploy_names_its_missing_secret_and_resumes(
    fresh: Stage,
) -> None:
    """R13, R14."""
    require(fresh, "UPSTREAM_TOKEN")
    writes = fresh.writes()
    refused = deploy(fresh)
    assert refused.code == 4, refused.said
    assert f"{SCRIPT} has no secret UPSTREAM_TOKEN" in refused.err
    assert fresh.writes() == writes
    assert "wrangler secret put UPSTREAM_TOKEN " in run_hint(fresh, refused)
    planned = fresh.project.run("plan", *TARGETS, "--bundle", str(fresh.bundle))
    assert "first upload: " in planned.out
    assert "not deployed by edgefleet" not in planned.out
    made = deploy(fresh)
    assert made.code == 0, made.said
    assert "migrations are pending" not in made.err
    (secret,) = cloudflare(fresh, "staging", "GET", "/secrets")
    assert secret["name"] == "UPSTREAM_TOKEN"


def test_a_failed_first_deploy_over_a_draft_says_what_is_left(fresh: Stage) -> None:
    """R13."""
    require(fresh, "UPSTREAM_TOKEN")
    run_hint(fresh, deploy(fresh))
    with fresh.edge.faults({**UNHEALTHY, "times": None}):
        failed = deploy(fresh, "--health-timeout", "1")
    assert failed.code == 7, failed.said
    assert "the draft script was removed, with its secrets" in failed.err
    again = deploy(fresh)
    assert again.code == 4, again.said


def test_a_missing_secret_stops_a_deploy_before_its_upload(fresh: Stage) -> None:
    """R14."""
    assert deploy(fresh).code == 0
    require(fresh, "UPSTREAM_TOKEN")
    writes = fresh.writes()
    refused = deploy(fresh)
    assert refused.code == 4, refused.said
    assert fresh.writes() == writes
    assert "wrangler secret put UPSTREAM_TOKEN " in run_hint(fresh, refused)
    assert deploy(fresh).code == 0


def test_secret_is_set_as_the_message_says_after_a_canary(fresh: Stage) -> None:
    """R14."""
    assert deploy(fresh).code == 0
    with fresh.edge.faults({**UNHEALTHY, "times": None}):
        failed = deploy(fresh, "--health-timeout", "1")
    assert failed.code == 7, failed.said
    assert "wrangler versions secret put EXTRA " in run_hint(fresh, failed)
    require(fresh, "EXTRA")
    ran = deploy(fresh)
    assert ran.code == 0, ran.said
    (secret,) = cloudflare(fresh, "staging", "GET", "/secrets")
    assert secret["name"] == "EXTRA"


def test_secrets_that_an_upload_gains_or_loses_are_named(fresh: Stage) -> None:
    """R15."""
    assert deploy(fresh).code == 0
    put(fresh, "BAR")
    live = cloudflare(fresh, "staging", "GET", "/deployments")["deployments"][0]["versions"]
    put(fresh, "FOO")
    cloudflare(fresh, "staging", "DELETE", "/secrets/BAR")
    body = {"strategy": "percentage", "versions": live, "annotations": {}}
    cloudflare(fresh, "staging", "POST", "/deployments?force=true", body)
    require(fresh)
    ran = deploy(fresh)
    assert ran.code == 0, ran.said
    for words in (
        "secret BAR is set, and requiredSecrets does not name it",
        "the next upload would gain FOO against the live version",
        "the next upload would lose BAR against the live version",
        "a rollback to what is live would need --allow-changed-secrets then (error 10220)",
    ):
        assert f"note: {words}" in ran.err
    plan = fresh.project.records()[-1]["plan"]
    assert (plan["gained_secrets"], plan["lost_secrets"]) == (["FOO"], ["BAR"])


def test_a_secret_that_is_not_declared_is_drift(fresh: Stage) -> None:
    """A6.7."""
    assert deploy(fresh).code == 0
    put(fresh, "SNEAKY")
    planned = fresh.project.run("plan", *TARGETS, "--bundle", str(fresh.bundle))
    assert "note: secret SNEAKY is set, and requiredSecrets does not name it" in planned.out
    assert "No changes." in planned.out
    looked = fresh.project.run("drift", *TARGETS, "--format", "json")
    assert looked.code == 3, looked.said
    (drift,) = json.loads(looked.out)
    found: list[Any] = [
        (one["change"]["path"], one["severity"], one["looks_like"]) for one in drift["findings"]
    ]
    assert found == [("secrets.SNEAKY", "medium", "a secret that was set")]
    require(fresh, "SNEAKY", "LACKING")
    fresh.project.commit()
    looked = fresh.project.run("drift", *TARGETS, "--ref", "HEAD", "--format", "json")
    (drift,) = json.loads(looked.out)
    assert ("secrets.LACKING", "high") in [
        (one["change"]["path"], one["severity"]) for one in drift["findings"]
    ]
