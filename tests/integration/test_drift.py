"""`edgefleet drift` against what really runs: found, named, repaired."""

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest

from integration.conftest import TENANTS, Stage
from integration.test_plan import edit, live_version
from support.project import Ran

ONE = TENANTS[0]
TARGET = ("--tenant", ONE, "--env", "staging")
TARGETS = ("--tenants", ONE, "--env", "staging")
CODE = "export class ChatSession {}\nexport class RateLimiter {}\nexport default {fetch() {}};"
METADATA = {
    "main_module": "index.js",
    "compatibility_date": "2026-01-15",
    "bindings": [{"type": "plain_text", "name": "SNEAKY", "text": "1"}],
}


@pytest.fixture(scope="module")
def stage(quick_stage: Stage) -> Stage:
    """Run no Worker: all here is about what is deployed."""
    return quick_stage


@pytest.fixture(scope="module", autouse=True)
def deployed(stage: Stage) -> None:
    """Deploy the commit that is checked out, as a user does: built, not from a stored bundle."""
    ran = stage.project.run("deploy", *TARGET, "--engine", "api")
    assert ran.code == 0, ran.said


def drift(stage: Stage, *more: str) -> Ran:
    """Look, and where nothing is repaired look with and without what earlier looks have kept."""
    ran = stage.project.run("drift", *TARGETS, *more)
    if "--repair" not in more:
        cold = stage.project.run("drift", *TARGETS, "--no-cache", *more)
        assert (cold.code, cold.out) == (ran.code, ran.out)
    return ran


def found(stage: Stage) -> dict[str, Any]:
    (one,) = json.loads(drift(stage, "--format", "json").out)
    assert isinstance(one, dict)
    return one


def paths(stage: Stage) -> set[str]:
    return {finding["change"]["path"] for finding in found(stage)["findings"]}


def test_what_was_just_deployed_is_in_sync(stage: Stage) -> None:
    ran = drift(stage)
    assert ran.code == 0, ran.said
    assert f"{ONE}-staging: in sync with commit" in ran.out


def test_a_look_beside_a_token_builds_nothing(stage: Stage) -> None:
    project = stage.project
    commit = project.records()[-1]["git_commit"]
    digest = json.loads(project.run("build", "--ref", "HEAD", "--format", "json").out)["digest"]

    def look(built: str, *more: str) -> Ran:
        given = ("--built", built, *more)
        return project.run("drift", *TARGETS, *given, EDGEFLEET_BUILD="never")

    assert look(f"{commit}={digest}").code == 0
    other = look(f"{'0' * 40}={digest}", "--format", "json")
    (entry,) = json.loads(other.out)
    assert (other.code, entry["error"]["code"], entry["error"]["commit"]) == (
        2,
        "not-built",
        commit,
    )
    assert look(f"{commit}=failed").code == 4
    assert look(f"{commit}={'0' * 64}").code == 2
    assert "is no commit with all of its digits" in look(f"HEAD={digest}").err
    refused = project.run("drift", *TARGETS, EDGEFLEET_BUILD="never")
    assert refused.code == 2
    assert "EDGEFLEET_BUILD=never: nothing is built where a token is" in refused.err


def test_an_edit_of_the_files_is_pending_and_no_drift(stage: Stage) -> None:
    file = stage.project.root / "tenants" / ONE / "wrangler.jsonc"
    before = stage.project.overlay(ONE, vars={"LOG_LEVEL": "warn"})
    try:
        assert drift(stage).code == 0
        stage.project.commit()
        ran = drift(stage)
        assert ran.code == 0, ran.said
        assert "pending" in ran.out
        asked = drift(stage, "--ref", "HEAD")
    finally:
        file.write_text(before)
        stage.project.commit()
    assert asked.code == 3
    assert "vars.LOG_LEVEL" in asked.out


def test_each_edit_is_found_alone_and_all_are_repaired(stage: Stage) -> None:
    edit(stage, "PUT", "schedules", json=[{"cron": "1 1 * * *"}])
    assert paths(stage) == {"crons"}
    edit(stage, "PATCH", "script-settings", json={"logpush": True})
    assert paths(stage) == {"crons", "logpush"}
    files = [
        ("metadata", (None, json.dumps(METADATA))),
        ("index.js", ("index.js", CODE, "application/javascript+module")),
    ]
    edit(stage, "PUT", "", files=files)
    seen = found(stage)
    by_path = {finding["change"]["path"]: finding for finding in seen["findings"]}
    assert {"crons", "logpush", "modules.index.js", "vars.SNEAKY", "bindings.DB"} <= set(by_path)
    assert by_path["modules.index.js"]["severity"] == "high"
    assert by_path["modules.index.js"]["looks_like"] == "an API call"
    assert by_path["crons"]["severity"] == "medium"
    assert (by_path["vars.SNEAKY"]["happened"], by_path["bindings.DB"]["happened"]) == (
        "added",
        "removed",
    )
    assert seen["last_change"]["created_on"]
    repaired = drift(stage, "--repair", "--yes")
    assert repaired.code == 0, repaired.said
    assert f"{ONE}-staging: repaired: " in repaired.out
    newest = stage.project.records()[-1]
    assert newest["reason"].startswith("repair of ")
    assert paths(stage) == set()


EDITS: Sequence[tuple[str, str, dict[str, Any]]] = (
    ("PUT", "schedules", {"json": [{"cron": "2 2 * * *"}]}),
    ("PATCH", "script-settings", {"json": {"logpush": True, "observability": {"enabled": False}}}),
    ("POST", "subdomain", {"json": {"enabled": False, "previews_enabled": True}}),
)
"""Edits that make no version."""
CODE_EDIT: Any = [
    ("metadata", (None, json.dumps(METADATA))),
    ("index.js", ("index.js", CODE, "application/javascript+module")),
]


def test_a_second_look_finds_each_edit_that_the_first_found(stage: Stage) -> None:
    try:
        edit(stage, "PUT", "", files=CODE_EDIT)
        first = found(stage)
        second = found(stage)
        assert second == first
        assert {"modules.index.js", "vars.SNEAKY", "bindings.DB"} <= paths(stage)
        for method, where, body in EDITS:
            edit(stage, method, where, **body)
        edit(
            stage, "PUT", "secrets", json={"name": "SNEAKY_TOO", "text": "x", "type": "secret_text"}
        )
        more = {"crons", "logpush", "observability.enabled", "workers_dev", "previews"}
        assert {"modules.index.js", "secrets.SNEAKY_TOO", *more} <= paths(stage)
    finally:
        edit(stage, "DELETE", "secrets/SNEAKY_TOO")
        assert stage.project.run("deploy", *TARGET, "--engine", "api").code == 0
    assert paths(stage) == set()


@pytest.mark.parametrize("damage", ["truncated", "empty", "forged"])
def test_a_damaged_memory_of_a_version_hides_no_edit(stage: Stage, damage: str) -> None:
    drift(stage)
    (live,) = stage.project.root.glob(f".edgefleet/seen/*/*/{live_version(stage)}.json")
    text = live.read_text()
    texts = {"truncated": text[:200], "empty": "", "forged": text.replace('"main_module', '"x')}
    edit(stage, "PATCH", "script-settings", json={"logpush": True})
    try:
        live.write_text(texts[damage])
        ran = drift(stage)
    finally:
        edit(stage, "PATCH", "script-settings", json={"logpush": False})
    assert ran.code == 3, ran.said
    assert f"{live} cannot be used" in ran.err
    assert live.read_text() == text


def test_repair_asks_and_nobody_is_there(stage: Stage) -> None:
    ran = drift(stage, "--repair")
    assert ran.code == 2
    assert "--repair needs confirmation, but stdin is not a terminal" in ran.err
    assert "--yes" in ran.err.splitlines()[-1]


def test_temporarily_allowed_difference_is_not_reported(stage: Stage) -> None:
    file = stage.project.root / "tenants" / ONE / "tenant.config.json"
    before = file.read_text()
    entry = '{ "path": "logpush", "reason": "incident 12", "expires": "%s" }'
    edit(stage, "PATCH", "script-settings", json={"logpush": True})
    try:
        assert drift(stage).code == 3
        file.write_text(before.replace('"ignore": []', f'"ignore": [{entry % "2099-01-01"}]'))
        ignored = drift(stage)
        file.write_text(before.replace('"ignore": []', f'"ignore": [{entry % "2020-01-01"}]'))
        expired = drift(stage)
    finally:
        file.write_text(before)
        edit(stage, "PATCH", "script-settings", json={"logpush": False})
    assert ignored.code == 0, ignored.said
    assert "ignored ~ logpush" in ignored.out
    assert expired.code == 4
    assert "drift-exception-expired" in expired.said


def test_when_it_cannot_look_it_never_says_in_sync(stage: Stage) -> None:
    fault = {"method": "GET", "path": "*/content/v2*", "kind": "status", "status": 500, "times": 9}
    with stage.edge.faults(fault):
        ran = stage.project.run("drift", *TARGETS, "--no-cache")
    assert ran.code == 6
    assert "in sync" not in ran.said
    refused = stage.project.run(
        "drift", *TARGETS, **{f"CLOUDFLARE_API_TOKEN_{ONE.upper()}": "x" * 20}
    )
    assert refused.code == 5


def test_sarif_and_annotations_name_the_tenants_file(stage: Stage) -> None:
    edit(stage, "PATCH", "script-settings", json={"logpush": True})
    report = stage.project.root / "drift.sarif"
    try:
        ran = drift(stage, "--format", "sarif", "--output", str(report))
        github = drift(stage, "--format", "github")
        sarif = json.loads(report.read_text())
    finally:
        report.unlink()
        edit(stage, "PATCH", "script-settings", json={"logpush": False})
    assert (ran.code, ran.out) == (3, "")
    (result,) = sarif["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("drift/logpush", "note")
    assert github.out.startswith(f"::notice file=tenants/{ONE}/wrangler.jsonc,")


def test_a_target_that_cannot_be_looked_at_spares_the_others(stage: Stage) -> None:
    wrong = {f"CLOUDFLARE_API_TOKEN_{TENANTS[1].upper()}": "no-token-of-anybody"}
    words = ("--tenants", "all", "--env", "staging", "--format", "json")
    ran = stage.project.run("drift", *words, **wrong)
    assert ran.code == 5
    assert f"{TENANTS[1]}-staging: could not check" in ran.err
    seen, unseen = json.loads(ran.out)
    assert (seen["target"]["tenant"], unseen["target"]["tenant"]) == (ONE, TENANTS[1])
    assert unseen["error"]["exit_code"] == 5


def test_foreign_split_ends_only_on_request(stage: Stage) -> None:
    """A6: `--repair --yes` ended it, against what the pages say."""
    again = stage.project.run("deploy", *TARGET, "--engine", "api", "--force")
    assert again.code == 0, again.said
    older, live = (one["version_id"] for one in stage.project.records()[-2:])
    versions = [
        {"version_id": live, "percentage": 80},
        {"version_id": older, "percentage": 20},
    ]
    split = {"strategy": "percentage", "versions": versions}
    annotations = {"workers/message": "bob tries"}
    edit(stage, "POST", "deployments", json={**split, "annotations": annotations})
    seen = drift(stage)
    assert (seen.code, "bob tries" in seen.out) == (3, True)
    assert "edit of triggers" not in seen.out
    refused = drift(stage, "--repair", "--yes")
    assert refused.code == 9, refused.said
    assert "--replace-split" in refused.err
    taken = drift(stage, "--repair", "--yes", "--replace-split")
    assert taken.code == 0, taken.said


def test_dirty_deploy_is_named_and_not_undone_silently(stage: Stage) -> None:
    """A6."""
    file = stage.project.root / "tenants" / ONE / "wrangler.jsonc"
    before = stage.project.overlay(ONE, vars={"LOG_LEVEL": "warn"})
    try:
        assert stage.project.run("deploy", *TARGET, "--engine", "api").code == 0
        seen = drift(stage)
        assert seen.code == 3, seen.said
        assert "1 difference with commit" in seen.out
        assert "(deployed with uncommitted changes)" in seen.out
        refused = drift(stage, "--repair", "--yes")
        assert refused.code == 2, refused.said
        assert "a repair would undo them" in refused.err
        meant = drift(stage, "--repair", "--yes", "--ref", "HEAD")
        assert meant.code == 0, meant.said
    finally:
        file.write_text(before)


def test_missing_binding_is_unhealthy_and_drift(
    serving_stage: Stage,
) -> None:
    """A5, A6: healthy, it was said, of a Worker that answers `ready: false`.

    The repair of edits has a binding that is gone, too.
    """
    assert serving_stage.project.run("deploy", *TARGET, "--engine", "api").code == 0
    bindings = edit(serving_stage, "GET", "settings")["bindings"]
    kept = [{"type": "inherit", "name": one["name"]} for one in bindings if one["name"] != "CACHE"]
    settings = (None, json.dumps({"bindings": kept}), "application/json")
    edit(serving_stage, "PATCH", "settings", files=[("settings", settings)])
    target = ("--tenants", ONE, "--env", "staging", "--timeout", "2")
    ran = serving_stage.project.run("health", *target, "--format", "json")
    assert ran.code == 7, ran.said
    (one,) = json.loads(ran.out)
    assert (one["state"], one["ready"], one["missing"]) == ("unhealthy", False, ["CACHE"])
    assert "missing: CACHE" in one["reason"]
    seen = drift(serving_stage)
    assert seen.code == 3, seen.said
    assert re.search(r"^  high +- bindings\.CACHE: ", seen.out, re.MULTILINE), seen.out
    assert "(- gone, + added, ~ expected -> live)" in seen.out
