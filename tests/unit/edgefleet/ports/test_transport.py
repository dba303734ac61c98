"""How requests are sent: what the environment says counts, and nobody else gets the token."""

import json

import pytest

from edgefleet.model.secret import Secret
from edgefleet.ports.transport import Call, Transport
from support.answers import Answer, scripted

TOKEN = "canary-token-of-the-transport"


def test_a_redirect_is_not_followed() -> None:
    with scripted(Answer({})) as other:
        moved = Answer({}, status=302, headers={"Location": f"{other.url}/elsewhere"})
        with scripted(moved) as server:
            answer = Transport(server.url, Secret(TOKEN), 5).send(Call("GET", "/x"))
    assert answer.status == 302
    assert other.asked == []


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(Answer({"by": "proxy"})) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        answer = Transport("http://api.example", Secret(TOKEN), 5).send(Call("GET", "/x"))
    assert json.loads(answer.content) == {"by": "proxy"}
    assert proxy.asked[0].path == "http://api.example/x"


def test_a_netrc_does_not_replace_the_token(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with scripted(Answer({})) as server:
        Transport(server.url, Secret(TOKEN), 5).send(Call("GET", "/x"))
    assert server.asked[0].headers["Authorization"] == f"Bearer {TOKEN}"
