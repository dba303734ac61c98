"""`edgefleet history` and `edgefleet tag`, after real deploys."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from integration.conftest import TENANTS, Stage, token
from support import loopback
from support.bundles import broken_bundle
from support.project import Ran

ONE, OTHER = TENANTS
API = ("--engine", "api")
TAGGER = {"GIT_COMMITTER_NAME": "tester", "GIT_COMMITTER_EMAIL": "tester@example.com"}
UNHEALTHY = """
import * as good from "./good.js";
export const { ChatSession, RateLimiter } = good;
export default { fetch: () => new Response("oh", { status: 500 }), scheduled() {} };
"""


def history(stage: Stage, *more: str, tenant: str = ONE) -> list[dict[str, Any]]:
    """Return the entries of a tenant, newest first."""
    ran = stage.project.run("history", "--tenants", tenant, "--format", "json", *more)
    assert ran.code == 0, ran.said
    found: list[dict[str, Any]] = json.loads(ran.out)
    return found


def cloudflare(stage: Stage, method: str, path: str, body: Any = None) -> Any:
    """Change the script of the first tenant's staging behind edgefleet's back."""
    account = stage.project.wrangler(ONE)["account_id"]
    script = f"accounts/{account}/workers/scripts/bluey-ai-worker-staging"
    answer = loopback.request(
        method,
        f"{stage.edge.api}/{script}{path}",
        json=body,
        headers={"Authorization": f"Bearer {token(ONE)}"},
    )
    assert answer.is_success, answer.text
    return answer.json()["result"]


def tag(stage: Stage, *more: str, **environ: str) -> Ran:
    """Run `edgefleet tag` for the first tenant's staging."""
    return stage.project.run("tag", "--tenant", ONE, "--env", "staging", *more, **environ)


def git(stage: Stage, *arguments: str) -> str:
    """Run git in the project; return what it prints."""
    command = ["git", *arguments]
    return subprocess.check_output(command, cwd=stage.project.root, text=True).strip()


@pytest.fixture(scope="module")
def lived(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Deploy well, badly and well again, and let a person edit what is live; return the records."""
    bad = broken_bundle(stage.bundle, tmp_path_factory.mktemp("bad"), UNHEALTHY)
    for more, code in [
        (API, 0),
        ((*API, "--bundle", str(bad), "--health-timeout", "1"), 7),
        (("--engine", "wrangler"), 0),
    ]:
        ran = stage.deploy(ONE, "staging", *more)
        assert ran.code == code, ran.said
    secret = {"name": "EXTRA", "text": "behind-your-back", "type": "secret_text"}
    cloudflare(stage, "PUT", "/secrets", secret)
    (version,) = cloudflare(stage, "GET", "/deployments")["deployments"][0]["versions"]
    body = {
        "strategy": "percentage",
        "versions": [version],
        "annotations": {"workers/message": "quick fix"},
    }
    cloudflare(stage, "POST", "/deployments", body)
    return stage.project.records()


def test_deploy_is_one_entry_with_all_it_made(stage: Stage, lived: list[dict[str, Any]]) -> None:
    first, bad, second = lived
    entries = [entry for entry in history(stage) if entry["recorded"]]
    assert [entry["version_id"] for entry in entries] == [
        record["version_id"] for record in (second, bad, first)
    ]
    assert [entry["result"] for entry in entries] == ["succeeded", "restored", "succeeded"]
    assert [len(entry["deployments"]) for entry in entries] == [2, 2, 1]
    assert [share["version_id"] for share in entries[1]["deployments"][0]["versions"]] == [
        first["version_id"]
    ]
    assert entries[1]["why"].startswith("http://bluey-ai-worker-staging.")
    assert all(entry["commit"] == first["git_commit"] for entry in entries)
    assert all(entry["seconds"] > 0 for entry in entries)


def test_every_deployment_of_cloudflares_is_told_once(
    stage: Stage, lived: list[dict[str, Any]]
) -> None:
    told = [one["id"] for entry in history(stage) for one in entry["deployments"]]
    there = [one["id"] for one in cloudflare(stage, "GET", "/deployments")["deployments"]]
    assert told == there


def test_what_somebody_else_deployed_is_marked(stage: Stage, lived: list[dict[str, Any]]) -> None:
    newest, secret, *others = history(stage, "--env", "staging")
    for entry in (newest, secret):
        assert not entry["recorded"]
        assert (entry["source"], entry["who"]) == ("api", "localedge@localhost")
        assert entry["version_id"] not in {record["version_id"] for record in lived}
    assert newest["why"] == "quick fix"
    assert all(entry["recorded"] for entry in others)


def test_table_has_newest_first_and_counts_the_others(
    stage: Stage, lived: list[dict[str, Any]]
) -> None:
    """C26: counts are of all entries, not of those alone that are shown."""
    ran = stage.project.run("history", "--env", "staging", "--limit", "4")
    assert ran.code == 0, ran.said
    lines = ran.out.splitlines()[2:]
    assert [line.split()[3] for line in lines] == ["unrecorded", "unrecorded", "deploy", "deploy"]
    assert lines[0].endswith("api: quick fix")
    assert lived[2]["version_id"][:8] in lines[2]
    assert ran.err.splitlines() == [
        "4 of 5 entries are shown (--limit)",
        "2 unrecorded: edgefleet did not make them",
    ]


def test_another_clone_knows_each_deploy_by_its_messages(
    stage: Stage, lived: list[dict[str, Any]]
) -> None:
    """A10."""
    records = stage.project.root / "deployments"
    records.rename(records.with_name("away"))
    try:
        found = history(stage, "--env", "staging")
        ran = stage.project.run("history", "--env", "staging", "--limit", "1")
    finally:
        records.with_name("away").rename(records)
    facts = ("action", "result", "version_id", "who", "recorded")
    told = [tuple(entry[fact] for fact in facts) for entry in found]
    assert [one[0] for one in told[:2]] == [None, None]
    assert told[2:] == [
        ("deploy", record["status"], record["version_id"], record["actor"], False)
        for record in reversed(lived)
    ]
    assert {entry["commit"] for entry in found[2:]} == {lived[0]["git_commit"][:12]}
    assert ran.err.splitlines() == [
        "1 of 5 entries are shown (--limit)",
        "3 made by edgefleet elsewhere: no record in deployments/ tells of them",
        "2 unrecorded: edgefleet did not make them",
    ]


def test_looking_back_writes_nothing(stage: Stage, lived: list[dict[str, Any]]) -> None:
    writes, records = stage.writes(), stage.project.records()
    history(stage)
    assert (stage.writes(), stage.project.records()) == (writes, records)


def test_without_a_token_there_is_no_history_but_offline(
    stage: Stage, lived: list[dict[str, Any]]
) -> None:
    none = {f"CLOUDFLARE_API_TOKEN_{name.upper()}": "" for name in TENANTS}
    refused = stage.project.run("history", **none)
    assert refused.code == 5
    assert "--offline" in refused.err
    assert refused.out == ""
    asked = len(stage.edge.requests())
    ran = stage.project.run("history", "--offline", "--format", "json", **none)
    assert ran.code == 0, ran.said
    assert [entry["version_id"] for entry in json.loads(ran.out)] == [
        record["version_id"] for record in reversed(lived)
    ]
    assert all(entry["deployments"] is None for entry in json.loads(ran.out))
    assert len(stage.edge.requests()) == asked


def test_cloudflare_that_does_not_answer_is_no_empty_history(
    stage: Stage, lived: list[dict[str, Any]]
) -> None:
    fault = {"method": "GET", "path": "*/deployments", "kind": "status", "status": 400, "times": 1}
    with stage.edge.faults(fault):
        ran = stage.project.run("history", "--tenants", ONE, "--env", "staging")
    assert (ran.code, ran.out) == (6, "")


def test_a_target_that_was_never_deployed_has_no_history(stage: Stage) -> None:
    ran = stage.project.run("history", "--tenants", OTHER, "--env", "production")
    assert (ran.code, ran.out) == (0, "nothing is known of any deploy\n")


@pytest.mark.parametrize(
    "arguments",
    [("--tenants", "absent"), ("--env", "dev"), ("--env", "moon"), ("--limit", "0")],
)
def test_wrong_options_of_history_are_wrong_usage(stage: Stage, arguments: tuple[str, ...]) -> None:
    ran = stage.project.run("history", *arguments)
    assert (ran.code, ran.out) == (2, "")


def test_a_tag_is_printed_then_made_then_there(stage: Stage, lived: list[dict[str, Any]]) -> None:
    commit, started = lived[2]["git_commit"], lived[2]["started"]
    printed = tag(stage)
    assert printed.code == 0, printed.said
    name = printed.out.strip()
    stamp = "".join(letter for letter in started[:19] if letter not in "-:")
    assert name == f"deploy/{ONE}/staging/{stamp}Z"
    assert git(stage, "tag", "--list") == ""
    made = tag(stage, "--create", **TAGGER)
    assert (made.code, made.out) == (0, printed.out), made.said
    assert git(stage, "cat-file", "-t", name) == "tag"
    assert git(stage, "rev-parse", f"{name}^{{commit}}") == commit
    assert lived[2]["version_id"] in git(stage, "tag", "--list", "--format=%(contents)")
    again = tag(stage, "--create", "--format", "json")
    assert again.code == 0, again.said
    assert json.loads(again.out) == {
        "name": name,
        "commit": commit,
        "version_id": lived[2]["version_id"],
        "exists": True,
        "created": False,
        "schema_version": 1,
    }
    git(stage, "tag", "--delete", name)


def test_git_that_knows_no_name_is_one_clear_message(
    stage: Stage, lived: list[dict[str, Any]]
) -> None:
    nobody = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "user.useConfigOnly",
        "GIT_CONFIG_VALUE_0": "true",
    }
    ran = tag(stage, "--create", **nobody)
    assert (ran.code, ran.out) == (2, "")
    assert "git did not create the tag" in ran.err
    assert "git config user.name" in ran.err


@pytest.mark.parametrize(
    ("tenant", "environment", "words"),
    [
        (OTHER, "production", "no record in deployments/"),
        ("all", "staging", "tag takes one tenant"),
        (ONE, "dev", "never deployed"),
        ("absent", "staging", "no tenant 'absent'"),
    ],
)
def test_what_has_no_tag_is_wrong_usage(
    stage: Stage, tenant: str, environment: str, words: str
) -> None:
    ran = stage.project.run("tag", "--tenant", tenant, "--env", environment)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err


def test_a_deploy_of_uncommitted_changes_gets_no_tag(
    stage: Stage, lived: list[dict[str, Any]]
) -> None:
    note = stage.project.root / "src/worker/note.txt"
    note.write_text("unfinished\n")
    try:
        assert stage.deploy(ONE, "staging", *API).code == 0
    finally:
        note.unlink()
    ran = tag(stage, "--create", **TAGGER)
    assert (ran.code, ran.out) == (2, "")
    assert "uncommitted changes" in ran.err
    newest = history(stage, "--limit", "1")[0]
    assert (newest["dirty"], newest["recorded"]) == (True, True)


def test_records_stay_when_cloudflare_shows_nothing_of_them(
    stage: Stage, lived: list[dict[str, Any]]
) -> None:
    cloudflare(stage, "DELETE", "?force=true")
    entries = history(stage)
    assert {entry["version_id"] for entry in entries} >= {record["version_id"] for record in lived}
    assert all(entry["deployments"] == [] for entry in entries)


def test_no_token_is_ever_printed(stage: Stage, lived: list[dict[str, Any]]) -> None:
    printed = "".join(stage.project.printed)
    assert not any(token(name) in printed for name in TENANTS)


def test_records_that_are_none_are_passed_over(stage: Stage, tmp_path: Path) -> None:
    folder = stage.project.root / "deployments"
    broken = folder / f"{ONE}-staging-20260101T000000Z.json"
    broken.write_text("{")
    try:
        assert history(stage, "--offline")
    finally:
        broken.unlink()
