"""The real wrangler watches a Worker, with the protocol of `wrangler tail`."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
from cloudflare import Cloudflare

from support import loopback
from support.accounts import Account
from support.control_plane import form
from support.data_plane import eventually
from support.localedge import LocalEdge
from support.sdk import strict_client
from support.wrangler import NODE_OPTIONS, PROGRAM, Wrangler

NOISY = """
export default {
  fetch(request) {
    console.log("asked for", new URL(request.url).pathname);
    if (request.url.endsWith("/boom")) throw new Error("boom");
    return new Response("fine");
  },
};
"""

LOGGED = {"observability": {"enabled": True}}
STATUSES = """
query Statuses($accountTag: string, $script: string) {
  viewer { accounts(filter: { accountTag: $accountTag }) {
    workersInvocationsAdaptive(limit: 9, filter: { scriptName: $script }, orderBy: [status_ASC]) {
      sum { requests errors }
      dimensions { status }
    }
  } }
}
"""
OPTIONS = ("--format", "json", "--status", "error")


@pytest.fixture
def tail(
    edge: LocalEdge, account: Account, wrangler: Wrangler
) -> Iterator["subprocess.Popen[str]"]:
    """Deploy the Worker, and watch what fails."""
    url = f"{edge.api}/accounts/{account.id}/workers/scripts/noisy"
    token = {"authorization": f"Bearer {account.token}"}
    upload = form(NOISY, compatibility_date="2025-06-01", **LOGGED)
    assert loopback.put(url, files=upload, headers=token, timeout=60).is_success
    assert loopback.post(f"{url}/subdomain", json={"enabled": True}, headers=token).is_success
    wrangler.write_config({"name": "noisy", "account_id": account.id})
    watching = subprocess.Popen(
        ["node", *NODE_OPTIONS, str(wrangler.tree / PROGRAM), "tail", "noisy", *OPTIONS],
        cwd=wrangler.folder,
        env=wrangler.environ(),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    opened = f"POST /client/v4/accounts/{account.id}/workers/scripts/noisy/tails"
    eventually(lambda: opened in [f"{it['method']} {it['path']}" for it in edge.requests()])
    yield watching
    # wrangler runs in a separate process below this one; both end.
    os.killpg(watching.pid, signal.SIGTERM)
    watching.communicate(timeout=30)


def test_wrangler_tail_shows_what_failed(
    edge: LocalEdge, account: Account, tail: "subprocess.Popen[str]"
) -> None:
    host = f"noisy.{account.subdomain}"
    assert edge.get(host, "/fine").text == "fine"
    page = edge.get(host, "/boom").text
    event = _first_object(tail)

    assert event["outcome"] == "exception"
    assert event["scriptName"] == "noisy"
    assert event["event"]["request"]["url"].endswith("/boom")
    assert event["logs"][0]["message"] == ["asked for", "/boom"]
    assert event["exceptions"][0]["message"] == "boom"
    assert f"{edge.url}/__localedge__/logs/noisy" in page
    assert "Uncaught Error: boom" in edge.control("GET", "logs/noisy").text

    assert _counted_by_graphql(edge, account) == [("scriptThrewException", 1, 1), ("success", 1, 0)]
    with strict_client(edge, account.token) as client:
        assert _counted_by_telemetry(client, account) == {"ok": 1, "exception": 1}


def _counted_by_graphql(edge: LocalEdge, account: Account) -> list[tuple[str, int, int]]:
    answer = loopback.post(
        f"{edge.api}/graphql",
        headers={"authorization": f"Bearer {account.token}"},
        json={"query": STATUSES, "variables": {"accountTag": account.id, "script": "noisy"}},
    ).json()
    rows = answer["data"]["viewer"]["accounts"][0]["workersInvocationsAdaptive"]
    return [(it["dimensions"]["status"], *it["sum"].values()) for it in rows]


def _counted_by_telemetry(client: Cloudflare, account: Account) -> dict[Any, float]:
    telemetry = client.workers.observability.telemetry
    now = int(time.time() * 1000)
    span: Any = {"from": now - 600_000, "to": now}
    invocations: Any = [
        {"key": "$metadata.type", "operation": "eq", "type": "string", "value": "cf-worker-event"},
    ]
    outcomes: Any = [{"type": "string", "value": "$workers.outcome"}]
    counted = telemetry.query(
        account_id=account.id,
        query_id="outcomes",
        timeframe=span,
        view="calculations",
        parameters={
            "filters": invocations,
            "calculations": [{"operator": "count"}],
            "group_bys": outcomes,
        },
    )
    events = telemetry.query(
        account_id=account.id, query_id="e", timeframe=span, view="events", parameters={}
    ).events
    assert events is not None
    assert any(
        it.source == {"level": "log", "message": "asked for /boom"} for it in events.events or ()
    )
    keys = [it.key for it in telemetry.keys(account_id=account.id)]
    assert "$workers.wallTimeMs" in keys
    (value,) = telemetry.values(
        account_id=account.id, datasets=[], key="$metadata.service", type="string", timeframe=span
    )
    assert value.value == "noisy"
    assert counted.calculations is not None
    found = counted.calculations[0].aggregates
    return {it.groups[0].value: it.value for it in found if it.groups}


def _first_object(tail: "subprocess.Popen[str]") -> dict[str, Any]:
    """Read what wrangler prints up to the end of the first JSON object."""
    text = ""
    assert tail.stdout
    for line in tail.stdout:
        text += line
        try:
            found: dict[str, Any] = json.loads(text)
        except ValueError:
            continue
        return found
    raise AssertionError(f"wrangler ended: {text}")
