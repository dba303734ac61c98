"""`edgefleet plan` against what really runs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyjson5
import pytest
import requests

from integration.conftest import TENANTS, Stage, token
from support.project import Ran

ONE, OTHER = TENANTS
ENGINES = ("wrangler", "api")
IN_CLEAR = f"sk-{'q8Zr2Lw9' * 4}"
"""A secret that was set as a plain variable."""


@pytest.fixture(scope="module")
def stage(quick_stage: Stage) -> Stage:
    """Run no Worker: all here is about what is deployed."""
    return quick_stage


def plan(stage: Stage, *more: str, tenant: str = ONE) -> dict[str, Any]:
    """Return the plan of one target."""
    target = ("--tenants", tenant, "--env", "staging", "--bundle", str(stage.bundle))
    ran = stage.project.run("plan", *target, "--format", "json", *more)
    (found,) = json.loads(ran.out)
    assert isinstance(found, dict)
    return found


def told(stage: Stage, *more: str, tenant: str = ONE) -> Ran:
    """Return the plan in words, and whether there is anything to do as exit code."""
    target = ("--tenants", tenant, "--env", "staging", "--bundle", str(stage.bundle))
    return stage.project.run("plan", *target, "--exit-code", *more)


def changes(stage: Stage) -> dict[str, str]:
    """Return what kind of change each path has."""
    return {change["path"]: change["kind"] for change in plan(stage)["changes"]}


def call(stage: Stage, method: str, path: str, **body: Any) -> Any:
    """Ask the API directly; return the result."""
    url = stage.edge.api + path
    headers = {"Authorization": f"Bearer {token(ONE)}"}
    answer = requests.request(method, url, headers=headers, timeout=30, **body)
    assert answer.ok, answer.text
    return answer.json()["result"]


def edit(stage: Stage, method: str, path: str, **body: Any) -> Any:
    """Change something of the script behind edgefleet's back, or look at it."""
    account = stage.project.wrangler(ONE)["account_id"]
    script = f"/accounts/{account}/workers/scripts/bluey-ai-worker-staging/{path}"
    return call(stage, method, script.rstrip("/"), **body)


@contextmanager
def rewritten(stage: Stage, name: str = "wrangler.jsonc") -> Iterator[dict[str, Any]]:
    """Give a file of the tenant, parsed; restore it in the end."""
    file = stage.project.root / "tenants" / ONE / name
    before = file.read_text()
    whole = name == "wrangler.jsonc"
    try:
        yield stage.project.wrangler(ONE) if whole else pyjson5.loads(before)
    finally:
        file.write_text(before)


def write(stage: Stage, parsed: dict[str, Any], name: str = "wrangler.jsonc") -> None:
    """Write a tenant's file."""
    (stage.project.root / "tenants" / ONE / name).write_text(json.dumps(parsed))


def live_version(stage: Stage) -> str:
    """Return the version that gets most of the traffic."""
    shares = edit(stage, "GET", "deployments")["deployments"][0]["versions"]
    return str(max(shares, key=lambda share: float(share["percentage"]))["version_id"])


def split(stage: Stage, shares: dict[str, int]) -> None:
    """Give versions their shares of the traffic, as a colleague would."""
    versions = [{"version_id": one, "percentage": share} for one, share in shares.items()]
    edit(stage, "POST", "deployments", json={"strategy": "percentage", "versions": versions})


def test_a_target_that_does_not_exist_is_all_additions(stage: Stage) -> None:
    found = plan(stage, tenant=OTHER)
    assert found["course"] == "first upload"
    assert {change["kind"] for change in found["changes"]} == {"added"}
    paths = {change["path"] for change in found["changes"]}
    assert {"modules.index.js", "bindings.CHAT_SESSION", "vars.MODEL_ID", "crons"} <= paths


def test_after_a_deploy_there_is_nothing_to_do(stage: Stage) -> None:
    """Each engine deploys one of them; the settings of the other engine's are compared below."""
    for tenant, engine in zip(TENANTS, reversed(ENGINES), strict=True):
        assert stage.deploy(tenant, "staging", "--engine", engine).code == 0
    ran = told(stage, tenant="all")
    assert ran.code == 0, ran.said
    assert [line.strip() for line in ran.out.splitlines()] == [
        "2 targets: mrrainbowsmoke-staging, rainbowsmokeofficial-staging",
        "No changes.",
    ]


def test_each_edit_of_the_files_is_found_and_nothing_else(stage: Stage) -> None:
    folder = stage.project.root / "tenants" / ONE
    before = {file: file.read_text() for file in folder.iterdir()}
    config = folder / "tenant.config.json"
    stage.project.overlay(ONE, vars={"LOG_LEVEL": "warn"}, triggers={"crons": ["18 3 * * *"]})
    config.write_text(before[config].replace('"burst": 20', '"burst": 21'))
    try:
        found = changes(stage)
        text = told(stage)
    finally:
        for file, content in before.items():
            file.write_text(content)
    assert found == {
        "vars.LOG_LEVEL": "changed",
        "vars.TENANT_CONFIG.rateLimit.burst": "changed",
        "crons": "changed",
    }
    assert text.code == 3
    assert '~ vars.LOG_LEVEL: "debug" -> "warn"' in text.out
    assert "Plan: 0 to add, 3 to change, 0 to remove." in text.out


def test_each_edit_behind_our_back_is_found_and_taken_back(stage: Stage) -> None:
    edit(stage, "PUT", "schedules", json=[{"cron": "1 1 * * *"}])
    edit(stage, "POST", "subdomain", json={"enabled": True, "previews_enabled": True})
    edit(stage, "PATCH", "script-settings", json={"logpush": True})
    assert changes(stage) == {"crons": "changed", "previews": "changed", "logpush": "changed"}
    found = plan(stage)
    assert found["course"] == "settings"
    writes = len(stage.writes())
    ran = stage.deploy_changes(ONE, "staging")
    assert ran.code == 0, ran.said
    assert not [write for write in stage.writes()[writes:] if "versions" in write]
    assert changes(stage) == {}


def test_each_setting_is_found_and_set_by_both_engines(stage: Stage) -> None:
    with rewritten(stage) as wrangler:
        wrangler |= {
            "compatibility_date": "2026-01-20",
            "compatibility_flags": ["nodejs_compat", "global_fetch_strictly_public"],
            "limits": {"cpu_ms": 50},
            "placement": {"region": "aws:us-east-1"},
            "observability": {"enabled": True, "logs": {"invocation_logs": False}},
            "logpush": True,
        }
        staging = wrangler["env"]["staging"]
        (elsewhere,) = (
            item["id"]
            for item in wrangler["env"]["production"]["kv_namespaces"]
            if item["binding"] == "CACHE"
        )
        (cache,) = (item for item in staging["kv_namespaces"] if item["binding"] == "CACHE")
        cache["id"] = elsewhere
        staging["vars"]["MAX_REQUEST_BODY_SIZE"] = "2097152"
        staging["analytics_engine_datasets"] = [{"binding": "EVENTS", "dataset": "events"}]
        staging["tail_consumers"] = [{"service": "bluey-ai-worker-staging"}]
        write(stage, wrangler)
        expected = {
            "bindings.CACHE": "changed",
            "bindings.EVENTS": "added",
            "compatibility_date": "changed",
            "compatibility_flags": "added",
            "limits": "added",
            "logpush": "changed",
            "observability.logs.invocation_logs": "changed",
            "placement": "added",
            "tail_consumers": "added",
            "vars.MAX_REQUEST_BODY_SIZE": "changed",
        }
        assert changes(stage) == expected
        assert stage.deploy_changes(ONE, "staging", "--engine", "wrangler").code == 0
        assert changes(stage) == {}
    back = {path: kind.replace("added", "removed") for path, kind in expected.items()}
    assert changes(stage) == back
    assert stage.deploy_changes(ONE, "staging", "--engine", "api").code == 0
    assert changes(stage) == {}


def test_routes_and_custom_domains_are_compared_with_their_zones(stage: Stage) -> None:
    account = stage.project.wrangler(ONE)["account_id"]
    call(stage, "POST", "/zones", json={"name": "shop.example", "account": {"id": account}})
    try:
        with rewritten(stage) as wrangler:
            wrangler["env"]["staging"]["routes"] = [
                "*shop.example/*",
                {"pattern": "ai.shop.example", "custom_domain": True},
            ]
            write(stage, wrangler)
            assert changes(stage) == {"domains": "added", "routes": "added"}
            assert stage.deploy_changes(ONE, "staging").code == 0
            assert changes(stage) == {}
            other = [{"pattern": "other.shop.example/*", "zone_name": "shop.example"}]
            edit(stage, "PUT", "routes", json=other)
            edit(stage, "PUT", "domains/records", json={"origins": []})
            found = plan(stage)
            assert {one["path"]: one["before"] for one in found["changes"]} == {
                "domains": None,
                "routes": ["other.shop.example/*"],
            }
            assert found["course"] == "settings"
            assert stage.deploy_changes(ONE, "staging").code == 0
        # Where the file names none any more, the last ones go too.
        assert changes(stage) == {"domains": "removed", "routes": "removed"}
        assert stage.deploy_changes(ONE, "staging").code == 0
        assert changes(stage) == {}
    finally:
        edit(stage, "PUT", "routes", json=[])
        edit(stage, "PUT", "domains/records", json={"origins": []})


def test_foreign_version_is_compared_by_its_share(
    stage: Stage,
) -> None:
    ours = live_version(stage)
    kept = [
        {"type": item["type"], "name": item["name"]}
        for item in edit(stage, "GET", "settings")["bindings"]
        if item["name"] != "LOG_LEVEL"
    ]
    theirs: dict[str, Any] = {
        "bindings": [
            *kept,
            {"type": "plain_text", "name": "LOG_LEVEL", "text": "error"},
            {"type": "plain_text", "name": "SNEAKY_KEY", "text": IN_CLEAR},
        ],
        "limits": {"cpu_ms": 10},
        "placement": {"mode": "smart"},
    }
    edit(stage, "PATCH", "settings", files={"settings": (None, json.dumps(theirs))})
    made = {
        "limits": "removed",
        "placement": "removed",
        "vars.LOG_LEVEL": "changed",
        "vars.SNEAKY_KEY": "removed",
    }
    assert changes(stage) == made
    version = live_version(stage)
    split(stage, {ours: 90, version: 10})
    assert changes(stage) == {"traffic": "changed"}
    split(stage, {ours: 10, version: 90})
    assert changes(stage) == {"traffic": "changed", **made}
    assert stage.deploy_changes(ONE, "staging").code == 9
    assert stage.deploy_changes(ONE, "staging", "--replace-split").code == 0
    recorded = stage.project.records()[-1]["plan"]["changes"]
    assert {one["path"]: one["before"] for one in recorded}["vars.SNEAKY_KEY"] == "[redacted]"
    assert changes(stage) == {}


def test_secrets_are_told_by_name_and_are_no_changes(stage: Stage) -> None:
    value = "canary-secret-value-9d1c"
    with rewritten(stage, "tenant.config.json") as config:
        config["requiredSecrets"] = ["PAYMENT_KEY"]
        write(stage, config, "tenant.config.json")
        before = plan(stage)
        assert before["missing_secrets"] == ["PAYMENT_KEY"]
        assert stage.deploy_changes(ONE, "staging").code == 0
        assert "PAYMENT_KEY is not set" in told(stage).out
        assert told(stage).code == 0
        for name in ("PAYMENT_KEY", "NOT_REQUIRED"):
            secret = {"type": "secret_text", "name": name, "text": value}
            edit(stage, "PUT", "secrets", json=secret)
        after = plan(stage)
    assert after["missing_secrets"] == []
    assert after["changes"] == []
    assert value not in "".join(stage.project.printed)


def test_foreign_code_edit_shows_in_the_content(stage: Stage) -> None:
    code = "export class ChatSession {}\nexport class RateLimiter {}\nexport default {fetch() {}};"
    metadata = {
        "main_module": "index.js",
        "compatibility_date": "2026-01-15",
        "bindings": [{"type": "plain_text", "name": "SNEAKY", "text": "1"}],
    }
    files = [
        ("metadata", (None, json.dumps(metadata))),
        ("index.js", ("index.js", code, "application/javascript+module")),
    ]
    edit(stage, "PUT", "", files=files)
    found = changes(stage)
    assert found["modules.index.js"] == "changed"
    assert found["vars.SNEAKY"] == "removed"
    assert found["bindings.CHAT_SESSION"] == "added"
    assert stage.deploy_changes(ONE, "staging").code == 0
    assert changes(stage) == {}


def test_when_it_cannot_look_it_does_not_say_no_changes(stage: Stage) -> None:
    fault = {"method": "GET", "path": "*/content/v2*", "kind": "status", "status": 500, "times": 9}
    with stage.edge.faults(fault):
        ran = told(stage, "--no-cache")
    assert ran.code == 6
    assert "No changes" not in ran.said


def test_a_target_that_cannot_be_read_does_not_hide_the_others(stage: Stage) -> None:
    wrong = {f"CLOUDFLARE_API_TOKEN_{ONE.upper()}": "not-a-token-of-anyone"}
    target = ("--tenants", "all", "--env", "staging", "--bundle", str(stage.bundle))
    ran = stage.project.run("plan", *target, "--format", "json", **wrong)
    assert ran.code == 5
    assert f"{ONE}-staging: could not check:" in ran.err
    seen, unseen = json.loads(ran.out)
    assert (seen["target"]["tenant"], unseen["target"]["tenant"]) == (OTHER, ONE)
    assert unseen["error"]["exit_code"] == 5


def test_missing_bucket_is_named_and_not_created(stage: Stage) -> None:
    """R24: wrangler by itself would create it, empty."""
    with rewritten(stage) as wrangler:
        files = [{"binding": "FILES", "bucket_name": "acme-flies"}]
        wrangler["env"]["staging"]["r2_buckets"] = files
        write(stage, wrangler)
        assert "! the account has no R2 bucket 'acme-flies'" in told(stage).out
        before = len(stage.writes())
        for engine in ENGINES:
            ran = stage.deploy_changes(ONE, "staging", "--engine", engine)
            assert ran.code == 4, ran.said
            assert "has no R2 bucket 'acme-flies': nothing was uploaded" in ran.err
            assert f"edgefleet validate --remote --tenants {ONE} --env staging" in ran.err
        assert stage.writes()[before:] == []
