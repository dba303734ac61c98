"""The real wrangler deploys, deploys again, and deletes."""

import pytest

from support import loopback
from support.accounts import ACCOUNTS, Account
from support.localedge import LocalEdge
from support.workers import COUNTER, counter_config
from support.wrangler import Ran, Wrangler


@pytest.fixture(scope="module")
def first(wrangler: Wrangler, account: Account) -> Ran:
    """Deploy a Worker that was never there before."""
    (wrangler.folder / "index.js").write_text(COUNTER)
    wrangler.write_config(counter_config(account.id))
    return wrangler.ok("deploy")


def live(edge: LocalEdge, account: Account) -> str:
    answer = edge.get(f"counter.{account.subdomain}")
    assert answer.status_code == 200, answer.text
    build: str = answer.json()["build"]
    return build


def test_a_first_deploy_is_live_and_says_which_version(
    edge: LocalEdge, account: Account, wrangler: Wrangler, first: Ran
) -> None:
    record = wrangler.records("deploy")[0]
    assert f"Current Version ID: {record['version_id']}" in first.out
    assert record["targets"] == [
        f"https://counter.{account.subdomain}.workers.dev",
        "schedule: */5 * * * *",
    ]
    assert live(edge, account) == record["version_id"]


def test_second_deploy_keeps_durable_objects(
    edge: LocalEdge, account: Account, wrangler: Wrangler, first: Ran
) -> None:
    before = edge.get(f"counter.{account.subdomain}").json()
    wrangler.write_config(counter_config(account.id, vars={"GREETING": "again"}))
    wrangler.ok("deploy")
    record = wrangler.records("deploy")[-1]
    after = edge.get(f"counter.{account.subdomain}").json()
    assert record["worker_tag"]
    assert (after["build"], after["greeting"]) == (record["version_id"], "again")
    assert after["count"] == before["count"] + 1


def test_syntax_error_is_refused_in_workerds_words(
    edge: LocalEdge, account: Account, wrangler: Wrangler, first: Ran
) -> None:
    before = live(edge, account)
    (wrangler.folder / "broken.js").write_text(
        "export default { fetch() {} }; throw new Error('early');"
    )
    ran = wrangler.run("deploy", "broken.js", "--no-bundle")
    assert ran.code == 1
    assert "Uncaught Error: early" in ran.err
    assert "[code: 10021]" in ran.err
    assert live(edge, account) == before


def test_a_binding_to_nothing_is_refused_by_its_name(
    account: Account, wrangler: Wrangler, first: Ran
) -> None:
    missing = [{"binding": "PAGES", "id": "f" * 32}]
    wrangler.write_config(counter_config(account.id, kv_namespaces=missing))
    ran = wrangler.run("deploy")
    wrangler.write_config(counter_config(account.id))
    assert ran.code == 1
    assert "'PAGES'" in ran.err
    assert "[code: 10041]" in ran.err


def test_triggers_deploy_replaces_the_schedules(
    edge: LocalEdge, account: Account, wrangler: Wrangler, first: Ran
) -> None:
    wrangler.write_config(counter_config(account.id, triggers={"crons": ["0 1 * * *"]}))
    ran = wrangler.ok("triggers", "deploy")
    assert "schedule: 0 1 * * *" in ran.out
    answer = loopback.get(
        f"{edge.api}/accounts/{account.id}/workers/scripts/counter/schedules",
        headers={"authorization": f"Bearer {account.token}"},
    )
    assert [item["cron"] for item in answer.json()["result"]["schedules"]] == ["0 1 * * *"]


def test_a_schedule_runs_when_the_control_says_so(
    edge: LocalEdge, account: Account, first: Ran
) -> None:
    order = {"script": "counter", "account": account.id}
    ran = edge.control("POST", "cron", json=order).json()
    assert ran["outcome"] == "ok"


def test_whoami_names_the_account_of_the_token(
    account: Account, wrangler: Wrangler, first: Ran
) -> None:
    ran = wrangler.ok("whoami")
    assert account.id in ran.out


def test_the_token_of_another_account_is_refused(
    edge: LocalEdge, account: Account, wrangler: Wrangler, first: Ran
) -> None:
    other = next(item for item in ACCOUNTS if item != account)
    before = len(edge.requests())
    ran = wrangler.run("deploy", CLOUDFLARE_API_TOKEN=other.token)
    assert ran.code == 1
    assert "Authentication error [code: 10000]" in ran.err
    assert {item["method"] for item in edge.requests()[before:]} == {"GET"}


def test_a_deleted_worker_is_gone_with_its_data(
    edge: LocalEdge, account: Account, wrangler: Wrangler, first: Ran
) -> None:
    wrangler.ok("delete", "--force")
    assert edge.get(f"counter.{account.subdomain}").status_code == 404
    wrangler.ok("deploy")
    assert edge.get(f"counter.{account.subdomain}").json()["count"] == 1
