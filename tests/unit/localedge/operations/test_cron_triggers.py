import asyncio
from datetime import UTC, datetime

import pytest

from localedge.operations.cron_triggers import CronTriggers
from localedge.state.rules.cron_times import next_due
from support.control_plane import ACCOUNT, PLAIN, ControlPlane


def schedule(cloud: ControlPlane, script: str, *crons: str) -> None:
    cloud.put(script)
    cloud.script("PUT", script, "/schedules", json=[{"cron": cron} for cron in crons])


def test_only_what_is_due_in_a_minute_runs(cloud: ControlPlane) -> None:
    schedule(cloud, "one", "0 8 * * *", "*/5 * * * *")
    schedule(cloud, "two", "1 8 * * *")
    triggers = CronTriggers(cloud.server.state)
    asyncio.run(triggers.run_due(datetime(2026, 11, 28, 8, 0, tzinfo=UTC)))
    asyncio.run(triggers.run_due(datetime(2026, 11, 28, 8, 1, tzinfo=UTC)))
    assert cloud.data_plane.crons == [
        ("one", "0 8 * * *"), ("one", "*/5 * * * *"), ("two", "1 8 * * *")
    ]  # fmt: skip


def test_a_workflow_starts_an_instance_when_it_is_due(cloud: ControlPlane) -> None:
    cloud.put(text=PLAIN + "export class Order {}")
    orders = f"/accounts/{ACCOUNT}/workflows/orders"
    body = {"script_name": "one", "class_name": "Order", "schedules": [{"cron": "0 8 * * *"}]}
    cloud.api("PUT", orders, json=body)
    triggers = CronTriggers(cloud.server.state)
    for minute in (0, 1):
        asyncio.run(triggers.run_due(datetime(2026, 11, 28, 8, minute, tzinfo=UTC)))
    (started,) = cloud.api("GET", f"{orders}/instances").result
    assert started["trigger_source"] == "cron"


@pytest.mark.parametrize(
    ("cron", "due"),
    [
        ("* * * * *", "2026-11-28T08:01:00+00:00"),
        ("0 8 * * *", "2026-11-29T08:00:00+00:00"),
        ("30 */6 * * MON", "2026-11-30T00:30:00+00:00"),
        ("0 0 29 2 *", "2028-02-29T00:00:00+00:00"),
        ("0 0 31 2 *", None),
    ],
)
def test_when_a_schedule_is_due_next(cron: str, due: str | None) -> None:
    found = next_due(cron, datetime(2026, 11, 28, 8, 0, tzinfo=UTC))
    assert (found.isoformat() if found else None) == due
