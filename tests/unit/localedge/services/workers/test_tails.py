"""Tails are opened, listed and ended; events reach them, the admin API and tail consumers."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localedge.model import Json, LogLine, ScriptRef
from support.control_plane import ACCOUNT, ControlPlane, control_plane

REF = ScriptRef(ACCOUNT, "one")
EVENT = {"outcome": "ok", "event": {"request": {"method": "GET", "headers": {}}}, "logs": []}


def record(cloud: ControlPlane, *events: Mapping[str, Json]) -> None:
    asyncio.run(cloud.server.state.traces.record(REF, "v1", events))


def waiting(cloud: ControlPlane, tail_id: str) -> int:
    tail = cloud.server.state.traces.tails.get(tail_id)
    assert tail is not None
    return tail.events.qsize()


def test_a_tail_gets_what_its_filters_let_through(cloud: ControlPlane) -> None:
    cloud.put()
    every = cloud.script("POST", "one", "/tails").result
    posts = cloud.script("POST", "one", "/tails", json={"filters": [{"method": ["POST"]}]}).result
    assert every["url"] == f"ws://127.0.0.1/__localedge__/tails/{every['id']}"
    assert [it["id"] for it in cloud.script("GET", "one", "/tails").result] == [
        every["id"], posts["id"]
    ]  # fmt: skip
    record(cloud, EVENT)
    assert (waiting(cloud, every["id"]), waiting(cloud, posts["id"])) == (1, 0)
    cloud.script("DELETE", "one", f"/tails/{every['id']}").result  # noqa: B018 - it must succeed
    assert cloud.script("DELETE", "one", f"/tails/{every['id']}").status == 404
    assert cloud.script("POST", "absent", "/tails").code == 10007


def test_a_script_has_at_most_ten_tails(cloud: ControlPlane) -> None:
    cloud.put()
    answers = [cloud.script("POST", "one", "/tails").status for _ in range(11)]
    assert answers == [200] * 10 + [400]


def test_the_admin_api_shows_the_log_and_the_events(cloud: ControlPlane) -> None:
    cloud.put()
    record(cloud, EVENT)
    (event,) = cloud.control("GET", "events/one").json()
    assert (event["scriptName"], event["scriptVersion"], event["outcome"]) == (
        "one", {"id": "v1"}, "ok"
    )  # fmt: skip
    cloud.data_plane.lines = [LogLine(0.5, "error", "Uncaught Error: no")]
    assert cloud.control("GET", "logs/one").text == (
        "1970-01-01T00:00:00.500Z error Uncaught Error: no\n"
    )
    assert cloud.control("GET", "logs/absent").status_code == 404
    assert cloud.client.get("/__localedge__/logs/one").status_code == 401


def test_tail_consumers_get_no_events_of_tail_handlers(cloud: ControlPlane) -> None:
    cloud.put("watcher")
    cloud.put(tail_consumers=[{"service": "watcher"}])
    record(cloud, EVENT, {"outcome": "ok", "event": {"rpcMethod": "tail"}})
    ((consumer, events),) = cloud.data_plane.tailed
    assert consumer == "watcher"
    assert [it["event"] for it in events] == [EVENT["event"]]


def test_streaming_consumers_get_no_handlers_invocation(cloud: ControlPlane) -> None:
    def stream(*events: Mapping[str, Json]) -> None:
        asyncio.run(cloud.server.state.traces.stream(REF, [{"event": it} for it in events]))

    absent = [{"service": "absent"}]
    assert cloud.put(streaming_tail_consumers=absent).status == 400
    cloud.put("watcher")
    cloud.put(streaming_tail_consumers=[{"service": "watcher"}])
    called = {"type": "attributes", "info": [{"name": "jsrpc.method", "value": "tailStream"}]}
    stream({"type": "onset"}, called)
    stream({"type": "onset"}, {"type": "outcome"})
    ((consumer, events),) = cloud.data_plane.streamed
    assert (consumer, [it["event"]["type"] for it in events]) == ("watcher", ["onset", "outcome"])


def test_a_socket_needs_the_id_of_a_tail(cloud: ControlPlane) -> None:
    cloud.put()
    tail = cloud.script("POST", "one", "/tails").result
    assert cloud.client.get("/__localedge__/tails/absent").status_code == 404
    assert cloud.client.get(f"/__localedge__/tails/{tail['id']}").status_code == 426


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with control_plane(tmp_path_factory.mktemp("state")) as served:
        served.put()
        yield served


ANY = st.none() | st.booleans() | st.sampled_from(["", "x"]) | st.lists(st.none() | st.just("x"))
FILTER = st.dictionaries(
    st.sampled_from("sampling_rate outcome method client_ip header query scriptVersion x".split()),
    ANY | st.floats() | st.dictionaries(st.sampled_from(["key", "query"]), ANY),
)


@settings(deadline=None)
@given(filters=ANY | st.lists(FILTER | ANY, max_size=2))
def test_any_filters_have_an_answer_of_the_api(shared: ControlPlane, filters: Any) -> None:
    body = {"filters": filters}
    try:
        answer = shared.script("POST", "one", "/tails", json=body)
    except ValueError:
        return  # JSON cannot say it
    assert answer.status < 500, answer.response.text
    record(shared, EVENT)
    if answer.status == 200:
        shared.script("DELETE", "one", f"/tails/{answer.result['id']}")
