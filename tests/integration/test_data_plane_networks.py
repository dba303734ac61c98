"""What a Worker reaches of this machine, and what a client reaches of localedge's own ways."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests

from support.data_plane import ACCOUNT, Site, serving

REACH = """
import { connect } from "cloudflare:sockets";
export default { async fetch(request) {
  const { searchParams } = new URL(request.url);
  const [host, port] = [searchParams.get("host"), Number(searchParams.get("port"))];
  const tried = {};
  try { tried.fetch = (await fetch(`http://${host}:${port}/`)).status; }
  catch (error) { tried.fetch = String(error); }
  try {
    const socket = connect({ hostname: host, port });
    const writer = socket.writable.getWriter();
    await writer.write(new TextEncoder().encode("GET / HTTP/1.0\\r\\n\\r\\n"));
    const { value } = await socket.readable.getReader().read();
    tried.connect = new TextDecoder().decode(value).slice(0, 8);
  } catch (error) { tried.connect = String(error); }
  return Response.json(tried);
} };
"""


class Neighbour(BaseHTTPRequestHandler):
    """Another service on this machine; `heard` counts what reaches it."""

    heard = 0

    def do_GET(self) -> None:
        """Count, and answer."""
        type(self).heard += 1
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Serve on this machine."""
    server = HTTPServer(("127.0.0.1", 0), Neighbour)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a Worker that tries to reach what it is asked for."""
    with serving(tmp_path_factory.mktemp("plane")) as found:
        found.source.publish("reach", REACH)
        yield found


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.255.255.1", "own"])
def test_worker_reaches_no_private_network(site: Site, port: int, host: str) -> None:
    """Review 22: by fetch and by TCP, to another host and to localedge itself."""
    before = Neighbour.heard
    place = f"?host=127.0.0.1&port={site.port}" if host == "own" else f"?host={host}&port={port}"
    tried = site.ask("reach", f"/{place}").json()
    assert "Error" in tried["fetch"], tried
    assert "Error" in tried["connect"], tried
    assert Neighbour.heard == before


def test_a_declared_network_is_reached(port: int, tmp_path: Path) -> None:
    with serving(tmp_path, networks=("127.0.0.1/32",)) as site:
        site.source.publish("reach", REACH)
        tried = site.ask("reach", f"/?host=127.0.0.1&port={port}").json()
    assert tried == {"fetch": 200, "connect": "HTTP/1.0"}


def test_client_reaches_no_script_through_service_bindings(site: Site) -> None:
    """Review 22: the service host serves what is not public."""
    host = {"Host": f"reach.{ACCOUNT}.service.workers.localhost"}
    for headers in (host, {**host, "localedge-key": "guess"}):
        assert requests.get(site.url, headers=headers, timeout=10).status_code == 404


def test_a_client_passes_no_url_and_reaches_no_instance_itself(site: Site) -> None:
    site.source.publish("echo", "export default { fetch: (request) => new Response(request.url) };")
    said = site.ask("echo", headers={"localedge-url": "https://inner.example/"}).text
    assert said == f"http://echo.acme.workers.localhost:{site.port}/"
    instance = site.instance("echo")
    assert instance
    (version,) = instance.spec.versions
    direct = {"localedge-version": version}
    url = f"http://127.0.0.1:{instance.port}/"
    assert requests.get(url, headers=direct, timeout=10).status_code == 403
