"""How requests are sent: what the environment says counts, and no other server gets the token."""

import pytest

from edgefleet.core.secret import Secret
from edgefleet.errors import UsageError
from edgefleet.http.connection import HttpRequest, Transport
from support.answers import Answer, scripted

TOKEN = "canary-token-of-the-transport"


def test_a_redirect_is_not_followed() -> None:
    with scripted(Answer({})) as other:
        moved = Answer({}, status=302, headers={"Location": f"{other.url}/elsewhere"})
        with scripted(moved) as server:
            answer = Transport(server.url, Secret(TOKEN), 5).send(HttpRequest("GET", "/x"))
    assert answer.status == 302
    assert other.asked == []


@pytest.mark.parametrize("url", ["http://api.example", "http://10.1.2.3", "http://127.0.0.1.x"])
def test_a_token_never_crosses_a_network_in_clear(url: str) -> None:
    """Review 24: `CLOUDFLARE_API_BASE_URL=http://any.host`."""
    with pytest.raises(UsageError, match="CLOUDFLARE_API_BASE_URL is an http://") as caught:
        Transport(url, Secret(TOKEN), 5)
    assert "https://" in caught.value.hint


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_proxy_gets_a_token_that_is_for_this_machine(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    with scripted(Answer({})) as server:
        url = server.url.replace("127.0.0.1", host)
        Transport(url, Secret(TOKEN), 5).send(HttpRequest("GET", "/x"))
    assert len(server.asked) == 1


def test_a_netrc_does_not_replace_the_token(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with scripted(Answer({})) as server:
        Transport(server.url, Secret(TOKEN), 5).send(HttpRequest("GET", "/x"))
    assert server.asked[0].headers["Authorization"] == f"Bearer {TOKEN}"
