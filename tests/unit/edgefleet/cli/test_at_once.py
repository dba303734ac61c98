"""Commands for an incident look at many targets side by side (A9)."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from edgefleet.cli.main import main
from support.fleet import make_fleet

PATIENCE = 60.0
TARGETS = 2


class Meeting(ThreadingHTTPServer):
    """A Cloudflare that refuses each token, once requests of all targets have come together."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.together = threading.Barrier(TARGETS)
        self.met = 0


class _Handler(BaseHTTPRequestHandler):
    server: Meeting

    def do_GET(self) -> None:
        try:
            self.server.together.wait(PATIENCE)
            self.server.met += 1
        except threading.BrokenBarrierError:
            pass
        refused = {"success": False, "errors": [{"code": 1000, "message": "Invalid API Token"}]}
        body = json.dumps(refused).encode()
        self.send_response(401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def meeting() -> Iterator[Meeting]:
    with Meeting() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "command",
    [
        ("plan", "--env", "staging"),
        ("health", "--env", "staging"),
        ("history", "--env", "staging"),
        ("validate", "--env", "staging", "--remote"),
    ],
    ids=lambda command: command[0],
)
def test_a9_incident_commands_run_in_parallel(
    command: tuple[str, ...], meeting: Meeting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(make_fleet(tmp_path))
    url = f"http://127.0.0.1:{meeting.server_port}/client/v4"
    monkeypatch.setenv("CLOUDFLARE_API_BASE_URL", url)
    for name in ("ALDER", "BIRCH"):
        monkeypatch.setenv(f"CLOUDFLARE_API_TOKEN_{name}", f"a-token-of-{name.lower()}-0123456789")
    assert main([command[0], "--tenants", "all", *command[1:]]) == 5
    assert meeting.met >= TARGETS
