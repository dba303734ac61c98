"""The official Python SDK uses the newer API of Workers, and checks every answer strictly."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from cloudflare import Cloudflare

from support.accounts import Account
from support.localedge import LocalEdge
from support.sdk import strict_client
from support.workers import PLAIN

NAME = "beta"
CODE = PLAIN.encode()
MODULE: Any = {
    "name": "index.js",
    "content_type": "application/javascript+module",
    "content_base64": base64.b64encode(CODE).decode(),
}
VERSION: Any = {
    "main_module": "index.js",
    "modules": [MODULE],
    "compatibility_date": "2025-06-01",
    "bindings": [{"type": "plain_text", "name": "N", "text": "1"}],
}


@pytest.fixture(scope="module")
def client(edge: LocalEdge, account: Account) -> Iterator[Cloudflare]:
    """Open the account with the SDK and make a Worker without code."""
    with strict_client(edge, account.token) as sdk:
        sdk.workers.beta.workers.create(
            account_id=account.id,
            name=NAME,
            subdomain={"enabled": True, "previews_enabled": True},
        )
        yield sdk


def test_a_worker_is_made_then_given_code_that_runs(
    client: Cloudflare, edge: LocalEdge, account: Account
) -> None:
    workers = client.workers.beta.workers
    assert workers.get(NAME, account_id=account.id).deployed_on is None
    made = workers.versions.create(NAME, account_id=account.id, deploy=True, **VERSION)
    assert edge.get(f"{NAME}.{account.subdomain}").text == "1"
    worker = workers.get(NAME, account_id=account.id)
    assert worker.deployed_on is not None
    assert workers.list(account_id=account.id).result == [worker]
    listed = workers.versions.list(worker.id, account_id=account.id).result
    assert [it.id for it in listed] == [made.id]
    read = workers.versions.get(made.id, account_id=account.id, worker_id=NAME, include="modules")
    assert [base64.b64decode(it.content_base64) for it in read.modules or ()] == [CODE]


def test_settings_of_a_worker_are_changed(client: Cloudflare, account: Account) -> None:
    worker = client.workers.beta.workers.edit(
        NAME,
        account_id=account.id,
        name=NAME,
        logpush=False,
        observability={"enabled": True},
        subdomain={"enabled": True},
        tags=["one"],
        tail_consumers=[],
    )
    assert worker.tags == ["one"]
    assert worker.subdomain.url == f"https://{NAME}.{account.subdomain}.workers.dev"
    assert (worker.subdomain.enabled, worker.subdomain.previews_enabled) == (True, True)
    assert worker.observability.enabled is True


def test_the_account_of_the_workers_is_read(client: Cloudflare, account: Account) -> None:
    its: Any = {"account_id": account.id}
    (found,) = client.workers.scripts.search(**its, name=NAME[1:])
    assert found.script_name == NAME
    assert client.durable_objects.namespaces.list(**its).result == []
    assert client.workers.account_settings.get(**its).default_usage_model == "standard"


def test_workers_of_a_dispatch_namespace(client: Cloudflare, account: Account) -> None:
    its: Any = {"account_id": account.id}
    namespaces = client.workers_for_platforms.dispatch.namespaces
    made = namespaces.create(name="customers", **its)
    assert made.namespace_name == "customers"
    its_script: Any = {"dispatch_namespace": "customers", **its}
    scripts = namespaces.scripts
    metadata: Any = {key: VERSION[key] for key in ("main_module", "compatibility_date", "bindings")}
    module = ("index.js", CODE, "application/javascript+module")
    scripts.update("acme", metadata=metadata, files=[module], **its_script)
    found: Any = scripts.get("acme", **its_script)
    assert (found.dispatch_namespace, found.script.id) == ("customers", "acme")
    scripts.secrets.update("acme", name="KEY", text="t", type="secret_text", **its_script)
    assert [it.name for it in scripts.secrets.list("acme", **its_script)] == ["KEY"]
    assert {it.name for it in scripts.bindings.get("acme", **its_script)} >= {"N"}
    scripts.tags.update("acme", body=["gold"], **its_script)
    assert list(scripts.tags.list("acme", **its_script)) == ["gold"]
    assert scripts.settings.get("acme", **its_script).tags == ["gold"]
    assert [it.namespace_name for it in namespaces.list(**its)] == ["customers"]
    assert namespaces.get("customers", **its).script_count == 1
    scripts.delete("acme", force=True, **its_script)
    namespaces.delete("customers", **its)


def test_tails_of_a_worker(client: Cloudflare, account: Account) -> None:
    tails = client.workers.scripts.tail
    made = tails.create(NAME, account_id=account.id)
    assert made.url.startswith("ws://127.0.0.1:")
    # The SDK takes the list of a Worker's tails for one of them.
    read = tails.with_raw_response.get(NAME, account_id=account.id)
    assert [it["id"] for it in json.loads(read.read())["result"]] == [made.id]
    tails.delete(made.id, account_id=account.id, script_name=NAME)
