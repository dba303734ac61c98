"""`workersInvocationsAdaptive` counts what ran, late and sampled as the admin API sets it."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localedge.model import Json, ScriptRef
from support.control_plane import ACCOUNT, ControlPlane

QUERY = """
query Analytics($accountTag: String!, $filter: Filter!, $limit: Int = 100) {
  viewer { accounts(filter: { accountTag: $accountTag }) {
    found: workersInvocationsAdaptive(limit: $limit, filter: $filter, orderBy: [ORDER]) { FIELDS }
  } }
}
"""
BY_STATUS = "sum { requests errors } dimensions { scriptVersion status }"


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def run(
    cloud: ControlPlane, version: str, *outcomes: str, script: str = "one", **facts: Json
) -> None:
    started = int(time.time() * 1000) - 10
    events: list[Mapping[str, Json]] = [
        {"outcome": it, "eventTimestamp": started, "wallTime": 1, **facts} for it in outcomes
    ]
    traces = cloud.server.state.traces
    asyncio.run(traces.record(ScriptRef(ACCOUNT, script), version, events))


def ask(cloud: ControlPlane, fields: str, order: str = "datetime_ASC", **wanted: Any) -> Any:
    query = QUERY.replace("FIELDS", fields).replace("ORDER", order)
    wanted.setdefault("datetime_geq", iso(time.time() - 3600))
    variables = {"accountTag": ACCOUNT, "filter": wanted}
    body = {"query": query, "variables": variables, "operationName": "Analytics"}
    return cloud.api("POST", "/graphql", json=body).response.json()


def rows(cloud: ControlPlane, fields: str, order: str = "datetime_ASC", **wanted: Any) -> Any:
    answer = ask(cloud, fields, order, **wanted)
    assert answer["errors"] is None, answer
    return answer["data"]["viewer"]["accounts"][0]["found"]


def test_invocations_are_counted_by_version_and_status(cloud: ControlPlane) -> None:
    run(cloud, "v1", "ok", "ok", "exception", "canceled")
    run(cloud, "v2", "ok", "exceededCpu", "killed")
    run(cloud, "v2", "ok", executionModel="durableObject")
    run(cloud, "v3", "ok", script="two")
    found = rows(cloud, BY_STATUS, scriptName="one", scriptVersion_in=["v1", "v2"])
    assert {
        (it["dimensions"]["scriptVersion"], it["dimensions"]["status"]): tuple(it["sum"].values())
        for it in found
    } == {
        ("v1", "success"): (2, 0),
        ("v1", "scriptThrewException"): (1, 1),
        ("v1", "clientDisconnected"): (1, 0),
        ("v2", "success"): (1, 0),
        ("v2", "exceededResources"): (1, 1),
        ("v2", "internalError"): (1, 1),
    }
    ordered = rows(cloud, "sum { requests } dimensions { scriptVersion }", "sum_requests_DESC")
    assert [it["sum"]["requests"] for it in ordered] == [4, 3, 1]
    assert rows(cloud, "sum { requests }") == [{"sum": {"requests": 8}}]


def test_a_handled_error_is_a_success(cloud: ControlPlane) -> None:
    run(cloud, "v1", "ok", event={"response": {"status": 500}})
    assert rows(cloud, "sum { errors } dimensions { status }") == [
        {"sum": {"errors": 0}, "dimensions": {"status": "success"}}
    ]


def test_times_have_quantiles_in_microseconds(cloud: ControlPlane) -> None:
    for milliseconds in range(1, 101):
        run(cloud, "v1", "ok", wallTime=milliseconds, eventTimestamp=int(time.time() * 1000) - 200)
    fields = "quantiles { wallTimeP50 wallTimeP99 cpuTimeP50 cpuTimeP99 } max { wallTime }"
    assert rows(cloud, fields) == [
        {
            "quantiles": {
                "wallTimeP50": 50_000, "wallTimeP99": 99_000, "cpuTimeP50": 0, "cpuTimeP99": 0
            },
            "max": {"wallTime": 100_000},
        }
    ]  # fmt: skip


def test_times_fall_into_buckets(cloud: ControlPlane) -> None:
    run(cloud, "v1", "ok", "ok")
    names = "datetimeMinute datetimeFiveMinutes datetimeFifteenMinutes datetimeHour date"
    (row,) = rows(cloud, f"sum {{ requests }} dimensions {{ {names} }}")
    shown = row["dimensions"]
    for name, minutes in (("Minute", 1), ("FiveMinutes", 5), ("FifteenMinutes", 15), ("Hour", 60)):
        at = datetime.fromisoformat(shown[f"datetime{name}"])
        assert (at.timestamp() % (60 * minutes), shown[f"datetime{name}"][-1]) == (0, "Z")
    assert shown["datetimeHour"].startswith(shown["date"])


def test_what_ran_appears_with_a_delay(cloud: ControlPlane) -> None:
    cloud.control("PUT", "analytics", json={"graphql": {"delay_seconds": 3000}})
    run(cloud, "v1", "ok")
    assert rows(cloud, "sum { requests }") == []
    cloud.control("POST", "reset")
    assert cloud.control("GET", "analytics").json()["graphql"]["delay_seconds"] == 0


def test_sampled_sums_are_estimates_with_their_interval(cloud: ControlPlane) -> None:
    run(cloud, "v1", *["ok"] * 1000)
    cloud.control("PUT", "analytics", json={"graphql": {"sample_interval": 10}, "seed": 1})
    fields = """
    sum { requests } avg { sampleInterval }
    confidence(level: 0.9) { level sum { requests { estimate lower upper sampleSize } } }
    """
    (row,), (again,) = rows(cloud, fields), rows(cloud, fields)
    found = row["confidence"]["sum"]["requests"]
    assert row["avg"]["sampleInterval"] == 10
    assert row["sum"]["requests"] == found["estimate"] == 10 * found["sampleSize"]
    assert found["lower"] < found["estimate"] < found["upper"]
    assert 600 < row["sum"]["requests"] < 1400
    assert row["sum"] != again["sum"], "the same query may give another number"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ((100, 0), "cannot request data older than 13w, but your query requests data from 14w2d"),
        ((40, 0), "cannot request a time range wider than 4w3d, but your query time range spans"),
    ],
)
def test_the_time_of_a_query_is_limited(
    cloud: ControlPlane, days: tuple[int, int], words: str
) -> None:
    begin, end = (iso(time.time() - timedelta(days=it).total_seconds()) for it in days)
    answer = ask(cloud, "sum { requests }", datetime_geq=begin, datetime_leq=end)
    (error,) = answer["errors"]
    assert f'account "{ACCOUNT}" {words}' in error["message"]
    assert error["path"] == ["viewer", "accounts", "0", "found"]


def test_settings_of_another_form_are_refused(cloud: ControlPlane) -> None:
    for given in ({"graphql": {"sample_interval": 7}}, {"x": 1}, {"seed": "a"}):
        assert cloud.control("PUT", "analytics", json=given).status_code == 400
