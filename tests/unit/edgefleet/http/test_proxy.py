"""The way to a server: proxies and certificates of the environment, and what is none."""

import socketserver
import ssl
from base64 import b64decode
from pathlib import Path

import pytest

from edgefleet.errors import UsageError
from edgefleet.http.connection import TransportError
from edgefleet.http.proxy import CERTIFICATES, proxy_route
from support.answers import Answer, scripted
from support.asking import get_json
from support.serving import serving

CERTIFICATE = Path(__file__).parents[3] / "fixtures" / "tls" / "loopback.pem"
PASSWORD = "canary-password-of-a-proxy"


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in CERTIFICATES:
        monkeypatch.delenv(name, raising=False)


def test_without_a_proxy_the_path_alone_is_asked_for() -> None:
    way = proxy_route("http://127.0.0.1:8787/client/v4/")
    connection = way.connection(5)
    assert (connection.host, connection.port, way.prefix) == ("127.0.0.1", 8787, "/client/v4")
    assert way.headers == {}


def test_a_proxy_gets_its_own_password_and_the_whole_url(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(Answer({"by": "proxy"})) as proxy:
        login = proxy.url.replace("http://", f"http://me:{PASSWORD}@")
        monkeypatch.setenv("http_proxy", login)
        assert get_json("http://api.example/v4?a=b") == (200, {"by": "proxy"})
    asked = proxy.asked[0]
    assert asked.path == "http://api.example/v4?a=b"
    assert b64decode(asked.headers["Proxy-Authorization"].removeprefix("Basic ")) == (
        f"me:{PASSWORD}".encode()
    )


def test_a_proxy_for_tls_is_told_the_server_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []

    class Proxy(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            heard.extend(iter(self.rfile.readline, b"\r\n"))
            self.wfile.write(b"HTTP/1.1 502 No\r\n\r\n")

    with serving(socketserver.TCPServer(("127.0.0.1", 0), Proxy)) as url:
        monkeypatch.setenv("all_proxy", url.replace("http://", f"me:{PASSWORD}@"))
        with pytest.raises(TransportError):
            get_json("https://api.example/v4?a=b")
    assert heard[0].startswith(b"CONNECT api.example:443 ")
    assert any(line.startswith(b"Proxy-Authorization: Basic ") for line in heard)
    assert b"v4" not in b"".join(heard)


@pytest.mark.parametrize(
    "url", ["http://api.example", "http://of.api.example:8080", "http://10.1.2.3:8080"]
)
def test_no_proxy_stands_before_what_no_proxy_names(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "localhost,api.example, 10.0.0.0/8")
    assert proxy_route(url).proxy is None


def test_certificate_must_match_the_name_and_be_trusted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)  # of 127.0.0.1, signed by itself
    with scripted(Answer({"safe": True}), tls=context) as server:
        with pytest.raises(TransportError, match="its certificate is not trusted here"):
            get_json(server.url)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))
        assert get_json(server.url) == (200, {"safe": True})
        with pytest.raises(TransportError, match="its certificate is not trusted here"):
            get_json(server.url.replace("127.0.0.1", "localhost"))


@pytest.mark.parametrize(
    "url", ["", "api.example", "ftp://api.example", "https://[x", "http://h:0"]
)
def test_what_is_no_address_is_said_so(url: str) -> None:
    with pytest.raises(UsageError, match="is no http:// or https:// URL"):
        proxy_route(url)


def test_a_proxy_that_is_none_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", f"socks5://me:{PASSWORD}@proxy.example")
    with pytest.raises(UsageError) as caught:
        proxy_route("https://api.example")
    assert "https_proxy" in str(caught.value.hint)
    assert PASSWORD not in f"{caught.value.message}{caught.value.hint}"


@pytest.mark.parametrize("named", ["missing.pem", "words.pem"])
def test_certificates_that_are_none_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: str
) -> None:
    (tmp_path / "words.pem").write_text("no certificates\n")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / named))
    with pytest.raises(UsageError, match=rf"{named} holds no certificates"):
        proxy_route("https://api.example").connection(5)


def test_address_outside_no_proxy_uses_the_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "10.0.0.0/8,no-network/x")
    assert proxy_route("http://11.1.2.3").proxy is not None
    assert proxy_route("http://api.example").proxy is not None


@pytest.mark.parametrize("host", ["a..example", f"{'a' * 64}.example"])
def test_a_host_that_cannot_be_looked_up_does_not_answer(host: str) -> None:
    with pytest.raises(TransportError):
        get_json(f"http://{host}/health")
