"""`edgefleet rollback`, with the real wrangler's uploads and the real Workers runtime."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from integration.conftest import TENANTS, Stage, token
from integration.test_deploy import UNHEALTHY
from support.bundles import broken_bundle
from support.project import Ran

ONE, OTHER = TENANTS
TARGETS = ("--tenants", ONE, "--env", "staging")
SCRIPT = "bluey-ai-worker-staging"


@pytest.fixture(scope="module")
def stage(quick_stage: Stage) -> Stage:
    """Run no Worker: all here is about what is deployed."""
    return quick_stage


def call(stage: Stage, method: str, path: str, **body: Any) -> Any:
    """Use Cloudflare's API on the script, behind edgefleet's back."""
    account = stage.project.wrangler(ONE)["account_id"]
    url = f"{stage.edge.api}/accounts/{account}/{path}"
    headers = {"Authorization": f"Bearer {token(ONE)}"}
    answer = requests.request(method, url, headers=headers, timeout=30, **body)
    assert answer.ok, answer.text
    return answer.json()["result"]


def script(stage: Stage, method: str, path: str, **body: Any) -> Any:
    return call(stage, method, f"workers/scripts/{SCRIPT}/{path}", **body)


def live(stage: Stage) -> list[tuple[str, float]]:
    newest = script(stage, "GET", "deployments")["deployments"][0]
    return [(share["version_id"], share["percentage"]) for share in newest["versions"]]


def only(version: str) -> list[tuple[str, float]]:
    return [(version, 100)]


def rollback(stage: Stage, *more: str) -> Ran:
    return stage.project.run("rollback", *TARGETS, *more)


def last(stage: Stage) -> dict[str, Any]:
    return stage.project.records()[-1]


def deploy(stage: Stage, *more: str) -> str:
    ran = stage.deploy(ONE, "staging", "--engine", "api", *more)
    assert ran.code == 0, ran.said
    return str(last(stage)["version_id"])


@pytest.fixture(autouse=True)
def fresh(stage: Stage) -> Iterator[None]:
    """Begin each test without records, and with the files as they were committed."""
    for record in (stage.project.root / "deployments").glob("*.json"):
        record.unlink()
    yield
    stage.edge.clear_faults()


@pytest.fixture(scope="module")
def deployed(stage: Stage) -> dict[str, str]:
    """Deploy three times; return the version and the record's text of each."""
    versions = [deploy(stage) for _ in range(3)]
    records = stage.project.records()[-3:]
    return dict(zip(versions, map(json.dumps, records), strict=True))


@pytest.fixture
def three(stage: Stage, deployed: dict[str, str], fresh: None) -> list[str]:
    """Make the last of three deploys live again, with nothing else on record."""
    versions = list(deployed)
    for number, record in enumerate(deployed.values()):
        path = stage.project.root / "deployments" / f"{ONE}-staging-20200101T00000{number}Z.json"
        path.write_text(record)
    if live(stage) != only(versions[-1]):
        share = {"version_id": versions[-1], "percentage": 100}
        body = {"strategy": "percentage", "versions": [share]}
        script(stage, "POST", "deployments?force=true", json=body)
    return versions


def test_second_rollback_goes_further_back(stage: Stage, three: list[str]) -> None:
    first, second, third = three
    ran = rollback(stage, "--reason", "checkout is broken")
    assert ran.code == 0, ran.said
    assert live(stage) == only(second)
    record = last(stage)
    assert (record["action"], record["status"]) == ("rollback", "succeeded")
    assert (record["version_id"], record["previous_version_id"]) == (second, third)
    assert record["reason"] == "checkout is broken"
    assert record["health"]["version_id"] == second
    phases = ["validate", "credentials", "lock", "plan", "canary", "traffic", "health", "settings"]
    assert list(record["seconds"]) == phases
    annotations = script(stage, "GET", "deployments")["deployments"][0]["annotations"]
    assert annotations["workers/message"].endswith(": checkout is broken")
    assert rollback(stage).code == 0
    assert live(stage) == only(first)


def test_after_a_rollback_a_new_deploy_returns_to_the_good_one(
    stage: Stage, three: list[str]
) -> None:
    assert rollback(stage).code == 0
    deploy(stage)
    assert rollback(stage).code == 0
    assert live(stage) == only(three[1])


def test_secret_left_behind_is_named_then_refused(stage: Stage, three: list[str]) -> None:
    ran = rollback(stage, "--to", three[0])
    assert ran.code == 0, ran.said
    assert "the data in KV, D1, Durable Objects, Vectorize stays as it is now" in ran.err
    assert "will not be live" in ran.err
    with pytest.raises(AssertionError, match="10215"):
        script(stage, "PUT", "secrets", json={"name": "K", "text": "v", "type": "secret_text"})


@contextmanager
def edited(stage: Stage, old: str = "", new: str = "", **keys: Any) -> Iterator[None]:
    """Commit an edit of the tenant's wrangler file, for the time of a block."""
    file = stage.project.root / "tenants" / ONE / "wrangler.jsonc"
    before = stage.project.overlay(ONE, **keys)
    file.write_text(file.read_text().replace(old, new) if old else file.read_text())
    stage.project.commit()
    try:
        yield
    finally:
        file.write_text(before)
        stage.project.commit()


def crons(stage: Stage) -> list[str]:
    return [one["cron"] for one in script(stage, "GET", "schedules")["schedules"]]


def test_the_triggers_of_the_versions_commit_come_back(stage: Stage) -> None:
    first = deploy(stage)
    before = crons(stage)
    with (
        edited(stage, triggers={"crons": ["18 3 * * *"]}),
        edited(stage, vars={"LOG_LEVEL": "warn"}),
    ):
        deploy(stage)
        assert crons(stage) != before
        ran = rollback(stage)
    assert ran.code == 0, ran.said
    assert live(stage) == only(first)
    assert crons(stage) == before
    assert "triggers and settings are those of commit" in ran.err


def test_unrecorded_version_keeps_the_settings(stage: Stage) -> None:
    deploy(stage)
    secret = {"name": "LATER", "text": "v", "type": "secret_text"}
    script(stage, "PUT", "secrets", json=secret)
    by_hand = live(stage)[0][0]
    deploy(stage)
    ran = rollback(stage, "--to", by_hand)
    assert ran.code == 0, ran.said
    assert "triggers and settings stay as they are: no commit is known" in ran.err
    assert "settings" not in last(stage)["seconds"]
    assert live(stage) == only(by_hand)
    seen = stage.project.run("drift", "--tenants", ONE, "--env", "staging")
    assert "is of no known commit: the working tree stands for it" in seen.said
    deploy(stage)
    script(stage, "DELETE", "secrets/LATER")


def test_cloudflares_history_is_used_without_records(stage: Stage) -> None:
    first, _ = deploy(stage), deploy(stage)
    for record in (stage.project.root / "deployments").glob("*.json"):
        record.unlink()
    ran = rollback(stage)
    assert ran.code == 0, ran.said
    assert "by Cloudflare's history it was live before" in ran.err
    assert live(stage) == only(first)


def test_a_dry_run_names_the_version_and_touches_nothing(stage: Stage, three: list[str]) -> None:
    records, writes = stage.project.records(), stage.writes()
    ran = rollback(stage, "--dry-run", "--format", "json")
    assert ran.code == 0, ran.said
    way = json.loads(ran.out)
    assert (way["version_id"], way["live_version_id"]) == (three[1], three[2])
    text = rollback(stage, "--dry-run").out
    assert f"from version {three[2]} to version {three[1]}; nothing was sent" in text
    assert (stage.project.records(), stage.writes()) == (records, writes)


def test_the_live_version_is_no_work(stage: Stage, three: list[str]) -> None:
    writes = stage.writes()
    ran = rollback(stage, "--to", three[2])
    assert (ran.code, stage.writes()) == (0, writes)
    assert last(stage)["status"] == "unchanged"


@pytest.mark.parametrize("to", ["00000000-0000-4000-8000-000000000000", "no-such-branch"])
def test_what_does_not_exist_is_a_clear_error(stage: Stage, three: list[str], to: str) -> None:
    writes = stage.writes()
    ran = rollback(stage, "--to", to)
    assert (ran.code, stage.writes()) == (2, writes)
    assert to in ran.err
    assert "-> " in ran.err
    assert live(stage) == only(three[2])


def test_never_deployed_target_has_no_rollback(stage: Stage) -> None:
    ran = stage.project.run("rollback", "--tenants", OTHER, "--env", "production")
    assert ran.code == 2
    assert "is not deployed" in ran.err


def test_secrets_that_came_since_are_named_and_need_a_yes(stage: Stage) -> None:
    old = deploy(stage)
    script(stage, "PUT", "secrets", json={"name": "NEWER", "text": "v", "type": "secret_text"})
    before = live(stage)
    writes = stage.writes()
    refused = rollback(stage, "--to", old)
    assert (refused.code, stage.writes()) == (2, writes)
    assert "secrets were added or removed since: NEWER" in refused.err
    assert "--allow-changed-secrets" in refused.err
    assert live(stage) == before
    accepted = rollback(stage, "--to", old, "--allow-changed-secrets")
    assert accepted.code == 0, accepted.said
    assert live(stage) == only(old)
    deploy(stage)


def test_a_secret_with_another_value_is_named_by_cloudflare(stage: Stage) -> None:
    deploy(stage)
    script(stage, "PUT", "secrets", json={"name": "SAME", "text": "v", "type": "secret_text"})
    old = deploy(stage)
    script(stage, "PUT", "secrets", json={"name": "SAME", "text": "w", "type": "secret_text"})
    before = live(stage)
    refused = rollback(stage, "--to", old)
    assert refused.code == 2, refused.said
    assert "The following secrets have changed: SAME" in refused.err
    assert "nothing was changed" in refused.err
    assert f"--to {old} --allow-changed-secrets" in refused.err
    assert "secrets were set 1 time(s) since" in refused.err
    assert live(stage) == before
    assert last(stage)["status"] == "failed"
    assert rollback(stage, "--to", old, "--allow-changed-secrets").code == 0
    assert live(stage) == only(old)
    deploy(stage)


def test_missing_resource_stops_a_rollback_untouched(stage: Stage) -> None:
    cache = str(stage.project.wrangler(ONE)["env"]["staging"]["kv_namespaces"][-1]["id"])
    made = call(stage, "POST", "storage/kv/namespaces", json={"title": "soon-gone"})["id"]
    with edited(stage, cache, made):
        old = deploy(stage)
    now = deploy(stage)
    call(stage, "DELETE", f"storage/kv/namespaces/{made}")
    script(stage, "PUT", "secrets", json={"name": "NEWEST", "text": "v", "type": "secret_text"})
    writes = stage.writes()
    ran = rollback(stage, "--to", old)
    assert (ran.code, stage.writes()) == (6, writes)
    assert f"  - its binding CACHE needs the KV namespace '{made}', which is gone" in ran.err
    assert "  - secrets were added or removed since: NEWEST" in ran.err
    assert "nothing was touched" in ran.err
    assert old != now
    deploy(stage)


def test_a_version_that_is_unhealthy_now_never_gets_a_visitor(
    serving_stage: Stage, tmp_path: Path
) -> None:
    good = deploy(serving_stage)
    bad = broken_bundle(serving_stage.bundle, tmp_path, UNHEALTHY)
    failed = serving_stage.deploy(
        ONE, "staging", "--engine", "api", "--bundle", str(bad), "--health-timeout", "2"
    )
    assert failed.code == 7
    version = last(serving_stage)["version_id"]
    ran = rollback(serving_stage, "--to", version, "--health-timeout", "2")
    assert ran.code == 7, ran.said
    assert f"version {good} is live again" in ran.err
    assert last(serving_stage)["status"] == "restored"
    assert live(serving_stage) == only(good)


@pytest.mark.parametrize("kind", ["drop_after", "malformed"])
def test_a_lost_answer_is_no_failure(stage: Stage, three: list[str], kind: str) -> None:
    with stage.edge.faults({"method": "POST", "path": "*/deployments", "kind": kind, "times": 1}):
        ran = rollback(stage)
    assert ran.code == 0, ran.said
    assert live(stage) == only(three[1])


def test_when_cloudflare_fails_the_live_version_stays(stage: Stage, three: list[str]) -> None:
    script(stage, "PUT", "schedules", json=[{"cron": "2 2 * * *"}])
    fault = {"method": "PUT", "path": "*/schedules", "kind": "status", "status": 500, "times": 8}
    with stage.edge.faults(fault):
        ran = rollback(stage)
    assert ran.code == 6, ran.said
    assert last(stage)["status"] == "restored"
    assert live(stage) == only(three[2])


def test_rollback_to_a_commit_builds_and_records(stage: Stage) -> None:
    deploy(stage)
    with edited(stage, vars={"LOG_LEVEL": "warn"}):
        bad = deploy(stage)
        ran = rollback(stage, "--to", "HEAD~1", "--reason", "too quiet")
    assert ran.code == 0, ran.said
    record = last(stage)
    assert (record["action"], record["status"]) == ("rollback", "succeeded")
    assert (record["previous_version_id"], record["reason"]) == (bad, "too quiet")
    assert record["version_id"] != bad
    found = script(stage, "GET", f"versions/{record['version_id']}")["resources"]["bindings"]
    assert [one["text"] for one in found if one["name"] == "LOG_LEVEL"] == ["debug"]


def test_rollback_to_a_commit_takes_what_another_job_built(stage: Stage) -> None:
    deploy(stage)
    with edited(stage, vars={"LOG_LEVEL": "warn"}):
        bad = deploy(stage)
        digest, folder = stage.project.run("build", "--ref", "HEAD~1").out.split()
        given = ("--to", "HEAD~1", "--engine", "api", "--bundle", folder)

        def returned(*more: str) -> Ran:
            return stage.project.run("rollback", *TARGETS, *more, EDGEFLEET_BUILD="never")

        refused = returned("--to", "HEAD~1")
        other = returned(*given, "--expect-digest", "0" * 64)
        version = returned("--to", bad, "--engine", "api")
        ran = returned(*given, "--expect-digest", digest)
    assert (refused.code, other.code, version.code) == (2, 4, 2)
    assert "EDGEFLEET_BUILD=never: nothing is built where a token is" in refused.err
    assert "go with --to GIT_REF" in version.err
    assert ran.code == 0, ran.said
    record = last(stage)
    assert (record["previous_version_id"], record["bundle_digest"]) == (bad, digest[7:])
