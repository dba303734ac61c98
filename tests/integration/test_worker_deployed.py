"""The Worker that `edgefleet deploy` puts up chats, and remembers across a redeploy."""

import json
import time
from uuid import uuid4

import httpx

from integration.conftest import Stage
from support.localedge import LocalEdge

HOST = "bluey-ai-worker-staging.mrrainbowsmoke"
KEY = {"x-api-key": "mrrainbowsmoke-example-key"}


def ask(edge: LocalEdge, method: str, path: str) -> httpx.Response:
    headers = {"host": f"{HOST}.workers.localhost:{edge.port}", **KEY}
    return httpx.request(method, edge.url + path, headers=headers, timeout=60)


def stream(edge: LocalEdge, session: str, message: str) -> list[tuple[float, str]]:
    """Chat; return each line of the stream with the second in which it came."""
    headers = {"host": f"{HOST}.workers.localhost:{edge.port}", **KEY}
    body = {"sessionId": session, "message": message}
    with httpx.stream("POST", edge.url + "/chat", headers=headers, json=body, timeout=60) as answer:
        assert answer.status_code == 200
        return [(time.monotonic(), line) for line in answer.iter_lines() if line]


def test_a_deployed_worker_chats_and_remembers_across_a_redeploy(stage: Stage) -> None:
    edge, session = stage.edge, str(uuid4())
    deployed = stage.deploy("mrrainbowsmoke", "staging")
    assert deployed.code == 0, deployed.said

    lines = stream(edge, session, "Good morning")

    assert json.loads(lines[0][1].removeprefix("data: ")) == {"token": "This"}
    assert lines[-2][1] == "event: done"
    assert lines[-1][0] - lines[0][0] > 0.1, "the first token came with the last"
    before = edge.get(HOST, "/health").json()["data"]
    assert (before["ready"], before["missing"]) == (True, [])

    again = stage.deploy("mrrainbowsmoke", "staging")
    assert again.code == 0, again.said
    after = edge.get(HOST, "/health").json()["data"]
    assert after["version"]["id"] != before["version"]["id"]

    history = ask(edge, "GET", f"/chat/{session}/history").json()["data"]["messages"]
    assert [it["role"] for it in history] == ["user", "assistant"]
    assert history[0]["content"] == "Good morning"
    assert ask(edge, "DELETE", f"/chat/{session}").json()["data"]["deleted"] == 2
    assert ask(edge, "GET", f"/chat/{session}/history").status_code == 404
