"""The page for a browser: open without a token, and empty without one."""

from support.control_plane import ControlPlane


def test_page_is_static_and_loads_nothing_from_elsewhere(
    cloud: ControlPlane,
) -> None:
    cloud.put("a-worker")
    for path, kind in (("", "text/html"), ("page.js", "text/javascript"), ("page.css", "text/css")):
        answer = cloud.client.get(f"/__localedge__/{path}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
        assert "a-worker" not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_another_web_page_gets_neither_the_page_nor_its_data(cloud: ControlPlane) -> None:
    other = {"origin": "http://evil.example", "sec-fetch-site": "cross-site"}
    token = {"localedge-token": cloud.server.settings.control_token}
    for path in ("", "page.js", "overview"):
        answer = cloud.client.get(f"/__localedge__/{path}", headers={**other, **token})
        assert answer.status_code == 403
    assert cloud.client.get("/__localedge__/overview").status_code == 401
    assert cloud.client.get("/__localedge__/page.jsx").status_code == 401


def test_overview_has_versions_with_their_share(cloud: ControlPlane) -> None:
    cloud.put()
    first = cloud.latest()
    for _ in range(11):
        cloud.version()
    cloud.deploy((first, 90), (cloud.latest(), 10))

    account, other = cloud.control("GET", "overview").json()

    assert (account["subdomain"], other["scripts"]) == ("acme", [])
    (script,) = account["scripts"]
    shares = {it["number"]: it["share"] for it in script["versions"]}
    assert script["name"] == "one"
    assert shares == {12: 10, **dict.fromkeys(range(11, 2, -1)), 1: 90}
