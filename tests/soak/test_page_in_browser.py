"""localedge's page in a real browser: it shows what there is, and no other page sees any of it."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.control_plane import form
from support.localedge import LocalEdge, start_localedge
from support.project import ROOT

ACCOUNT = ("0" * 31 + "e", "shown", "token-shown")
SCRIPTS = f"/accounts/{ACCOUNT[0]}/workers/scripts"
NOISY = (
    """export default { fetch() { console.log("<b>seen</b>"); return new Response("fine"); } };"""
)
LOOK = ROOT / "tests" / "browser" / "look.mjs"


class Foreign(BaseHTTPRequestHandler):
    """A web page of another origin."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!DOCTYPE html><title>another page</title>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def foreign() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Foreign)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[LocalEdge]:
    """Serve a Worker with two versions that share its traffic, after a request to it."""
    headers = {"authorization": f"Bearer {ACCOUNT[2]}"}
    with (
        start_localedge(tmp_path / "state", [ACCOUNT]) as edge,
        httpx.Client(base_url=edge.api, headers=headers, timeout=60) as api,
    ):
        assert api.put(f"{SCRIPTS}/noisy", files=form(NOISY)).is_success
        assert api.post(f"{SCRIPTS}/noisy/versions", files=form(NOISY)).is_success
        newest, first = api.get(f"{SCRIPTS}/noisy/versions").json()["result"]["items"]
        shares = [
            {"version_id": first["id"], "percentage": 90},
            {"version_id": newest["id"], "percentage": 10},
        ]
        body = {"strategy": "percentage", "versions": shares}
        assert api.post(f"{SCRIPTS}/noisy/deployments", json=body).is_success
        assert api.post(f"{SCRIPTS}/noisy/subdomain", json={"enabled": True}).is_success
        assert edge.get(f"noisy.{ACCOUNT[1]}").text == "fine"
        yield edge


def look(edge: LocalEdge, foreign: str, folder: Path) -> dict[str, Any]:
    own = f"{edge.url}/__localedge__/#{edge.token}"
    rebound = f"http://evil.example:{edge.port}/__localedge__/"
    done = subprocess.run(
        ["node", str(LOOK), own, foreign, rebound],
        env={**os.environ, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.timeout(600)
def test_a_browser_shows_the_page_to_its_user_alone(
    edge: LocalEdge, foreign: str, tmp_path: Path
) -> None:
    seen = look(edge, foreign, tmp_path)

    assert seen["accounts"] == [f"{ACCOUNT[1]} ({ACCOUNT[0]})"]
    assert [it.split()[0] for it in seen["scripts"]] == ["noisy"]
    assert {"90 %", "10 %"} <= {cell for row in seen["versions"] for cell in row.split("\t")}
    assert any(f"/client/v4{SCRIPTS}/noisy/versions" in it for it in seen["requests"])
    assert "<b>seen</b>" in seen["log"], "what a Worker logs is text, and no markup"

    assert "The admin API needs the header" in seen["refused"]
    assert seen["foreign"] == {
        "read": "TypeError: Failed to fetch",
        "reset": "opaque",
        "page": "TypeError: Failed to fetch",
    }
    status, body = seen["misdirected"]
    assert (status, "<h1>" in body) == (421, False)
    (account,) = edge.control("GET", "overview").json()
    assert [it["name"] for it in account["scripts"]] == ["noisy"], "nothing was reset"
