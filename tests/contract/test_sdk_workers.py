"""The official Python SDK uses the newer API of Workers, and checks every answer strictly."""

import base64
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
