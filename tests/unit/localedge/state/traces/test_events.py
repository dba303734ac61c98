"""The newest events of each script are kept; analytics see them late and sampled."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from localedge.model import Json
from localedge.state.database import Database
from localedge.state.rules.metadata import log_sample_rate
from localedge.state.traces.events import BETWEEN_CLEANINGS, EventStore, Invocation
from localedge.state.traces.ingestion import Analytics, AnalyticsSettings
from support.data_plane import ACCOUNT, ref

EVERY = (0, 10**15)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path)
    yield opened
    opened.close()


def event(started: int, **facts: Json) -> Json:
    return {"eventTimestamp": started, "wallTime": 5, "outcome": "ok", **facts}


def invocation(number: int, ended: int = 0, log_interval: float | None = 1) -> Invocation:
    return Invocation(number, ref("shop"), "v1", ended, ended, "ok", "stateless", log_interval)


def test_a_restart_keeps_the_events(tmp_path: Path) -> None:
    for number in range(2):
        database = Database(tmp_path)
        events = EventStore(database)
        assert [it["eventTimestamp"] for it in events.newest(ref("shop"), 9)] == [7] * number
        events.add(ref("shop"), "v1", [(event(7), None)])
        database.close()


def test_the_oldest_events_are_dropped(database: Database) -> None:
    events = EventStore(database, most=10)
    events.add(ref("other"), "v1", [(event(1), None)])
    for started in range(BETWEEN_CLEANINGS):
        events.add(ref("shop"), "v1", [(event(started), None)])
    kept = events.invocations(ACCOUNT, *EVERY)
    assert len(kept) == 11
    assert kept[-1].started == BETWEEN_CLEANINGS - 1


def test_an_event_has_its_times_and_is_found_by_its_start(database: Database) -> None:
    events = EventStore(database)
    events.add(ref("shop"), "v1", [(event(100, logs=["x"]), 2.0), (event(200), None)])
    (found,) = events.invocations(ACCOUNT, 50, 150)
    assert (found.started, found.ended, found.log_interval) == (100, 105, 2.0)
    ((_, event_text),) = events.with_events(ACCOUNT, 50, 150)
    assert json.loads(event_text)["logs"] == ["x"]
    assert events.invocations("another", *EVERY) == []


def test_what_ran_appears_late_and_never_all_at_once() -> None:
    analytics = Analytics()
    analytics.set(AnalyticsSettings.model_validate({"graphql": {"delay_seconds": 60}}))
    ran = [invocation(number, ended=0) for number in range(200)]
    seen = [len(analytics.graphql_sample(ran, now)[0]) for now in (29_000, 45_000, 60_000)]
    assert seen[0] == 0
    assert 0 < seen[1] < 200
    assert seen[2] == 200
    assert len(analytics.logged(ran, 0)) == 200, "the other source has its own delay"


def test_graphql_samples_anew_and_a_seed_repeats() -> None:
    settings = AnalyticsSettings.model_validate({"graphql": {"sample_interval": 10}, "seed": 7})
    ran = [invocation(number) for number in range(2000)]
    runs = []
    for _ in range(2):
        analytics = Analytics()
        analytics.set(settings)
        samples = [analytics.graphql_sample(ran, 0) for _ in range(3)]
        assert {interval for _, interval in samples} == {10}
        runs.append([[it.id for it in seen] for seen, _ in samples])
    assert runs[0] == runs[1]
    assert runs[0][0] != runs[0][1]
    assert 100 < len(runs[0][0]) < 300


def test_workers_logs_take_one_sample_on_the_way_in() -> None:
    analytics = Analytics()
    analytics.set(AnalyticsSettings.model_validate({"telemetry": {"sample_interval": 100}}))
    ran = [invocation(number, log_interval=2) for number in range(3000)]
    first, again = analytics.logged(ran, 0), analytics.logged(ran, 0)
    assert first == again
    assert 5 < len(first) < 80
    assert {interval for _, interval in first} == {200}
    assert analytics.logged([invocation(1, log_interval=None)], 0) == []


@pytest.mark.parametrize(
    ("observability", "rate"),
    [
        (None, 0),
        ({"enabled": False}, 0),
        ({"enabled": True}, 1),
        ({"enabled": True, "head_sampling_rate": 0.5}, 0.5),
        ({"enabled": True, "logs": {"head_sampling_rate": 0.1}}, 0.1),
        ({"enabled": True, "logs": {"enabled": False}}, 0),
        ({"enabled": True, "head_sampling_rate": 0.5, "logs": {"head_sampling_rate": 1}}, 0.5),
    ],
)
def test_the_settings_of_a_script_say_what_workers_logs_keep(
    observability: Json, rate: float
) -> None:
    assert log_sample_rate({"observability": observability}) == rate
