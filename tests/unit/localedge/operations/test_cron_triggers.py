import asyncio
from datetime import UTC, datetime

from localedge.operations.cron_triggers import CronTriggers
from support.control_plane import ControlPlane


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
