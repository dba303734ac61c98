"""The Worker that `edgefleet deploy` puts up chats, and remembers across a redeploy."""

import json
import re
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from integration.conftest import Stage
from support import loopback
from support.localedge import LocalEdge
from support.ports import wait_for

HOST = "bluey-ai-worker-staging.mrrainbowsmoke"
KEY = {"x-api-key": "mrrainbowsmoke-example-key"}
SMOKE = ("health", "--tenants", "mrrainbowsmoke", "--env", "staging", "--smoke")
API = ("--engine", "api")


def ask(edge: LocalEdge, method: str, path: str) -> httpx.Response:
    headers = {"host": f"{HOST}.workers.localhost:{edge.port}", **KEY}
    return loopback.request(method, edge.url + path, headers=headers, timeout=60)


def stream(edge: LocalEdge, session: str, message: str) -> Iterator[str]:
    """Chat; yield each line of the stream as it comes."""
    headers = {"host": f"{HOST}.workers.localhost:{edge.port}", **KEY}
    body = {"sessionId": session, "message": message}
    with loopback.stream(
        "POST", edge.url + "/chat", headers=headers, json=body, timeout=60
    ) as answer:
        assert answer.status_code == 200
        yield from (line for line in answer.iter_lines() if line)


@pytest.fixture(scope="module", autouse=True)
def deployed(stage: Stage) -> None:
    ran = stage.deploy("mrrainbowsmoke", "staging", *API)
    assert ran.code == 0, ran.said


def test_a_deployed_worker_chats_and_remembers_across_a_redeploy(stage: Stage) -> None:
    edge, session = stage.edge, str(uuid4())

    lines = list(stream(edge, session, "Good morning"))

    assert json.loads(lines[0].removeprefix("data: ")) == {"token": "This"}
    assert lines[-2] == "event: done"
    before = edge.get(HOST, "/health").json()["data"]
    assert (before["ready"], before["missing"]) == (True, [])

    again = stage.deploy("mrrainbowsmoke", "staging", *API)
    assert again.code == 0, again.said
    after = edge.get(HOST, "/health").json()["data"]
    assert after["version"]["id"] != before["version"]["id"]

    history = ask(edge, "GET", f"/chat/{session}/history").json()["data"]["messages"]
    assert [it["role"] for it in history] == ["user", "assistant"]
    assert history[0]["content"] == "Good morning"
    assert ask(edge, "DELETE", f"/chat/{session}").json()["data"]["deleted"] == 2
    assert ask(edge, "GET", f"/chat/{session}/history").status_code == 404


def routes(edge: LocalEdge) -> dict[str, tuple[int, int]]:
    """Return how many requests each route had, and how many of them were not answered well."""
    found = ask(edge, "GET", "/metrics").json()["data"]["routes"]
    return {it["route"]: (it["requests"], it["refused"] + it["failed"]) for it in found}


def test_a_smoke_test_chats_in_both_ways_and_leaves_nothing(stage: Stage) -> None:
    before = routes(stage.edge)

    ran = stage.project.run(*SMOKE, EDGEFLEET_SMOKE_KEY_MRRAINBOWSMOKE=KEY["x-api-key"])

    assert ran.code == 0, ran.said
    assert re.search(r"^mrrainbowsmoke-staging: healthy, smoke test passed in \d\.\d\d s ", ran.out)
    wait_for(lambda: "/chat/:sessionId" in new(before, routes(stage.edge)), "the last count")
    assert new(before, routes(stage.edge))["/chat"] == (2, 0)
    assert new(before, routes(stage.edge))["/chat/:sessionId"] == (1, 0)


def new(
    before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]
) -> dict[str, tuple[int, int]]:
    """Return the counts since then, of routes that have been asked."""
    since = {
        route: (count - before.get(route, (0, 0))[0], bad - before.get(route, (0, 0))[1])
        for route, (count, bad) in after.items()
    }
    return {route: counts for route, counts in since.items() if counts[0]}


def test_a_smoke_test_without_a_key_asks_nobody(stage: Stage) -> None:
    asked = len(stage.edge.requests())

    ran = stage.project.run(*SMOKE)

    assert ran.code == 5
    assert "EDGEFLEET_SMOKE_KEY_MRRAINBOWSMOKE in the environment" in ran.err
    assert len(stage.edge.requests()) == asked


def test_refused_smoke_test_names_the_turn_not_the_key(stage: Stage) -> None:
    key = "canary-of-no-tenant-77a1"

    ran = stage.project.run(*SMOKE, "--format=json", EDGEFLEET_SMOKE_KEY_MRRAINBOWSMOKE=key)

    assert ran.code == 7
    (result,) = json.loads(ran.out)
    assert result["healthy"] is True
    reason = "the whole answer: it answers HTTP 401 (unauthorized)"
    assert result["smoke"]["passed"] is False
    assert result["smoke"]["reason"].startswith(f"{reason}, not 200; application/json: ")
    assert f"smoke test of mrrainbowsmoke-staging: {reason}" in ran.err
    assert key not in ran.said
