"""localedge and tail Workers get an event for each request to a Worker."""

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from localedge.model import Json
from support.data_plane import Site, eventually, ref, serving

NOISY = """
export default {
  async fetch(request) {
    console.log("asked", { for: new URL(request.url).pathname });
    await scheduler.wait(30);
    console.error("careful");
    if (request.url.endsWith("/boom")) throw new TypeError("boom");
    return new Response("fine", { status: 201 });
  },
};
"""
CONSUMER = """
export default {
  tail(events) {
    for (const { scriptName, outcome } of events) console.log(`${scriptName} ended ${outcome}`);
  },
};
"""


class Heard(HTTPServer):
    """Takes what Workers tell, in place of localedge's backend."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events: list[tuple[str, dict[str, Any]]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    server: Heard

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.events += [(self.path, event) for event in json.loads(body)]
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def heard() -> Iterator[Heard]:
    server = Heard()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, heard: Heard) -> Iterator[Site]:
    url = f"http://127.0.0.1:{heard.server_port}/b"
    with serving(tmp_path_factory.mktemp("plane"), bindings_url=url) as site:
        yield site


def test_request_is_an_event_with_logs_and_exception(site: Site, heard: Heard) -> None:
    version = site.source.publish("noisy", NOISY)
    heard.events.clear()

    site.ask("noisy", "/a", headers={"Authorization": "Bearer hidden"})
    assert site.ask("noisy", "/boom").status_code == 500
    eventually(lambda: len(heard.events) == 2)

    (path, fine), (_, failed) = sorted(heard.events, key=lambda it: it[1]["outcome"], reverse=True)
    assert path == f"/b/traces/{ref('noisy').account_id}/noisy/{version}"
    assert (fine["outcome"], failed["outcome"]) == ("ok", "exception")
    assert [(it["level"], it["message"]) for it in fine["logs"]] == [
        ("log", ["asked", {"for": "/a"}]),
        ("error", ["careful"]),
    ]
    request = fine["event"]["request"]
    assert (request["method"], request["url"].endswith("/a")) == ("GET", True)
    assert request["headers"]["authorization"] == "REDACTED"
    assert fine["event"]["response"]["status"] == 201
    assert fine["wallTime"] >= 30
    (exception,) = failed["exceptions"]
    assert (exception["name"], exception["message"]) == ("TypeError", "boom")


def test_a_tail_worker_gets_the_events_of_others(site: Site) -> None:
    site.source.publish("watcher", CONSUMER)
    event: Json = {"scriptName": "noisy", "outcome": "exception", "event": None}

    site.run(site.data_plane.tail(ref("watcher"), [event]))

    said = "noisy ended exception"
    eventually(lambda: said in [it.message for it in site.data_plane.logs(ref("watcher"))])


STREAMING = """
export default {
  tailStream({ event, timestamp }) {
    const { pathname } = new URL(event.info.url);
    console.log(`began ${pathname} ${timestamp instanceof Date}`);
    return {
      log: ({ event }) => console.log(`heard ${event.message[0]}`),
      outcome: ({ event }) => console.log(`ended ${event.outcome}`),
    };
  },
};
"""


def test_streaming_tail_worker_gets_single_events(site: Site, heard: Heard) -> None:
    version = site.source.publish("told", NOISY)
    kept = site.source.versions
    kept[ref("told"), version] = replace(kept[ref("told"), version], streamed=True)
    site.source.publish("streaming", STREAMING)
    site.ask("told", "/a")
    path = f"/b/streams/{ref('told').account_id}/told/{version}"
    eventually(
        lambda: any(it["event"]["type"] == "outcome" for at, it in heard.events if at == path)
    )

    site.run(
        site.data_plane.stream(ref("streaming"), [it for at, it in heard.events if at == path])
    )

    said = ["began /a true", "heard asked", "heard careful", "ended ok"]
    lines = site.data_plane.logs
    eventually(lambda: [it.message for it in lines(ref("streaming"))] == said)


def test_a_tail_worker_that_is_not_deployed_harms_nothing(site: Site) -> None:
    site.run(asyncio.wait_for(site.data_plane.tail(ref("gone"), []), 30))
