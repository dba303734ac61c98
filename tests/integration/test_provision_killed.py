"""`edgefleet provision` killed at each of its requests, stopped, and in a storm of refusals."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from support.forked import Forked
from support.kill_points import KillPoint, KillPoints, kill_points
from support.many import names_of
from support.ports import wait_for
from support.provisioning import EmptyFleet, empty_fleet, weather_a_storm

READS, WRITES = 10, 7
"""Requests of one run: those that look, and those that make something."""
KILLED = names_of(2 * (READS + WRITES))
STOPPED = {"stop1": signal.SIGINT, "stop2": signal.SIGTERM}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmptyFleet]:
    folder = tmp_path_factory.mktemp("killed")
    with empty_fleet(folder, (*KILLED, *STOPPED, "whole")) as served:
        yield served


@contextmanager
def points_of(fleet: EmptyFleet) -> Iterator[KillPoints]:
    edge = urlsplit(fleet.edge.url)
    assert edge.hostname
    assert edge.port
    with kill_points((edge.hostname, edge.port)) as points:
        yield points


def struck(
    fleet: EmptyFleet, points: KillPoints, tenant: str, point: KillPoint | None, place: Path
) -> int:
    """Run the command, which gets a signal at a request; return how it ended."""
    place.mkdir()
    environ = points.set(tenant, point, place)
    options = ["--tenants", tenant, "--env", "staging", "--apply", "--lock", "local"]
    process = Forked(
        "edgefleet",
        ["provision", *options],
        cwd=fleet.project.root,
        env=fleet.project.environment(environ),
        out=place / "out",
        err=place / "err",
    )
    (place / "pid").write_text(str(process.pid))
    code = process.wait(60)
    wait_for(lambda: points.quiet(tenant), "requests under way to end")
    fleet.project.printed += [(place / "out").read_text(), (place / "err").read_text()]
    return code


def test_killed_at_each_request_and_run_again(fleet: EmptyFleet, tmp_path: Path) -> None:
    with points_of(fleet) as points:
        assert struck(fleet, points, "whole", None, tmp_path / "whole") == 0
        made, _ = points.requests("whole")
        assert made == READS + WRITES

        def one(number: int) -> None:
            tenant = KILLED[number]
            point = KillPoint("cloudflare", number // 2 + 1, bool(number % 2), signal.SIGKILL)
            code = struck(fleet, points, tenant, point, tmp_path / tenant)
            assert code == -signal.SIGKILL, (number, code)
            again = fleet.provision(tenant, "--apply", "--lock", "local")
            # It asks nothing: what was made before is edgefleet's.
            assert again.code == 0, (number, again.said)
            fleet.assert_whole(tenant)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(one, range(len(KILLED))))


@pytest.mark.parametrize(("tenant", "kind"), list(STOPPED.items()))
def test_a_stop_says_what_was_reached(
    fleet: EmptyFleet, tmp_path: Path, tenant: str, kind: signal.Signals
) -> None:
    with points_of(fleet) as points:
        point = KillPoint("cloudflare", READS + 3, False, kind)
        assert struck(fleet, points, tenant, point, tmp_path / tenant) == 130
    said = (tmp_path / tenant / "err").read_text()
    assert "error: interrupted; " in said
    assert f"-> edgefleet provision --tenants {tenant} --env staging --apply --resume" in said
    again = fleet.provision(tenant, "--apply", "--resume")
    assert again.code == 0, again.said
    fleet.assert_whole(tenant)


def test_a_storm_of_refusals_passes_within_the_budget(tmp_path: Path) -> None:
    weather_a_storm(tmp_path, names_of(20), budget=(100, 1))
