"""Queues: the official SDK manages them, and real Workers send and consume."""

from collections.abc import Iterator
from typing import Any

import cloudflare
import pytest
from cloudflare import Cloudflare

from support.accounts import Account
from support.data_plane import eventually
from support.localedge import LocalEdge
from support.queues import Queues
from support.sdk import strict_client

JOBS = {"type": "queue", "name": "JOBS", "queue_name": "jobs"}


@pytest.fixture(scope="module")
def client(edge: LocalEdge, account: Account) -> Iterator[Cloudflare]:
    with strict_client(edge, account.token) as opened:
        yield opened


@pytest.fixture(scope="module")
def queues(edge: LocalEdge, client: Cloudflare, account: Account) -> Queues:
    """Deploy two scripts: `sender` consumes `jobs`, `other` what is dead."""
    opened = Queues.open(edge, client, account.id, account.subdomain)
    jobs, dead = opened.make("jobs", "dead")
    opened.deploy("sender", "sender", JOBS)
    opened.deploy("other", "other")
    opened.consume(jobs, "sender", "dead", max_retries=1)
    opened.consume(dead, "other")
    return opened


def attempts(queues: Queues) -> list[tuple[Any, int]]:
    return [(it["body"], it["attempts"]) for it in queues.seen("jobs")]


def test_each_kind_of_body_arrives_as_it_was_sent(queues: Queues) -> None:
    queues.ask("sender", "/kinds")
    eventually(lambda: len(queues.seen("jobs")) >= 4)
    bodies = [it["body"] for it in queues.seen("jobs")]
    for body in ("é", {"a": ["é"]}, {"bytes": [0, 255]}, {"map": [["k", 1]]}):
        assert body in bodies


def test_failed_message_reaches_the_dead_letter_script(queues: Queues) -> None:
    queues.ask("sender", "/batch", [{"fail": 1}, {"fail": 9}])
    eventually(lambda: {"fail": 9} in [it["body"] for it in queues.seen("dead")])
    for tried in (({"fail": 1}, 1), ({"fail": 1}, 2), ({"fail": 9}, 2)):
        assert tried in attempts(queues)
    dead = [it for it in queues.seen("dead") if it["attempts"] == 1]
    assert [(it["by"], it["of"]) for it in dead] == [("other", 1)]


def test_failed_batch_is_redelivered_to_the_live_version(queues: Queues) -> None:
    queues.ask("sender", "/batch", [{"throw": True, "fail": 1}])
    queues.deploy("sender", "redeployed", JOBS)
    queues.ask("sender", "/batch", [{"after": True}])
    eventually(lambda: {"after": True} in [it["body"] for it in queues.seen("jobs")])
    assert {it["by"] for it in queues.seen("jobs") if it["body"] == {"after": True}} == {
        "redeployed"
    }


def test_a_message_that_is_too_large_fails_where_it_is_sent(queues: Queues) -> None:
    assert "exceeds limit of 128000" in queues.ask("sender", "/large")


def test_a_client_pulls_and_acknowledges(client: Cloudflare, account: Account) -> None:
    its: Any = {"account_id": account.id}
    made = client.queues.create(queue_name="pulled", **its)
    assert made is not None
    key = str(made.queue_id)
    with pytest.raises(cloudflare.BadRequestError):
        client.queues.messages.pull(key, **its)
    client.queues.consumers.create(key, type="http_pull", settings={"max_retries": 1}, **its)
    client.queues.messages.push(key, body="one", content_type="text", **its)
    client.queues.messages.bulk_push(key, messages=[{"body": [2], "content_type": "json"}], **its)
    pulled = client.queues.messages.pull(key, batch_size=10, **its)
    assert pulled is not None
    assert pulled.messages is not None
    assert pulled.message_backlog_count == 2
    assert [it.body for it in pulled.messages] == ["one", "WzJd"]
    leases = [str(it.lease_id) for it in pulled.messages]
    acked = client.queues.messages.ack(
        key, acks=[{"lease_id": leases[0]}], retries=[{"lease_id": leases[1]}], **its
    )
    assert acked is not None
    assert (acked.ack_count, acked.retry_count, acked.warnings) == (1, 1, {})
    peeked = client.queues.messages.peek(key, **its)
    assert peeked is not None
    assert [it.attempts for it in peeked.messages or ()] == [1]
    client.queues.purge.start(key, delete_messages_permanently=True, **its)
    status = client.queues.purge.status(key, **its)
    assert status is not None
    assert status.completed == "true"
    metrics = client.queues.get_metrics(key, **its)
    assert metrics is not None
    assert metrics.backlog_count == 0


def test_the_sdk_manages_queues_and_consumers(
    queues: Queues, client: Cloudflare, account: Account
) -> None:
    its: Any = {"account_id": account.id}
    (found,) = [it for it in client.queues.list(**its) if it.queue_name == "jobs"]
    assert found.producers_total_count == 1
    (consumer,) = client.queues.consumers.list(str(found.queue_id), **its)
    changed = client.queues.consumers.update(
        str(consumer.consumer_id),
        queue_id=str(found.queue_id),
        type="worker",
        script_name="other",
        settings={"batch_size": 3},
        **its,
    )
    assert changed is not None
    assert changed.settings is not None
    assert (changed.settings.batch_size, changed.settings.max_retries) == (3, 3)
    edited = client.queues.edit(str(found.queue_id), settings={"delivery_paused": True}, **its)
    assert edited is not None
    assert edited.settings is not None
    assert edited.settings.delivery_paused
    client.queues.consumers.delete(str(consumer.consumer_id), queue_id=found.queue_id or "", **its)
    client.queues.delete(str(found.queue_id), **its)
    with pytest.raises(cloudflare.NotFoundError) as caught:
        client.queues.get(str(found.queue_id), **its)
    assert caught.value.errors[0].code == 11000
