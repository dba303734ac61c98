"""The official SDK makes and reads what bindings name, and validates every answer strictly."""

from collections.abc import Iterator
from typing import Any

import cloudflare
import pytest
from cloudflare import Cloudflare

from support.accounts import Account
from support.localedge import LocalEdge
from support.project import ROOT
from support.sdk import strict_client

Its = dict[str, Any]


@pytest.fixture
def client(edge: LocalEdge, account: Account) -> Iterator[Cloudflare]:
    with strict_client(edge, account.token) as opened:
        yield opened


def test_buckets_and_their_objects(client: Cloudflare, account: Account) -> None:
    buckets = client.r2.buckets
    made = buckets.create(account_id=account.id, name="sdk", location_hint="weur")
    assert (made.name, made.location) == ("sdk", "weur")
    its: Its = {"account_id": account.id, "bucket_name": "sdk"}
    stored = buckets.objects.upload("a/b ü", b"content", **its)
    assert (stored.key, stored.size) == ("a/b ü", "7")
    assert buckets.objects.get("a/b ü", **its).read() == b"content"
    buckets.objects.upload("c", b"", **its)
    listed = list(buckets.objects.list(per_page=1, **its))
    assert [(it.key, it.size) for it in listed] == [("a/b ü", 7), ("c", 0)]
    with pytest.raises(cloudflare.ConflictError) as caught:
        buckets.delete(**its)
    assert caught.value.errors[0].code == 10008
    for key in ("a/b ü", "c"):
        assert buckets.objects.delete(key, **its).key == key
    found = buckets.list(account_id=account.id).buckets
    assert found is not None
    assert [it.name for it in found] == ["sdk"]
    assert client.r2.buckets.metrics.list(account_id=account.id).standard is not None
    buckets.delete(**its)
    with pytest.raises(cloudflare.NotFoundError):
        buckets.get(**its)


def test_stores_and_their_secrets(client: Cloudflare, account: Account) -> None:
    stores = client.secrets_store.stores
    store: Any = stores.create(account_id=account.id, name="sdk")
    its: Its = {"account_id": account.id, "store_id": store.id}
    (made,) = stores.secrets.create(
        body=[{"name": "KEY", "value": "canary-51d0", "scopes": ["workers"], "comment": "c"}], **its
    )
    stores.secrets.edit(made.id, value="canary-51d1", **its)
    copy: Any = stores.secrets.duplicate(made.id, name="COPY", scopes=["ai_gateway"], **its)
    got: Any = stores.secrets.get(copy.id, **its)
    assert got.scopes == ["ai_gateway"]
    assert [it.name for it in stores.secrets.list(**its)] == ["COPY", "KEY"]
    assert [it.name for it in stores.secrets.list(search="KEY", **its)] == ["KEY"]
    quota: Any = client.secrets_store.quota.get(account_id=account.id)
    assert quota.secrets.usage == 2
    stores.secrets.delete(made.id, **its)
    with pytest.raises(cloudflare.NotFoundError) as caught:
        stores.secrets.get(made.id, **its)
    assert caught.value.errors[0].code == 1001
    with pytest.raises(cloudflare.ConflictError):
        stores.delete(**its)
    assert [it.name for it in stores.list(account_id=account.id)] == ["sdk"]
    stores.delete(force=True, **its)


def test_mtls_certificates(client: Cloudflare, account: Account) -> None:
    pem = (ROOT / "tests" / "fixtures" / "tls" / "loopback.pem").read_text()
    end = "-----END CERTIFICATE-----"
    certificate, key = (pem.partition(end)[0] + end, pem.partition(end)[2])
    certificates = client.mtls_certificates
    made = certificates.create(
        account_id=account.id, ca=False, certificates=certificate, private_key=key, name="sdk"
    )
    assert made is not None
    assert made.id
    assert [it.id for it in certificates.list(account_id=account.id)] == [made.id]
    got = certificates.get(made.id, account_id=account.id)
    assert got is not None
    assert got.issuer == "CN=made up for tests of edgefleet"
    certificates.delete(made.id, account_id=account.id)


def test_hyperdrive_configurations(client: Cloudflare, account: Account) -> None:
    configs = client.hyperdrive.configs
    origin: Any = {
        "scheme": "postgres",
        "host": "db.example.com",
        "port": 5432,
        "database": "d",
        "user": "u",
        "password": "canary-51d0",
    }
    made = configs.create(account_id=account.id, name="sdk", origin=origin)
    assert made is not None
    configs.edit(made.id, account_id=account.id, name="changed")
    configs.update(made.id, account_id=account.id, name="changed", origin=origin)
    got = configs.get(made.id, account_id=account.id)
    assert got is not None
    assert "canary" not in got.to_json()
    assert [it.name for it in configs.list(account_id=account.id)] == ["changed"]
    configs.delete(made.id, account_id=account.id)


def test_the_settings_of_a_bucket(client: Cloudflare, account: Account) -> None:
    client.r2.buckets.create(account_id=account.id, name="settings")
    its: Its = {"account_id": account.id, "bucket_name": "settings"}
    buckets = client.r2.buckets
    buckets.cors.update(rules=[{"allowed": {"methods": ["GET"], "origins": ["*"]}}], **its)
    assert buckets.cors.get(**its).rules is not None
    rule: Any = {
        "id": "r",
        "enabled": True,
        "conditions": {"prefix": ""},
        "deleteObjectsTransition": {"condition": {"type": "Age", "maxAge": 60}},
    }
    buckets.lifecycle.update(rules=[rule], **its)
    assert buckets.lifecycle.get(**its).rules is not None
    lock: Any = {"id": "l", "enabled": True, "condition": {"type": "Indefinite"}}
    buckets.locks.update(rules=[lock], **its)
    assert buckets.locks.get(**its).rules is not None
    domains = buckets.domains
    domains.custom.create(domain="r2.example.com", enabled=True, zone_id="z", **its)
    assert domains.custom.get("r2.example.com", **its).status.ssl == "active"
    assert [it.domain for it in domains.custom.list(**its).domains] == ["r2.example.com"]
    assert domains.managed.update(enabled=True, **its).enabled
    with pytest.raises(cloudflare.NotFoundError):
        buckets.event_notifications.list(**its)


def test_a_database_s_read_replication_is_edited(client: Cloudflare, account: Account) -> None:
    its: Its = {"account_id": account.id}
    database = client.d1.database.create(name="replicated", **its).uuid or ""
    edited = client.d1.database.edit(database, read_replication={"mode": "auto"}, **its)
    assert edited.read_replication is not None
    assert edited.read_replication.mode == "auto"


def test_event_subscriptions_of_a_queue(client: Cloudflare, account: Account) -> None:
    its: Its = {"account_id": account.id}
    made_queue: Any = client.queues.create(queue_name="subscribed", **its)
    queue = made_queue.queue_id
    subscriptions = client.queues.subscriptions
    made: Any = subscriptions.create(
        name="mine",
        source={"type": "kv"},
        destination={"type": "queues.queue", "queue_id": queue},
        events=["namespace.created"],
        **its,
    )
    subscriptions.update(made.id, enabled=False, **its)
    assert [it.enabled for it in subscriptions.list(**its)] == [False]
    shown: Any = subscriptions.get(made.id, **its)
    assert shown.source.type == "kv"
    subscriptions.delete(made.id, **its)


def test_container_applications_and_their_rollouts(client: Cloudflare, account: Account) -> None:
    its: Its = {"account_id": account.id}
    applications = client.containers.applications
    configuration: Any = {"image": "registry.example.com/app:1", "instance_type": "lite"}
    made: Any = applications.create(
        name="sdk",
        instances=1,
        max_instances=2,
        scheduling_policy="default",
        configuration=configuration,
        **its,
    )
    assert made.health.instances.active == 0
    assert [it.id for it in applications.list(**its)] == [made.id]
    edited: Any = applications.edit(made.id, max_instances=5, **its)
    assert edited.max_instances == 5
    rollout: Any = applications.rollouts.create(
        made.id,
        description="next",
        strategy="rolling",
        target_configuration={"image": "registry.example.com/app:2"},
        **its,
    )
    assert rollout.status == "completed"
    got: Any = applications.get(made.id, **its)
    assert (got.version, got.configuration.image) == (2, "registry.example.com/app:2")
    applications.delete(made.id, **its)


def test_a_workflow_s_schedule(client: Cloudflare, account: Account) -> None:
    its: Its = {"account_id": account.id}
    code = b"import { WorkflowEntrypoint } from 'cloudflare:workers';\n"
    code += b"export class Order extends WorkflowEntrypoint {}\nexport default { fetch() {} };"
    client.workers.scripts.update(
        "ordering",
        metadata={"main_module": "index.js", "compatibility_date": "2025-06-01"},
        files=[("index.js", code, "application/javascript+module")],
        **its,
    )
    client.workflows.update(
        "ordered",
        script_name="ordering",
        class_name="Order",
        schedules=[{"cron": "0 8 * * *"}],
        **its,
    )
    shown: Any = client.workflows.get("ordered", **its)
    assert [it.cron for it in shown.schedules] == ["0 8 * * *"]
    assert shown.schedules[0].next_instance.endswith("T08:00:00Z")
