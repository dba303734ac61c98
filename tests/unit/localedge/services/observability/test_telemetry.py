"""Workers Logs are found, grouped and counted as a telemetry query asks."""

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localedge.model import Json, ScriptRef
from support.control_plane import ACCOUNT, ControlPlane, control_plane

TELEMETRY = f"/accounts/{ACCOUNT}/workers/observability/telemetry"
STATUS = "$workers.event.response.status"
VERSION = "$workers.scriptVersion.id"


def run(
    cloud: ControlPlane, status: int = 200, *logs: Json, version: str = "v1", **facts: Json
) -> None:
    request = {"method": "GET", "url": "http://one/a?b", "headers": {"cf-ray": "12ab-DFW"}}
    event = {
        "outcome": "ok",
        "eventTimestamp": int(time.time() * 1000) - 50,
        "wallTime": 20,
        "event": {"request": request, "response": {"status": status}},
        "logs": [{"level": "log", "message": list(it), "timestamp": None} for it in logs],
        **facts,
    }
    traces = cloud.server.state.traces
    asyncio.run(traces.record(ScriptRef(ACCOUNT, "one"), version, [event]))


def ask(cloud: ControlPlane, view: str = "calculations", **parameters: Any) -> Any:
    now = int(time.time() * 1000)
    body = {
        "queryId": "any",
        "timeframe": {"from": now - 60_000, "to": now + 1000},
        "view": view,
        "parameters": parameters,
    }
    return cloud.api("POST", f"{TELEMETRY}/query", json=body).result[view]


def where(key: str, operation: str, value: Any = None, kind: str = "string") -> Json:
    return {"key": key, "operation": operation, "value": value, "type": kind}


@pytest.fixture
def logged(cloud: ControlPlane) -> ControlPlane:
    """Deploy a Worker whose logs are kept."""
    cloud.put(observability={"enabled": True})
    return cloud


def test_an_invocation_and_its_lines_are_events(logged: ControlPlane) -> None:
    run(logged, 201, ["asked", {"for": 1}], [{"user": {"id": 7}}], ['{"took": 3}'])
    found = ask(logged, "events")["events"]
    kinds = [it["$metadata"]["type"] for it in found]
    assert sorted(kinds) == ["cf-worker", "cf-worker", "cf-worker", "cf-worker-event"]
    event = found[kinds.index("cf-worker-event")]
    assert event["$metadata"]["trigger"] == "GET /a"
    assert event["$metadata"]["statusCode"] == event["$workers"]["event"]["response"]["status"]
    assert event["$workers"]["wallTimeMs"] == 20
    sources = [it["source"] for it in found if it is not event]
    assert {"level": "log", "message": 'asked {"for": 1}'} in sources
    assert {"level": "log", "user": {"id": 7}} in sources
    assert {"level": "log", "took": 3} in sources
    (whole,) = ask(logged, "invocations").values()
    assert len(whole) == 4


def test_an_uncaught_exception_is_an_error(logged: ControlPlane) -> None:
    run(logged, outcome="exception", exceptions=[{"name": "TypeError", "message": "no"}])
    found = ask(logged, "events", filters=[where("$metadata.error", "exists")])["events"]
    assert {it["$metadata"]["error"] for it in found} == {"TypeError: no"}
    assert {it["$metadata"]["level"] for it in found} == {"error"}


def test_counts_by_version_and_status(logged: ControlPlane) -> None:
    for status, version in ((200, "v1"), (200, "v1"), (500, "v1"), (500, "v2"), (503, "v2")):
        run(logged, status, version=version)
    (counted,) = ask(
        logged,
        calculations=[{"operator": "COUNT", "alias": "n"}],
        groupBys=[{"type": "string", "value": VERSION}],
        filters=[where(STATUS, ">=", 500, "number")],
        orderBy={"value": "n", "order": "asc"},
    )
    shown = [(it["groups"][0]["value"], it["value"]) for it in counted["aggregates"]]
    assert shown == [("v1", 1), ("v2", 2)]
    assert sum(point["value"] for it in counted["series"] for point in it["data"]) == 3
    (most,) = ask(
        logged,
        calculations=[{"operator": "count"}],
        groupBys=[{"type": "string", "value": VERSION}],
        havings=[{"key": "count", "operation": "gt", "value": 2}],
    )
    assert [it["groups"][0]["value"] for it in most["aggregates"]] == ["v1"]


def test_figures_of_a_field(logged: ControlPlane) -> None:
    for number in range(1, 101):
        run(logged, 200, [{"took": number}])
    operators = ["median", "p99", "P999", "max", "min", "sum", "avg", "uniq", "stddev"]
    found = ask(
        logged,
        calculations=[{"operator": it, "key": "took", "keyType": "number"} for it in operators],
    )
    values = [it["aggregates"][0]["value"] for it in found]
    assert values == pytest.approx([50, 99, 100, 100, 1, 5050, 50.5, 100, 28.866], rel=1e-4)


@pytest.mark.parametrize(
    ("filters", "combination", "count"),
    [
        ([where("took", "in", "1, 2", "number")], "and", 2),
        ([where("took", "not_in", "1,2", "number"), where("word", "EXISTS")], "and", 1),
        ([where("word", "STARTS_WITH", "al")], "and", 1),
        ([where("word", "ends_with", "ta")], "and", 1),
        ([where("word", "regex", "^(alpha|beta)$")], "and", 2),
        ([where("word", "DOES_NOT_INCLUDE", "ph"), where("word", "EXISTS")], "and", 2),
        ([where("took", "lt", "2", "number"), where("took", "=", 3, "number")], "or", 2),
        ([where("took", "is_null", kind="number")], "and", 3),
        ([{"kind": "group", "filterCombination": "OR", "filters": [
            where("took", "eq", 1, "number"), where("good", "eq", True, "boolean")]}], "and", 2),
        ([where("took", "eq", "1")], "and", 0),
    ],
)  # fmt: skip
def test_filters(logged: ControlPlane, filters: Json, combination: str, count: int) -> None:
    run(logged, 200, [{"took": 1, "word": "alpha"}])
    run(logged, 200, [{"took": 2, "word": "beta"}])
    run(logged, 200, [{"took": 3, "word": "gamma", "good": True}])
    found = ask(logged, "events", filters=filters, filterCombination=combination)
    assert found["count"] == count


def test_a_needle_and_a_cursor_find_events(logged: ControlPlane) -> None:
    for word in ("Needle", "hay", "NEEDLE"):
        run(logged, 200, [word])
    assert ask(logged, "events", needle={"value": "needle"})["count"] == 2
    assert ask(logged, "events", needle={"value": "Needle", "matchCase": True})["count"] == 1
    every = [it["$metadata"]["id"] for it in ask(logged, "events")["events"]]
    now = int(time.time() * 1000)
    body: dict[str, Any] = {
        "queryId": "q",
        "timeframe": {"from": now - 60_000, "to": now},
        "parameters": {},
    }
    body |= {"view": "events", "limit": 2, "offset": every[0]}
    page = logged.api("POST", f"{TELEMETRY}/query", json=body).result["events"]["events"]
    assert [it["$metadata"]["id"] for it in page] == every[1:3]


def test_keys_and_values(logged: ControlPlane) -> None:
    run(logged, 200, [{"took": 1, "good": True}])
    found = logged.api("POST", f"{TELEMETRY}/keys", json={"keyNeedle": {"value": "O"}}).result
    assert {"took", "good", "$workers.outcome"} <= {it["key"] for it in found}
    kinds = {it["key"]: it["type"] for it in found}
    assert (kinds["took"], kinds["good"]) == ("number", "boolean")
    now = int(time.time() * 1000)
    body: dict[str, Any] = {"datasets": [], "key": STATUS, "type": "number"}
    body |= {"timeframe": {"from": now - 60_000, "to": now}}
    (value,) = logged.api("POST", f"{TELEMETRY}/values", json=body).result
    assert value == {"dataset": "cloudflare-workers", "key": STATUS, "type": "number", "value": 200}


def test_logs_are_kept_as_the_settings_say(cloud: ControlPlane) -> None:
    cloud.put()
    run(cloud)
    assert ask(cloud, "events")["events"] == [], "observability is off"
    cloud.put(observability={"enabled": True, "logs": {"invocation_logs": False}})
    run(cloud, 200, ["a line"])
    (only,) = ask(cloud, "events")["events"]
    assert only["$metadata"]["message"] == "a line"


def test_a_sampled_event_stands_for_others(cloud: ControlPlane) -> None:
    cloud.put(observability={"enabled": True, "head_sampling_rate": 0.5})
    for _ in range(60):
        run(cloud)
    (counted,) = ask(cloud, calculations=[{"operator": "count"}])
    (all_of_them,) = counted["aggregates"]
    assert all_of_them["sampleInterval"] == 2
    assert 20 < all_of_them["value"] < 100


def test_logs_appear_with_a_delay(logged: ControlPlane) -> None:
    logged.control("PUT", "analytics", json={"telemetry": {"delay_seconds": 3000}})
    run(logged)
    assert ask(logged, "events")["count"] == 0


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5)
    | st.sampled_from(["", "took", "(", "count", "p99", "regex", "in", "string", "number", "and"]),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(st.sampled_from(["key", "operation", "kind", "filters", "value"]), inner),
    max_leaves=5,
)  # fmt: skip
OPERATIONS = st.sampled_from("eq NEQ regex in includes gt exists x".split())
LEAF = st.fixed_dictionaries(
    {
        "key": st.just("took"),
        "operation": OPERATIONS,
        "type": st.sampled_from(["string", "number"]),
    },
    optional={"value": ANY},
)
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "filters": st.lists(LEAF | ANY, max_size=2),
        "needle": st.fixed_dictionaries({"value": ANY}, optional={"isRegex": st.booleans()}),
        "calculations": st.lists(
            st.fixed_dictionaries({"operator": st.sampled_from(["count", "avg", "p99", "x"])},
            optional={"key": ANY}), max_size=2),
        "groupBys": st.lists(st.fixed_dictionaries({"value": ANY, "type": st.just("number")})),
        "havings": ANY,
        "orderBy": st.fixed_dictionaries({"value": ANY}),
        "limit": ANY,
    },
)  # fmt: skip


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with control_plane(tmp_path_factory.mktemp("state")) as served:
        served.put(observability={"enabled": True})
        run(served, 200, [{"took": 1}], ["x"])
        yield served


@settings(deadline=None)
@given(
    st.sampled_from(["query", "keys", "values"]),
    PARAMETERS,
    ANY,
    st.sampled_from(["events", "calculations", "invocations", "traces"]),
)
def test_any_query_has_an_answer_of_the_api(
    shared: ControlPlane, what: str, parameters: Any, other: Any, view: str
) -> None:
    body: dict[str, Any] = {"timeframe": {"from": 0, "to": time.time() * 1000}, "limit": 5}
    if what == "query":
        body |= {"queryId": "q", "parameters": parameters, "view": view, "granularity": other}
    else:
        body |= {"filters": parameters.get("filters", []), "key": other, "type": "string"}
    answer = shared.api("POST", f"{TELEMETRY}/{what}", content=json.dumps(body))
    assert answer.status < 500, answer.response.text
    assert answer.response.json()["success"] == (answer.status < 400)
