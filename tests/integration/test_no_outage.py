"""A visitor who asks 50 times a second sees good answers only, whatever is deployed."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from integration.conftest import TENANTS, Stage
from support.bundles import broken_bundle
from support.one_connection import CUT_OFF, OneConnection, one_connection
from support.ports import wait_for

ONE = TENANTS[0]
HOST = f"bluey-ai-worker-staging.{ONE}.workers.localhost"
THREADS, PER_SECOND = 5, 50
AT_LEAST = 20
"""How many of these must have been answered while a command ran, however busy the machine is."""
REST = """
import * as good from "./good.js";
export const { ChatSession, RateLimiter } = good;
"""
BROKEN = {
    "throws at start": (6, 'throw new Error("boom"); export default { fetch() {} };'),
    "500": (
        7,
        'export default { fetch: () => new Response("oh", { status: 500 }), scheduled() {} };',
    ),
    "another version": (
        7,
        """
export default {
  async fetch(request, env, context) {
    const answer = await good.default.fetch(request, env, context);
    const body = await answer.json();
    body.data.version.id = "00000000-0000-4000-8000-000000000000";
    return Response.json(body);
  },
  scheduled() {},
};""",
    ),
    "never answers": (
        7,
        """
export default {
  async fetch() { await scheduler.wait(60_000); return new Response("late"); },
  scheduled() {},
};""",
    ),
}


class Visits:
    """What visitors saw since the last look."""

    def __init__(self) -> None:
        self.versions: Counter[str] = Counter()
        self.failures: list[str] = []
        self._since = 0.0

    def forget(self) -> None:
        """Count only visits that begin from now on."""
        self._since = time.monotonic()
        self.versions.clear()

    def visit(self, connection: OneConnection, port: int) -> None:
        """Ask once, as any visitor."""
        began = time.monotonic()
        try:
            status, body = connection.get("/health", {"Host": f"{HOST}:{port}"})
            if status != 200:
                self.failures.append(f"{status} {body!r}")
                return
            seen = json.loads(body)["data"]["version"]["id"]
            if began >= self._since:
                self.versions[seen] += 1
        except (*CUT_OFF, ValueError, KeyError) as error:
            self.failures.append(repr(error))


@contextmanager
def visitors(stage: Stage) -> Iterator[Visits]:
    """Ask all the time, until the block ends."""
    visits, over = Visits(), threading.Event()

    def keep_asking() -> None:
        with one_connection(stage.edge.url) as connection:
            due = time.monotonic()
            while not over.is_set():
                visits.visit(connection, stage.edge.port)
                due += THREADS / PER_SECOND
                over.wait(max(due - time.monotonic(), 0))

    threads = [threading.Thread(target=keep_asking) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    try:
        yield visits
    finally:
        over.set()
        for thread in threads:
            thread.join()


@pytest.fixture(scope="module")
def live(stage: Stage) -> str:
    """Deploy a good version; return its id."""
    ran = stage.deploy(ONE, "staging", "--engine", "api")
    assert ran.code == 0, ran.said
    return str(stage.project.records()[-1]["version_id"])


@pytest.mark.parametrize("name", BROKEN)
def test_no_visitor_sees_a_broken_version(
    stage: Stage, live: str, tmp_path: Path, name: str
) -> None:
    code, main = BROKEN[name]
    bundle = broken_bundle(stage.bundle, tmp_path, REST + main)
    options = ("--engine", "api", "--bundle", str(bundle), "--health-timeout", "1.5")
    with visitors(stage) as visits:
        ran = stage.deploy(ONE, "staging", *options)
        asked = visits.versions.total()
    assert ran.code == code, ran.said
    assert visits.failures == []
    assert set(visits.versions) == {live}
    assert asked >= AT_LEAST


def test_a_good_version_takes_over_without_a_gap(stage: Stage, live: str) -> None:
    before = str(stage.project.records()[0]["version_id"])
    with visitors(stage) as visits:
        ran = stage.deploy(ONE, "staging", "--engine", "api")
        now = str(stage.project.records()[-1]["version_id"])
        visits.forget()
        wait_for(lambda: visits.versions.total() >= AT_LEAST, "visits after the deploy")
    assert ran.code == 0, ran.said
    assert before == live != now
    assert visits.failures == []
    assert set(visits.versions) == {now}


def test_a_rollback_goes_back_without_a_gap(stage: Stage, live: str) -> None:
    assert stage.deploy(ONE, "staging", "--engine", "api").code == 0
    leaving = str(stage.project.records()[-1]["version_id"])
    with visitors(stage) as visits:
        ran = stage.project.run("rollback", "--tenants", ONE, "--env", "staging")
        asked = visits.versions.total()
        wait_for(lambda: len(visits.versions) > 1, "a visit after the rollback")
    back = str(stage.project.records()[-1]["version_id"])
    assert ran.code == 0, ran.said
    assert live != leaving != back
    assert visits.failures == []
    assert set(visits.versions) == {leaving, back}
    assert asked >= AT_LEAST
