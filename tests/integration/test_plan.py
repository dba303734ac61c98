"""`edgefleet plan` against what really runs."""

import json
from typing import Any

import requests

from integration.conftest import TENANTS, Stage, token

ONE, OTHER = TENANTS


def plan(stage: Stage, *more: str, tenant: str = ONE) -> dict[str, Any]:
    """Return the plan of one target."""
    target = ("--tenant", tenant, "--env", "staging", "--bundle", str(stage.bundle))
    ran = stage.project.run("plan", *target, "--format", "json", *more)
    (found,) = json.loads(ran.out)
    assert isinstance(found, dict)
    return found


def changes(stage: Stage) -> dict[str, str]:
    """Return what kind of change each path has."""
    return {change["path"]: change["kind"] for change in plan(stage)["changes"]}


def edit(stage: Stage, method: str, path: str, **body: Any) -> None:
    """Change something behind edgefleet's back."""
    account = stage.project.wrangler(ONE)["account_id"]
    url = f"{stage.edge.api}/accounts/{account}/workers/scripts/bluey-ai-worker-staging/{path}"
    answer = requests.request(
        method,
        url.rstrip("/"),
        headers={"Authorization": f"Bearer {token(ONE)}"},
        timeout=30,
        **body,
    )
    assert answer.ok, answer.text


def test_a_target_that_does_not_exist_is_all_additions(stage: Stage) -> None:
    found = plan(stage, tenant=OTHER)
    assert found["course"] == "first upload"
    assert {change["kind"] for change in found["changes"]} == {"added"}
    paths = {change["path"] for change in found["changes"]}
    assert {"modules.index.js", "bindings.CHAT_SESSION", "vars.MODEL_ID", "crons"} <= paths


def test_after_a_deploy_there_is_nothing_to_do(stage: Stage) -> None:
    for engine in ("wrangler", "api"):
        assert stage.deploy(ONE, "staging", "--engine", engine).code == 0
        ran = stage.project.run(
            "plan",
            "--tenant",
            ONE,
            "--env",
            "staging",
            "--exit-code",
            "--bundle",
            str(stage.bundle),
        )
        assert ran.code == 0, ran.said
        assert ran.out.splitlines()[-1].strip() == "No changes."


def test_each_edit_of_the_files_is_found_and_nothing_else(stage: Stage) -> None:
    folder = stage.project.root / "tenants" / ONE
    before = {file: file.read_text() for file in folder.iterdir()}
    wrangler, config = folder / "wrangler.jsonc", folder / "tenant.config.json"
    wrangler.write_text(
        before[wrangler]
        .replace('"LOG_LEVEL": "debug"', '"LOG_LEVEL": "warn"')
        .replace("17 3", "18 3")
    )
    config.write_text(before[config].replace('"burst": 20', '"burst": 21'))
    try:
        found = changes(stage)
        text = stage.project.run(
            "plan",
            "--tenant",
            ONE,
            "--env",
            "staging",
            "--exit-code",
            "--bundle",
            str(stage.bundle),
        )
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


def test_a_code_edit_behind_our_back_is_seen_in_the_content_itself(stage: Stage) -> None:
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
        ran = stage.project.run(
            "plan", "--tenant", ONE, "--env", "staging", "--bundle", str(stage.bundle)
        )
    assert ran.code == 6
    assert "No changes" not in ran.said
