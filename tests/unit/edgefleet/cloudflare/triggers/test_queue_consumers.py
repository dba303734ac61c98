"""Consumers of queues, as a file describes them and as Cloudflare's API has them."""

from typing import Any

import pytest

from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.triggers.declared_consumers import DEFAULTS, declared_consumers
from edgefleet.cloudflare.triggers.queue_consumers import QueueConsumers
from edgefleet.core.secret import Secret
from support.answers import Asked, Scripted, enveloped, refused, scripted

OWN = {"consumer_id": "c1", "type": "worker", "script": "mine", "settings": {"batch_size": 7.0}}
OTHER = {"consumer_id": "c2", "type": "worker", "service": "theirs", "settings": {}}
PULLED = {"consumer_id": "c3", "type": "http_pull", "settings": {"visibility_timeout_ms": 9}}
JOBS = {"queue": "jobs", **DEFAULTS, "max_batch_size": 7}


def queue(name: str, *consumers: dict[str, Any]) -> dict[str, Any]:
    return {"queue_id": f"id-{name}", "queue_name": name, "consumers": [*consumers]}


def api(server: Scripted) -> Cloudflare:
    return Cloudflare(server.url, Secret("token"), sleep=lambda _: None)


def writes(asked: list[Asked]) -> list[str]:
    return [f"{one.method} {one.path}" for one in asked if one.method != "GET"]


def test_a_consumer_has_defaults_where_the_file_says_nothing() -> None:
    consumers = [
        {"queue": "late", "max_retries": 0, "max_batch_timeout": 0.5, "max_concurrency": None},
        {"queue": "jobs", "max_batch_size": 7, "type": "worker"},
    ]
    first, second = declared_consumers({"queues": {"consumers": consumers}})
    assert first == JOBS
    assert (second["max_retries"], second["max_batch_timeout"]) == (0, 0.5)


def test_a_live_consumer_is_told_in_the_words_of_a_file() -> None:
    queues = [queue("jobs", OWN), queue("theirs", OTHER), queue("pulled", PULLED), queue("empty")]
    with scripted(enveloped(queues)) as server:
        client = QueueConsumers(api(server), "a")
        assert client.of("mine") == (JOBS,)
        assert client.owners(["jobs", "theirs", "pulled", "empty"]) == {
            "jobs": "mine",
            "theirs": "theirs",
            "pulled": "a pull consumer",
        }


def test_what_differs_is_written_and_what_is_not_named_deleted() -> None:
    queues = [queue("jobs", OWN), queue("old", OWN), queue("new")]
    wanted = [JOBS, {"queue": "new", **DEFAULTS, "max_batch_timeout": 0.5}]
    with scripted(enveloped(queues), enveloped({})) as server:
        QueueConsumers(api(server), "a").replace("mine", wanted)
    assert writes(server.asked) == [
        "POST /accounts/a/queues/id-new/consumers",
        "DELETE /accounts/a/queues/id-old/consumers/c1",
    ]
    assert server.asked[1].body == {
        "type": "worker",
        "script_name": "mine",
        "dead_letter_queue": "",
        "settings": {
            "batch_size": 10,
            "max_retries": 3,
            "max_wait_time_ms": 500,
            "max_concurrency": None,
            "retry_delay": 0,
        },
    }


@pytest.mark.parametrize(
    ("consumers", "words"), [([OTHER], "belongs to theirs"), ([PULLED], "belongs to a pull")]
)
def test_a_queue_of_another_consumer_is_never_taken(
    consumers: list[dict[str, Any]], words: str
) -> None:
    with (
        scripted(enveloped([queue("jobs", *consumers)])) as server,
        pytest.raises(ApiError, match=words),
    ):
        QueueConsumers(api(server), "a").replace("mine", [JOBS])
    assert writes(server.asked) == []


WORKER = {
    "logpush": False,
    "observability": {},
    "references": {"domains": []},
    "subdomain": {"enabled": True, "previews_enabled": True},
    "tags": [],
    "tail_consumers": [],
}


def observed(beside: tuple[str, ...] = (), **exported: Any) -> list[str]:
    """Observe a script that exports this; return what was asked of other lists of the account."""
    shares = [{"version_id": "v", "percentage": 100}]
    deployed = {"id": "d", "created_on": "2026-01-01T00:00:00Z", "versions": shares}
    with scripted(
        enveloped({"deployments": [deployed]}),
        enveloped([{"id": "mine", "routes": [], **exported}]),
        enveloped({"items": [{"id": "v", "number": 1}]}),
        enveloped({"schedules": []}),
        enveloped(WORKER),
        refused(10000, 403, "Authentication error"),
    ) as server:
        settings = Account(api(server), "a").observe("mine", beside, {"Room"}).settings
        assert (settings.consumers, settings.workflows) == ((), ())
    return [one.path.split("?")[0].split("/")[-1] for one in server.asked[5:]]


def test_lists_are_read_for_scripts_that_may_have_some() -> None:
    room, page = {"name": "Room"}, {"name": "Page"}
    assert observed(handlers=["fetch"], named_handlers=[room]) == []
    assert observed(handlers=["fetch", "queue"], named_handlers=[room]) == ["queues"]
    assert observed(handlers=["fetch"], named_handlers=[room, page]) == ["workflows"]


def test_a_token_must_be_able_to_read_what_the_files_name() -> None:
    with pytest.raises(ApiError, match="Authentication error"):
        observed(("consumers",), handlers=["fetch"])


def test_one_queue_is_tried_and_nothing_is_updated() -> None:
    queues = [queue("theirs", OTHER), queue("jobs", OWN), queue("new")]
    with scripted(enveloped(queues), refused(11004, 404)) as server:
        QueueConsumers(api(server), "a").try_write(["new", "jobs"])
    assert writes(server.asked) == [f"DELETE /accounts/a/queues/id-jobs/consumers/{'0' * 32}"]


def test_a_queue_that_is_not_there_is_not_tried() -> None:
    with scripted(enveloped([])) as server:
        QueueConsumers(api(server), "a").try_write(["new"])
    assert writes(server.asked) == []
