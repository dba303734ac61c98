"""What the Worker tells of its requests: a log line for each, and counts for each tenant."""

from typing import Any
from uuid import uuid4

import pytest

from support.data_plane import eventually
from support.worker import KEY, Cloud, Deployed, tenant

MIDSTREAM, FAIL = "@localedge/fail-midstream", "@localedge/fail"
CHAT = "@cf/meta/llama-3.1-8b-instruct"
FALLBACK = "@cf/meta/llama-3.2-3b-instruct"
SECRET = "a-very-private-question"
LINE = {"level", "event", "traceId", "method", "route", "status", "tenantId", "latencyMs"}
CALL = {"modelId", "fallbackUsed", "tokensIn", "tokensOut", "tokensEstimated", "costUsd"}


ACME = tenant(allowedModels=[CHAT, FALLBACK, MIDSTREAM, FAIL])


@pytest.fixture(scope="module")
def worker(world: Cloud, source: str) -> Deployed:
    """Deploy a Worker whose log tests read in turn; each waits for all lines that it causes."""
    return world.deploy(source, ACME, FALLBACK_MODEL_ID=FALLBACK)


def logged(worker: Deployed, count: int) -> list[dict[str, Any]]:
    """Wait for the next lines of requests; return them."""
    seen = worker.seen
    eventually(lambda: len(worker.logged()) == seen + count)
    worker.seen += count
    return worker.logged()[seen:]


def test_every_request_leaves_one_line(worker: Deployed) -> None:
    session = str(uuid4())
    trace = worker.chat(SECRET, session).json()["traceId"]
    worker.ask(f"/chat/{session}/history", headers={"x-api-key": KEY, "x-trace-id": "mine-0001"})
    worker.ask("/nowhere")
    worker.ask("/chat", method="POST", headers={})

    lines = logged(worker, 4)
    chat, history, nowhere, stranger = lines
    assert set(chat) == LINE | CALL
    assert (chat["traceId"], chat["tenantId"], chat["route"]) == (trace, "acme", "/chat")
    assert (chat["method"], chat["status"], chat["level"]) == ("POST", 200, "info")
    assert (chat["modelId"], chat["fallbackUsed"], chat["tokensIn"]) == (CHAT, False, 1)
    cost = (chat["tokensIn"] * 0.282 + chat["tokensOut"] * 0.827) / 1e6
    assert chat["costUsd"] == pytest.approx(cost)
    assert chat["latencyMs"] > 100
    assert set(history) == LINE
    assert (history["traceId"], history["route"]) == ("mine-0001", "/chat/:sessionId/history")
    assert (nowhere["route"], nowhere["code"], nowhere["tenantId"]) == (None, "not_found", None)
    assert (stranger["status"], stranger["code"]) == (401, "unauthorized")


def test_a_line_of_a_stream_comes_at_its_end(worker: Deployed) -> None:
    with worker.streaming("Hello") as stream:
        *tokens, (_, done) = list(stream)
    with worker.streaming("Hello", modelId=MIDSTREAM) as stream:
        list(stream)
    with worker.streaming("word " * 100) as stream:
        next(iter(stream))

    lines = logged(worker, 3)
    whole, broken, left = lines
    assert (whole["status"], whole["tokensOut"], whole["level"]) == (200, len(tokens), "info")
    assert whole["tokensIn"] == done["usage"]["promptTokens"]
    assert whole["latencyMs"] > 200
    assert (broken["code"], broken["level"]) == ("model_failed", "error")
    assert (broken["modelId"], broken["tokensEstimated"]) == (MIDSTREAM, True)
    assert broken["costUsd"] is None
    assert (left["cancelled"], left["level"]) == (True, "info")


def test_no_line_holds_what_was_said_or_a_key(worker: Deployed) -> None:
    session = str(uuid4())
    headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
    worker.chat(SECRET, session)
    worker.chat(SECRET, session, modelId=FAIL)
    worker.chat(SECRET, session, modelId=SECRET)
    worker.chat(SECRET, SECRET)
    worker.ask("/chat", method="POST", data=f'{{"{SECRET}', headers=headers)
    worker.ask(f"/{SECRET}?key={KEY}", headers=headers)
    worker.ask(f"/chat/{SECRET}/history", headers={"x-api-key": SECRET})

    logged(worker, 7)
    text = "".join(line.message for line in worker.log())
    assert SECRET not in text
    assert KEY not in text


def test_metrics_per_tenant_need_its_key(world: Cloud, source: str) -> None:
    worker = world.deploy(source, [ACME, tenant("bolt")], FALLBACK_MODEL_ID=FALLBACK)
    first = worker.chat().json()["data"]["usage"]
    second = worker.chat(modelId=FAIL).json()["data"]["usage"]
    with worker.streaming(modelId=MIDSTREAM) as stream:
        third = list(stream)[-1][1]["usage"]
    worker.chat(message="")
    worker.chat(headers={"x-api-key": "bolt-key"})

    def metrics(key: str = KEY) -> dict[str, object]:
        found: dict[str, object] = worker.ask("/metrics", headers={"x-api-key": key}).json()["data"]
        return found

    def requests(key: str = KEY) -> int:
        total = metrics(key)["total"]
        assert isinstance(total, dict)
        return int(total["requests"])

    eventually(lambda: requests() >= 5 and requests("bolt-key") >= 2)
    eventually(lambda: bool(metrics()["routes"]))
    routes = metrics()["routes"]
    assert isinstance(routes, list)
    (chat,) = [route for route in routes if route["route"] == "/chat"]
    usages = (first, second, third)
    assert (chat["requests"], chat["refused"], chat["failed"]) == (4, 1, 1)
    assert chat["tokensIn"] == sum(usage["promptTokens"] for usage in usages)
    assert chat["tokensOut"] == sum(usage["completionTokens"] for usage in usages)
    assert chat["fallbacks"] == 1
    assert chat["costUsd"] > 0
    used = sum(usage["totalTokens"] for usage in usages)
    assert metrics()["budget"] == {
        "daily": {"used": used, "limit": 10**12},
        "monthly": {"used": used, "limit": 10**13},
    }
    total, latency = metrics()["total"], metrics()["latencyMs"]
    assert isinstance(total, dict)
    assert isinstance(latency, dict)
    assert total["errorRate"] == pytest.approx(total["failed"] / total["requests"], abs=0.05)
    assert 0 < latency["p50"] <= latency["p95"] <= latency["p99"] < 5_000
    assert worker.ask("/metrics", headers={"x-tenant-id": "acme"}).status_code == 401


def test_metrics_tell_what_each_version_served(world: Cloud, source: str) -> None:
    worker = world.deploy(source, ACME, FALLBACK_MODEL_ID=FALLBACK)
    version = worker.ask("/health").json()["data"]["version"]["id"]
    for _ in range(3):
        with worker.streaming(modelId=MIDSTREAM) as stream:
            list(stream)
    worker.chat()
    worker.chat(message="")

    def versions() -> list[dict[str, Any]]:
        data = worker.ask("/metrics", headers={"x-api-key": KEY}).json()["data"]
        found: list[dict[str, Any]] = data["versions"]
        return found

    eventually(lambda: bool(versions()) and versions()[0]["requests"] == 5)
    (counts,) = versions()
    assert (counts["id"], counts["failed"], counts["refused"]) == (version, 3, 1)
    # One caller, in one minute: two where a new one began in between.
    assert 1 <= counts["errors"] < 3
    assert sum(bucket["requests"] for bucket in counts["latency"]) == 5
    bounds = [bucket["upToMs"] for bucket in counts["latency"]]
    assert bounds == sorted(set(bounds))
