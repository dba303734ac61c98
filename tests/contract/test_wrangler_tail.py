"""The real wrangler watches a Worker, with the protocol of `wrangler tail`."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from support.accounts import Account
from support.data_plane import eventually
from support.localedge import LocalEdge
from support.wrangler import WRANGLER, Wrangler

NOISY = """
export default {
  fetch(request) {
    console.log("asked for", new URL(request.url).pathname);
    if (request.url.endsWith("/boom")) throw new Error("boom");
    return new Response("fine");
  },
};
"""


@pytest.fixture
def tail(
    edge: LocalEdge, account: Account, wrangler: Wrangler
) -> Iterator["subprocess.Popen[str]"]:
    """Deploy the Worker, and watch what fails."""
    (wrangler.folder / "index.js").write_text(NOISY)
    common = {"main": "index.js", "compatibility_date": "2025-06-01", "account_id": account.id}
    wrangler.write_config({**common, "name": "noisy", "workers_dev": True})
    wrangler.ok("deploy")
    watching = subprocess.Popen(
        [str(WRANGLER), "tail", "noisy", "--format", "json", "--status", "error"],
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
