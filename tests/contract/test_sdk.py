"""The official Python SDK, checking every answer strictly, reads and writes at localedge."""

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import cloudflare
import pytest
from cloudflare import Cloudflare

from support import loopback
from support.accounts import ACCOUNTS, Account
from support.localedge import LocalEdge
from support.sdk import strict_client
from support.workers import COUNTER

SCRIPT = "by-sdk"
MODULE = ("index.js", COUNTER.encode(), "application/javascript+module")
METADATA: Any = {
    "main_module": "index.js",
    "compatibility_date": "2025-06-01",
    "bindings": [
        {"type": "plain_text", "name": "GREETING", "text": "hello"},
        {"type": "version_metadata", "name": "BUILD"},
        {"type": "durable_object_namespace", "name": "COUNTER", "class_name": "Counter"},
    ],
    "migrations": {"new_tag": "v1", "new_sqlite_classes": ["Counter"]},
}


@pytest.fixture(scope="module")
def client(edge: LocalEdge, account: Account) -> Iterator[Cloudflare]:
    """Open the account with the SDK and put a Worker into it."""
    with strict_client(edge, account.token) as sdk:
        sdk.workers.scripts.update(SCRIPT, account_id=account.id, metadata=METADATA, files=[MODULE])
        sdk.workers.scripts.subdomain.create(
            SCRIPT, account_id=account.id, enabled=True, previews_enabled=False
        )
        yield sdk


def upload(client: Cloudflare, account: Account, **metadata: Any) -> dict[str, Any]:
    """Upload a version; read the answer raw, for the SDK cannot parse it."""
    keys = ("main_module", "compatibility_date", "bindings")
    described: Any = {**{key: METADATA[key] for key in keys}, **metadata}
    answer = client.workers.scripts.versions.with_raw_response.create(
        SCRIPT,
        account_id=account.id,
        metadata=described,
        files=[MODULE],
    )
    result: dict[str, Any] = json.loads(answer.read())["result"]
    return result


def deploy(client: Cloudflare, account: Account, *versions: str) -> str:
    made = client.workers.scripts.deployments.create(
        SCRIPT,
        account_id=account.id,
        strategy="percentage",
        versions=[
            {"version_id": version, "percentage": 100 / len(versions)} for version in versions
        ],
    )
    return str(made.id)


def test_what_the_sdk_uploads_runs(client: Cloudflare, edge: LocalEdge, account: Account) -> None:
    answer = edge.get(f"{SCRIPT}.{account.subdomain}").json()
    assert answer["greeting"] == "hello"
    assert client.workers.scripts.subdomain.get(SCRIPT, account_id=account.id).enabled


def test_scripts_are_listed_with_their_migration_tag(client: Cloudflare, account: Account) -> None:
    (script,) = client.workers.scripts.list(account_id=account.id)
    assert (script.id, script.migration_tag) == (SCRIPT, "v1")
    assert script.handlers == ["fetch", "scheduled"]


def test_a_version_is_uploaded_deployed_and_listed(client: Cloudflare, account: Account) -> None:
    annotations = {"workers/tag": "sdk", "workers/message": "by the SDK"}
    version = upload(client, account, annotations=annotations)
    assert version["resources"]["script"]["etag"]
    deployment = deploy(client, account, version["id"])
    listed = list(client.workers.scripts.versions.list(SCRIPT, account_id=account.id))
    assert listed[0].id == version["id"]
    # The SDK's model of this list has another shape than the API's answer.
    history: Any = client.workers.scripts.deployments.list(SCRIPT, account_id=account.id).result
    assert history.deployments[0]["id"] == deployment
    one = client.workers.scripts.deployments.get(
        deployment, account_id=account.id, script_name=SCRIPT
    )
    assert one.versions[0].version_id == version["id"]


def test_pages_of_versions_end(client: Cloudflare, account: Account) -> None:
    for _ in range(3):
        upload(client, account)
    everything = [
        item.id for item in client.workers.scripts.versions.list(SCRIPT, account_id=account.id)
    ]
    in_pages = [
        item.id
        for item in client.workers.scripts.versions.list(SCRIPT, account_id=account.id, per_page=2)
    ]
    assert len(in_pages) > 3
    assert in_pages == everything


def test_a_live_deployment_is_not_deleted_an_old_one_is(
    client: Cloudflare, account: Account
) -> None:
    version = upload(client, account)["id"]
    old, live = deploy(client, account, version), deploy(client, account, version)
    deployments = client.workers.scripts.deployments
    with pytest.raises(cloudflare.BadRequestError):
        deployments.delete(live, account_id=account.id, script_name=SCRIPT)
    deployments.delete(old, account_id=account.id, script_name=SCRIPT)
    with pytest.raises(cloudflare.NotFoundError):
        deployments.get(old, account_id=account.id, script_name=SCRIPT)


def test_secrets_are_set_listed_and_deleted_without_their_text(
    client: Cloudflare, account: Account
) -> None:
    deploy(client, account, upload(client, account)["id"])
    secrets = client.workers.scripts.secrets
    made = secrets.update(
        SCRIPT, account_id=account.id, name="KEY", text="canary", type="secret_text"
    )
    assert made is not None
    assert made.name == "KEY"
    assert "canary" not in repr(list(secrets.list(SCRIPT, account_id=account.id)))
    found = secrets.get("KEY", account_id=account.id, script_name=SCRIPT)
    assert found is not None
    assert found.type == "secret_text"
    secrets.bulk_update(
        SCRIPT,
        account_id=account.id,
        secrets={"KEY": None, "NEW": {"type": "secret_text", "name": "NEW", "text": "canary"}},
    )
    assert [item.name for item in secrets.list(SCRIPT, account_id=account.id)] == ["NEW"]
    secrets.delete("NEW", account_id=account.id, script_name=SCRIPT)
    assert list(secrets.list(SCRIPT, account_id=account.id)) == []


def test_settings_of_script_and_version_are_read_and_changed(
    client: Cloudflare, account: Account
) -> None:
    deploy(client, account, upload(client, account)["id"])
    scripts = client.workers.scripts
    changed = scripts.settings.edit(
        SCRIPT, account_id=account.id, tags=["one"], observability={"enabled": True}
    )
    assert changed.tags == ["one"]
    read = scripts.settings.get(SCRIPT, account_id=account.id)
    assert read.observability is not None
    assert read.observability.logs is not None
    assert read.observability.logs.invocation_logs
    both = scripts.script_and_version_settings
    assert both.edit(SCRIPT, account_id=account.id, settings={"limits": {"cpu_ms": 50}}).limits
    found = both.get(SCRIPT, account_id=account.id)
    assert {item.name for item in found.bindings or []} == {"BUILD", "COUNTER", "GREETING"}


def test_schedules_replace_each_other(client: Cloudflare, account: Account) -> None:
    schedules = client.workers.scripts.schedules
    schedules.update(
        SCRIPT, account_id=account.id, body=[{"cron": "*/5 * * * *"}, {"cron": "0 1 * * *"}]
    )
    schedules.update(SCRIPT, account_id=account.id, body=[{"cron": "0 1 * * *"}])
    found = schedules.get(SCRIPT, account_id=account.id).schedules
    assert [item.cron for item in found] == ["0 1 * * *"]
    with pytest.raises(cloudflare.BadRequestError):
        schedules.update(SCRIPT, account_id=account.id, body=[{"cron": "61 * * * *"}])


def test_the_contents_of_a_version_come_back(client: Cloudflare, account: Account) -> None:
    answer = client.workers.scripts.content.with_raw_response.get(SCRIPT, account_id=account.id)
    assert COUNTER.encode() in answer.read()
    assert answer.headers["cf-entrypoint"] == "index.js"


def test_routes_and_domains_of_a_zone(
    client: Cloudflare, edge: LocalEdge, account: Account
) -> None:
    zone = client.zones.create(account={"id": account.id}, name="example.test")
    assert zone is not None
    assert [item.name for item in client.zones.list(name="example.test")] == ["example.test"]
    route = client.workers.routes.create(zone_id=zone.id, pattern="example.test/*", script=SCRIPT)
    assert route.script == SCRIPT
    assert [item.id for item in client.workers.routes.list(zone_id=zone.id)] == [route.id]
    with pytest.raises(cloudflare.ConflictError):
        client.workers.routes.create(zone_id=zone.id, pattern="example.test/*", script=SCRIPT)
    client.workers.routes.delete(route.id, zone_id=zone.id)
    domain = client.workers.domains.update(
        account_id=account.id, hostname="app.example.test", service=SCRIPT, zone_id=zone.id
    )
    listed = client.workers.domains.list(account_id=account.id)
    assert [item.hostname for item in listed] == ["app.example.test"]
    client.workers.domains.delete(domain.id, account_id=account.id)


def test_a_token_reaches_its_account_and_no_other(
    client: Cloudflare, edge: LocalEdge, account: Account
) -> None:
    assert client.user.tokens.verify() is not None
    assert [item.id for item in client.accounts.list()] == [account.id]
    assert [item.account.id for item in client.memberships.list() if item.account] == [account.id]
    other = next(item for item in ACCOUNTS if item != account)
    with pytest.raises(cloudflare.PermissionDeniedError) as refused:
        list(client.workers.scripts.list(account_id=other.id))
    assert refused.value.errors[0].code == 10000
    with pytest.raises(cloudflare.PermissionDeniedError):
        client.workers.scripts.secrets.update(
            SCRIPT, account_id=other.id, name="KEY", text="x", type="secret_text"
        )
    with pytest.raises(cloudflare.AuthenticationError), strict_client(edge, "unknown") as nobody:
        nobody.user.tokens.verify()


def test_a_throttled_request_says_when_to_come_again(
    client: Cloudflare, edge: LocalEdge, account: Account
) -> None:
    fault = {"path": "*/workers/scripts", "kind": "status", "status": 429}
    with (
        edge.faults({**fault, "headers": {"Retry-After": "7"}}),
        pytest.raises(cloudflare.RateLimitError) as throttled,
    ):
        list(client.workers.scripts.list(account_id=account.id))
    assert throttled.value.response.headers["retry-after"] == "7"


def test_answers_say_how_many_requests_are_left(edge: LocalEdge, account: Account) -> None:
    answer = loopback.get(
        f"{edge.api}/user/tokens/verify", headers={"authorization": f"Bearer {account.token}"}
    )
    assert answer.headers["ratelimit"].startswith('"default";r=')


def test_a_deleted_script_is_gone(client: Cloudflare, account: Account) -> None:
    scripts = client.workers.scripts
    scripts.update(
        "short-lived",
        account_id=account.id,
        metadata={"main_module": "index.js", "migrations": METADATA["migrations"]},
        files=[MODULE],
    )
    scripts.delete("short-lived", account_id=account.id, force=True)
    with pytest.raises(cloudflare.NotFoundError) as gone:
        scripts.schedules.get("short-lived", account_id=account.id)
    assert gone.value.errors[0].code == 10007


def test_assets_uploaded_by_the_sdk_are_served(
    client: Cloudflare, edge: LocalEdge, account: Account
) -> None:
    """The SDK sends files without a type, and no form without a module, so the deploy is raw."""
    home = b"<h1>home</h1>"
    hash_ = hashlib.sha256(home).hexdigest()[:32]
    session = client.workers.scripts.assets.upload.create(
        "site",
        account_id=account.id,
        manifest={"/index.html": {"hash": hash_, "size": len(home)}},
    )
    assert session
    assert session.buckets == [[hash_]]
    with strict_client(edge, session.jwt or "") as sender:
        sent = sender.workers.assets.upload.create(
            account_id=account.id, base64=True, body={hash_: base64.b64encode(home).decode()}
        )
    assert sent
    config: Any = {"not_found_handling": "single-page-application"}
    metadata = json.dumps({"assets": {"jwt": sent.jwt, "config": config}})
    loopback.put(
        f"{edge.api}/accounts/{account.id}/workers/scripts/site",
        headers={"authorization": f"Bearer {account.token}"},
        files={"metadata": (None, metadata, "application/json")},
        timeout=60,
    ).raise_for_status()
    client.workers.scripts.subdomain.create("site", account_id=account.id, enabled=True)
    site = next(it for it in client.workers.scripts.list(account_id=account.id) if it.id == "site")
    assert (site.has_assets, site.has_modules) == (True, False)
    (version,) = client.workers.beta.workers.versions.list("site", account_id=account.id)
    assert version.assets
    assert version.assets.config
    assert version.assets.config.not_found_handling == "single-page-application"
    assert edge.get(f"site.{account.subdomain}", "/any").content == home
