"""The real wrangler sets, lists and deletes secrets, and rolls back over a changed one."""

import json

import httpx
import pytest

from support import loopback
from support.accounts import Account
from support.localedge import LocalEdge
from support.workers import COUNTER, counter_config
from support.wrangler import Wrangler

VALUE = "canary-1c8e5a02d9"


@pytest.fixture(scope="module", autouse=True)
def deployed(wrangler: Wrangler, account: Account) -> str:
    """Deploy a Worker that has no secret; return its version."""
    (wrangler.folder / "index.js").write_text(COUNTER)
    wrangler.write_config(counter_config(account.id))
    wrangler.ok("deploy")
    version: str = wrangler.records("deploy")[0]["version_id"]
    return version


def key(edge: LocalEdge, account: Account) -> str | None:
    value: str | None = edge.get(f"counter.{account.subdomain}").json().get("key")
    return value


def names(wrangler: Wrangler) -> list[str]:
    return [item["name"] for item in wrangler.ok("secret", "list").json]


def versions(wrangler: Wrangler, account: Account) -> list[dict[str, str]]:
    """Return the versions, newest first, as the API lists them."""
    answer = loopback.get(
        f"{wrangler.api}/accounts/{account.id}/workers/scripts/counter/versions",
        headers={"authorization": f"Bearer {account.token}"},
    )
    found: list[dict[str, str]] = answer.json()["result"]["items"]
    return found


def test_a_secret_reaches_the_worker_at_once_and_is_never_shown(
    edge: LocalEdge, account: Account, wrangler: Wrangler
) -> None:
    ran = wrangler.ok("secret", "put", "KEY", stdin=VALUE)
    assert "Success! Uploaded secret KEY" in ran.out
    assert key(edge, account) == VALUE
    assert names(wrangler) == ["KEY"]
    live = versions(wrangler, account)[0]["id"]
    assert VALUE not in wrangler.ok("versions", "view", live, "--json").said
    wrangler.ok("deploy")
    assert key(edge, account) == VALUE


def test_bulk_sets_many_and_keeps_the_other_bindings(
    edge: LocalEdge, account: Account, wrangler: Wrangler
) -> None:
    (wrangler.folder / "bulk.json").write_text(json.dumps({"KEY": "bulk", "OTHER": "x"}))
    wrangler.ok("secret", "bulk", "bulk.json")
    answer = edge.get(f"counter.{account.subdomain}").json()
    assert (answer["key"], answer["greeting"]) == ("bulk", "hello")
    wrangler.ok("secret", "delete", "OTHER")
    assert names(wrangler) == ["KEY"]


def test_a_secret_needs_the_latest_version_to_be_live(
    edge: LocalEdge, account: Account, wrangler: Wrangler
) -> None:
    wrangler.ok("versions", "upload")
    ran = wrangler.run("secret", "put", "KEY", stdin="too early")
    assert ran.code == 1
    assert "latest version of your Worker isn't currently deployed" in ran.err
    bulk = wrangler.run("secret", "bulk", stdin='{"KEY": "too early"}')
    assert "isn't currently deployed" in bulk.err
    wrangler.ok("deploy")


def test_a_secret_in_a_version_waits_for_its_deployment(
    edge: LocalEdge, account: Account, wrangler: Wrangler
) -> None:
    wrangler.ok("secret", "put", "KEY", stdin=VALUE)
    wrangler.ok("versions", "secret", "put", "KEY", stdin="next")
    assert key(edge, account) == VALUE
    latest = versions(wrangler, account)[0]["id"]
    wrangler.ok("versions", "deploy", f"{latest}@100", "-y")
    assert key(edge, account) == "next"


def test_a_rollback_over_a_changed_secret_is_forced_by_wrangler(
    edge: LocalEdge, account: Account, wrangler: Wrangler, deployed: str
) -> None:
    before = len(edge.requests())
    ran = wrangler.ok("rollback", deployed, "-y", "--message", "back")
    assert "* KEY" in ran.out
    posts = [item for item in edge.requests()[before:] if item["method"] == "POST"]
    assert [item["status"] for item in posts] == [400, 200]
    assert posts[1]["path"].endswith("/deployments?force=true")
    assert key(edge, account) is None


def test_a_secret_before_the_first_deploy_makes_a_draft_script(
    wrangler: Wrangler, account: Account
) -> None:
    """R13: the draft is a script as any other: an upload of wrangler's own, live, then the secret.

    What tells it from a deployed Worker is its module, which has the script's name.
    """
    before = (wrangler.folder / "wrangler.json").read_text()
    wrangler.write_config({**json.loads(before), "name": "drafted", "migrations": []})
    ran = wrangler.ok("secret", "put", "KEY", stdin=VALUE)
    (wrangler.folder / "wrangler.json").write_text(before)
    assert 'Creating new Worker "drafted"' in ran.out
    script = f"{wrangler.api}/accounts/{account.id}/workers/scripts/drafted"

    def ask(below: str) -> httpx.Response:
        return loopback.get(script + below, headers={"authorization": f"Bearer {account.token}"})

    deployments = ask("/deployments").json()["result"]["deployments"]
    causes = [item["annotations"]["workers/triggered_by"] for item in deployments]
    assert causes == ["secret", "upload"]
    assert deployments[1]["annotations"]["workers/message"] == "Automatic deployment on upload."
    versions = ask("/versions").json()["result"]["items"]
    assert [item["number"] for item in versions] == [2, 1]
    assert deployments[0]["versions"] == [{"version_id": versions[0]["id"], "percentage": 100}]
    settings = ask("/settings").json()["result"]
    assert settings["bindings"] == [{"name": "KEY", "type": "secret_text"}]
    assert "migration_tag" not in settings
    content = ask(f"/content/v2?version={versions[0]['id']}")
    assert content.headers["cf-entrypoint"] == "drafted"
    assert "export default { fetch() {} }" in content.text
