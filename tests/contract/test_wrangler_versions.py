"""The real wrangler uploads versions, gives them traffic, lists them and rolls back."""

import re
from collections import Counter
from dataclasses import dataclass

import pytest

from support.accounts import Account
from support.localedge import LocalEdge
from support.workers import COUNTER, PLAIN, counter_config
from support.wrangler import Wrangler


@dataclass(frozen=True)
class Two:
    """The ids of two versions: deployed first, and uploaded after it."""

    old: str
    new: str


@pytest.fixture(scope="module")
def two(wrangler: Wrangler, account: Account) -> Two:
    """Deploy a Worker and upload one more version of it."""
    (wrangler.folder / "index.js").write_text(COUNTER)
    wrangler.write_config(counter_config(account.id))
    wrangler.ok("deploy")
    wrangler.write_config(counter_config(account.id, vars={"GREETING": "new"}))
    wrangler.ok("versions", "upload", "--tag", "t2", "--message", "the second")
    return Two(
        wrangler.records("deploy")[0]["version_id"],
        wrangler.records("version-upload")[0]["version_id"],
    )


def builds(edge: LocalEdge, account: Account, times: int = 1, **headers: str) -> Counter[str]:
    host = f"counter.{account.subdomain}"
    return Counter(edge.get(host, **headers).json()["build"] for _ in range(times))


def test_an_uploaded_version_gets_no_traffic(
    edge: LocalEdge, account: Account, wrangler: Wrangler, two: Two
) -> None:
    assert builds(edge, account) == {two.old: 1}


def test_preview_exists_unless_there_are_durable_objects(
    edge: LocalEdge, account: Account, wrangler: Wrangler, two: Two
) -> None:
    assert "preview_url" not in wrangler.records("version-upload")[0]
    (wrangler.folder / "plain.js").write_text(PLAIN)
    plain = ("plain.js", "--name", "plain", "--compatibility-date", "2025-06-01")
    wrangler.write_config({"account_id": account.id})
    wrangler.ok("deploy", *plain, "--var", "N:1")
    wrangler.ok("versions", "upload", *plain, "--var", "N:2", "--preview-alias", "to-try")
    wrangler.write_config(counter_config(account.id))
    record = wrangler.records("version-upload")[-1]
    preview = f"{record['version_id'][:8]}-plain.{account.subdomain}"
    assert record["preview_url"] == f"https://{preview}.workers.dev"
    assert edge.get(preview).text == "2"
    assert record["preview_alias_url"] == f"https://to-try-plain.{account.subdomain}.workers.dev"
    assert edge.get(f"to-try-plain.{account.subdomain}").text == "2"
    assert edge.get(f"plain.{account.subdomain}").text == "1"


def test_versions_list_has_both_with_tag_and_message(wrangler: Wrangler, two: Two) -> None:
    listed = wrangler.ok("versions", "list", "--json").json
    assert [item["id"] for item in listed] == [two.old, two.new]
    assert [item["number"] for item in listed] == [1, 2]
    assert listed[1]["annotations"] == {
        "workers/message": "the second",
        "workers/tag": "t2",
        "workers/triggered_by": "version_upload",
    }


def test_versions_view_shows_bindings_and_handlers(wrangler: Wrangler, two: Two) -> None:
    shown = wrangler.ok("versions", "view", two.new, "--json").json["resources"]
    assert {item["name"] for item in shown["bindings"]} == {"BUILD", "COUNTER", "GREETING"}
    assert shown["script"]["handlers"] == ["fetch", "scheduled"]
    assert shown["script_runtime"]["migration_tag"] == "v1"
    text = wrangler.ok("versions", "view", two.new).out
    assert re.search(r"Handlers: +fetch, scheduled\n", text)
    assert "Compatibility Flags" not in text


def test_a_split_serves_both_versions_and_an_override_picks_one(
    edge: LocalEdge, account: Account, wrangler: Wrangler, two: Two
) -> None:
    wrangler.ok("versions", "deploy", f"{two.old}@50", f"{two.new}@50", "-y", "--message", "half")
    assert builds(edge, account, 40).keys() == {two.old, two.new}
    override = {"Cloudflare-Workers-Version-Overrides": f'counter="{two.new}"'}
    assert builds(edge, account, 5, **override) == {two.new: 5}
    status = wrangler.ok("deployments", "status", "--json").json
    assert status["annotations"]["workers/message"] == "half"
    assert {item["version_id"]: item["percentage"] for item in status["versions"]} == {
        two.old: 50,
        two.new: 50,
    }


def test_a_rollback_is_one_more_deployment(
    edge: LocalEdge, account: Account, wrangler: Wrangler, two: Two
) -> None:
    wrangler.ok("versions", "deploy", f"{two.new}@100", "-y")
    assert builds(edge, account) == {two.new: 1}
    ran = wrangler.ok("rollback", two.old, "-y", "--message", "undo it")
    assert f"Current Version ID: {two.old}" in ran.out
    assert builds(edge, account) == {two.old: 1}
    listed = wrangler.ok("deployments", "list", "--json").json
    assert [item["versions"][0]["version_id"] for item in listed[-2:]] == [two.new, two.old]
    assert listed[-1]["annotations"]["workers/message"] == "undo it"


def test_a_pending_migration_is_refused_in_a_version_upload(
    account: Account, wrangler: Wrangler, two: Two
) -> None:
    more = [
        {"tag": "v1", "new_sqlite_classes": ["Counter"]},
        {"tag": "v2", "renamed_classes": [{"from": "Counter", "to": "Other"}]},
    ]
    wrangler.write_config(counter_config(account.id, migrations=more))
    ran = wrangler.run("versions", "upload")
    wrangler.write_config(counter_config(account.id))
    assert ran.code == 1
    assert "Durable Object migration" in ran.err


def test_a_version_of_nothing_is_refused(wrangler: Wrangler, two: Two) -> None:
    """And wrangler that stays loaded for its next command ends and speaks as the program does."""
    command = ("versions", "deploy", "00000000-0000-4000-8000-000000000000@100", "-y")
    ran = wrangler.run(*command)
    assert ran.code == 1
    assert "[code: 10007]" in ran.err
    program = wrangler.run_program(*command)
    err = program.err.partition("🪵  Logs were written to")[0]  # the last word of a process
    assert (program.code, program.out, err) == (ran.code, ran.out, ran.err)
