"""The Queues API: queues, consumers, and the messages of clients that are no Workers."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.control_plane import ACCOUNT, PLAIN, ControlPlane, control_plane

QUEUES = f"/accounts/{ACCOUNT}/queues"
CONSUMER = "export default { fetch() {}, queue() {} };"


def make(cloud: ControlPlane, name: str = "jobs", **settings: Any) -> str:
    body = {"queue_name": name, "settings": settings}
    key: str = cloud.api("POST", QUEUES, json=body).result["queue_id"]
    return key


def consume(cloud: ControlPlane, queue: str, **body: Any) -> Any:
    given = {"type": "worker", "script_name": "one", **body}
    return cloud.api("POST", f"{QUEUES}/{queue}/consumers", json=given)


def test_a_queue_is_found_by_its_names_renamed_and_deleted(cloud: ControlPlane) -> None:
    key = make(cloud)
    make(cloud, "more", delivery_delay=5)
    assert cloud.api("POST", QUEUES, json={"queue_name": "jobs"}).code == 11009
    assert cloud.api("POST", QUEUES, json={"queue_name": "Not A Name"}).code == 11003
    found = cloud.api("GET", f"{QUEUES}?name=jobs&name=more&name=absent").result
    assert [it["queue_name"] for it in found] == ["jobs", "more"]
    changed = cloud.api("PUT", f"{QUEUES}/{key}", json={"queue_name": "work"}).result
    assert (changed["queue_id"], changed["queue_name"]) == (key, "work")
    assert cloud.api("PUT", f"{QUEUES}/{key}", json={"queue_name": "more"}).code == 11009
    cloud.api("DELETE", f"{QUEUES}/{key}")
    assert cloud.api("GET", f"{QUEUES}/{key}").code == 11000


def test_a_patch_keeps_the_other_settings_and_a_put_does_not(cloud: ControlPlane) -> None:
    key = make(cloud, delivery_delay=5)
    one = f"{QUEUES}/{key}"
    patched = cloud.api("PATCH", one, json={"settings": {"delivery_paused": True}}).result
    assert patched["settings"]["delivery_delay"] == 5
    replaced = cloud.api("PUT", one, json={"queue_name": "jobs"}).result
    assert replaced["settings"] == {
        "delivery_delay": 0, "delivery_paused": False, "message_retention_period": 345_600
    }  # fmt: skip


def test_a_queue_lists_its_producers_and_its_one_consumer(cloud: ControlPlane) -> None:
    key = make(cloud)
    cloud.put(text=CONSUMER, bindings=[{"type": "queue", "name": "Q", "queue_name": "jobs"}])
    made = consume(cloud, key).result
    assert made["settings"] == {
        "batch_size": 10, "max_retries": 3, "retry_delay": 0, "max_wait_time_ms": 5000,
        "max_concurrency": None,
    }  # fmt: skip
    assert consume(cloud, key).code == 11004
    queue = cloud.api("GET", f"{QUEUES}/{key}").result
    assert queue["producers"] == [{"type": "worker", "script": "one"}]
    assert queue["consumers"] == [made]
    assert cloud.script("DELETE", "one").code == 10064
    cloud.script("DELETE", "one", "?force=true")
    assert cloud.api("GET", f"{QUEUES}/{key}/consumers").result == []


def test_consumer_needs_a_handler_and_a_dead_letter_queue(
    cloud: ControlPlane,
) -> None:
    key = make(cloud)
    assert consume(cloud, key).code == 10007
    cloud.put(text=PLAIN)
    assert consume(cloud, key).code == 11001
    cloud.put(text=CONSUMER)
    assert consume(cloud, key, dead_letter_queue="absent").code == 11000
    assert consume(cloud, key, type="mail").code == 10026
    made = consume(cloud, key, settings={"batch_size": 1}).result
    one = f"{QUEUES}/{key}/consumers/{made['consumer_id']}"
    assert cloud.api("PUT", one, json={"type": "worker"}).result["settings"]["batch_size"] == 10
    cloud.api("DELETE", one)
    assert cloud.api("GET", one).code == 11002


def test_only_a_pull_consumer_pulls_and_not_from_a_paused_queue(cloud: ControlPlane) -> None:
    key = make(cloud)
    pull = f"{QUEUES}/{key}/messages/pull"
    assert cloud.api("POST", pull, json={}).message.startswith("messages cannot be pulled")
    consume(cloud, key, type="http_pull")
    cloud.api("PATCH", f"{QUEUES}/{key}", json={"settings": {"delivery_paused": True}})
    paused = cloud.api("POST", pull, json={})
    assert (paused.status, paused.message) == (409, "queue_delivery_paused")


def test_pulled_message_returns_after_its_lease_then_is_dead(
    cloud: ControlPlane,
) -> None:
    key, dead = make(cloud), make(cloud, "dead")
    consume(
        cloud, key, type="http_pull", dead_letter_queue="dead",
        settings={"max_retries": 1, "visibility_timeout_ms": 0},
    )  # fmt: skip
    messages = f"{QUEUES}/{key}/messages"
    cloud.api("POST", messages, json={"body": {"a": 1}, "content_type": "json"})
    for attempt in (1, 2):
        (pulled,) = cloud.api("POST", f"{messages}/pull", json={}).result["messages"]
        assert pulled["attempts"] == attempt
    late = cloud.api("POST", f"{messages}/ack", json={"acks": [{"lease_id": pulled["lease_id"]}]})
    assert late.result["ackCount"] == 0
    assert list(late.result["warnings"]) == [pulled["lease_id"]]
    assert cloud.api("POST", f"{messages}/pull", json={}).result["messages"] == []
    (moved,) = cloud.api("POST", f"{QUEUES}/{dead}/messages/peek", json={}).result["messages"]
    assert (moved["id"], moved["attempts"]) == (pulled["id"], 0)
    purged = cloud.api(
        "POST", f"{QUEUES}/{dead}/messages/purge", json={"refs": [{"ref": moved["ref"]}]}
    )
    assert purged.result == {"errors": [], "warnings": {}}


def test_a_delayed_message_is_not_due(cloud: ControlPlane) -> None:
    key = make(cloud, delivery_delay=600)
    consume(cloud, key, type="http_pull")
    messages = f"{QUEUES}/{key}/messages"
    cloud.api("POST", messages, json={"body": "late", "content_type": "text"})
    soon = [{"body": "now", "content_type": "text", "delay_seconds": 0}, {"body": "later"}]
    cloud.api("POST", f"{messages}/batch", json={"messages": soon, "delay_seconds": 9})
    found = cloud.api("POST", f"{messages}/pull", json={}).result["messages"]
    assert [it["body"] for it in found] == ["now"]


@pytest.mark.parametrize(
    "body",
    [
        {"body": "x", "content_type": "v8"},
        {"body": 1, "content_type": "text"},
        {"body": "%", "content_type": "bytes"},
        {"body": "x", "content_type": "text", "delay_seconds": -1},
        {"body": float("nan")},
    ],
)
def test_a_message_that_does_not_fit_its_type_is_refused(
    cloud: ControlPlane, body: dict[str, Any]
) -> None:
    answer = cloud.api("POST", f"{QUEUES}/{make(cloud)}/messages", content=json.dumps(body))
    assert answer.code == 10207


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 200) | st.floats() | st.sampled_from(["", "one"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


def shape(*keys: str) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({}, optional=dict.fromkeys(keys, ANY))


SETTINGS = shape(
    "batch_size", "max_retries", "delivery_delay", "delivery_paused", "visibility_timeout_ms"
)
MESSAGE = shape("body", "content_type", "delay_seconds")
LEASES = st.lists(shape("lease_id", "delay_seconds"), max_size=2) | ANY
CALLS: dict[tuple[str, str], st.SearchStrategy[Any]] = {
    ("POST", ""): st.fixed_dictionaries({"queue_name": ANY}, optional={"settings": SETTINGS}),
    ("PUT", "/{id}"): st.fixed_dictionaries({"queue_name": ANY, "settings": SETTINGS}),
    ("PATCH", "/{id}"): st.fixed_dictionaries({"settings": SETTINGS | ANY}),
    ("POST", "/{id}/purge"): shape("delete_messages_permanently"),
    ("POST", "/{id}/consumers"): st.fixed_dictionaries(
        {"type": st.sampled_from(["worker", "http_pull"]) | ANY},
        optional={"settings": SETTINGS | ANY, "script_name": ANY, "dead_letter_queue": ANY},
    ),
    ("POST", "/{id}/messages"): MESSAGE,
    ("POST", "/{id}/messages/batch"): st.fixed_dictionaries(
        {"messages": st.lists(MESSAGE, max_size=2) | ANY}, optional={"delay_seconds": ANY}
    ),
    ("POST", "/{id}/messages/pull"): shape("batch_size", "visibility_timeout_ms"),
    ("POST", "/{id}/messages/ack"): st.fixed_dictionaries({"acks": LEASES, "retries": LEASES}),
    ("POST", "/{id}/messages/peek"): shape("batch_size"),
    ("POST", "/{id}/messages/purge"): st.fixed_dictionaries(
        {"refs": st.lists(shape("ref"), max_size=2) | ANY}
    ),
}


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ControlPlane, str]]:
    with control_plane(tmp_path_factory.mktemp("state")) as served:
        served.put(text=CONSUMER)
        yield served, make(served)


@settings(deadline=None)
@given(st.one_of([st.tuples(st.just(call), body | ANY) for call, body in CALLS.items()]))
def test_any_json(queue: tuple[ControlPlane, str], call: tuple[tuple[str, str], Any]) -> None:
    ((method, below), body), (cloud, key) = call, queue
    answer = cloud.api(method, QUEUES + below.replace("{id}", key), content=json.dumps(body))
    assert answer.status < 500, answer.response.text
    assert answer.response.json()["success"] == (answer.status < 400)
    for shown in ("", f"/{key}", f"/{key}/consumers", f"/{key}/metrics"):
        cloud.api("GET", QUEUES + shown).result  # noqa: B018 - it must still be readable
