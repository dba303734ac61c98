"""The oldest wrangler that localedge is tested with deploys, lists, rolls back and stores.

It sends requests which newer ones do not send (docs/localedge.md). Every test of wrangler
runs with it in `make soak`.
"""

import json

import pytest

from support.accounts import Account
from support.localedge import LocalEdge
from support.workers import COUNTER, counter_config
from support.wrangler import OLDEST, Wrangler

WORKERS = "/workers/workers/"
"""The API that newer versions alone use."""


@pytest.fixture(scope="module")
def oldest(edge: LocalEdge, account: Account, tmp_path_factory: pytest.TempPathFactory) -> Wrangler:
    """Deploy a Worker with it."""
    folder = tmp_path_factory.mktemp("oldest")
    wrangler = Wrangler(folder, edge.api, account.token, OLDEST)
    (folder / "index.js").write_text(COUNTER)
    wrangler.write_config(counter_config(account.id))
    wrangler.ok("deploy")
    return wrangler


def test_a_secret_of_a_version_and_a_rollback(
    edge: LocalEdge, account: Account, oldest: Wrangler
) -> None:
    first = oldest.records("deploy")[0]["version_id"]
    oldest.ok("versions", "secret", "put", "KEY", stdin="later")
    host = f"counter.{account.subdomain}"
    assert "key" not in edge.get(host).json()
    listed = json.loads(oldest.ok("versions", "list", "--json").out)
    oldest.ok("versions", "deploy", f"{listed[-1]['id']}@100", "-y")
    assert edge.get(host).json()["key"] == "later"
    oldest.ok("rollback", first, "-y", "--message", "back")
    assert edge.get(host).json()["build"] == first
    requests = [item["path"] for item in edge.requests() if account.id in item["path"]]
    assert not [path for path in requests if WORKERS in path]


def test_a_namespace_and_a_deletion(edge: LocalEdge, account: Account, oldest: Wrangler) -> None:
    oldest.ok("kv", "namespace", "create", "pages")
    assert [it["title"] for it in oldest.ok("kv", "namespace", "list").json] == ["pages"]
    oldest.ok("delete", "--force")
    assert edge.get(f"counter.{account.subdomain}").status_code == 404
