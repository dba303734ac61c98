"""What web pages and other hosts can do to a localedge: nothing (review 11, 22 and 3.4)."""

import os
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.control_plane import ACCOUNT, TOKEN, ControlPlane, control_plane, form

EVIL = "http://evil.example"
SCRIPTS = f"/client/v4/accounts/{ACCOUNT}/workers/scripts"
PAGE = {"origin": EVIL, "content-type": "text/plain", "sec-fetch-site": "cross-site"}
ALLOWED = {"authorization": f"Bearer {TOKEN}"}


def send(cloud: ControlPlane, method: str, path: str, **options: Any) -> httpx.Response:
    """Send a request that has none of the headers that this project's own clients send."""
    return cloud.client.request(method, path, **options)


def key(cloud: ControlPlane) -> dict[str, str]:
    return {"localedge-token": cloud.server.settings.control_token}


CONTROLS = [
    ("POST", "reset", ""),
    ("POST", "faults", '{"kind": "status", "status": 500, "times": null}'),
    ("DELETE", "faults", ""),
    ("POST", "cron", '{"script": "one"}'),
    ("GET", "requests", ""),
    ("DELETE", "requests", ""),
    ("GET", "ai", ""),
]


@pytest.mark.parametrize(("method", "control", "body"), CONTROLS)
@pytest.mark.parametrize("headers", [{}, {"localedge-token": "guess"}, PAGE])
def test_no_control_works_without_its_token(
    cloud: ControlPlane, method: str, control: str, body: str, headers: dict[str, str]
) -> None:
    cloud.put()
    answer = send(cloud, method, f"/__localedge__/{control}", headers=headers, content=body)
    assert answer.status_code == (403 if "origin" in headers else 401)
    assert cloud.script("GET", "one", "/settings").status == 200
    assert cloud.control("GET", "faults").json() == []
    assert cloud.data_plane.crons == []
    assert len(cloud.control("GET", "requests").json()) > 1


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", [SCRIPTS, "/__localedge__/requests", "/__localedge__/health"])
def test_a_web_page_reads_nothing_even_with_every_token(
    cloud: ControlPlane, path: str, site: str
) -> None:
    known = {**ALLOWED, **key(cloud)}
    assert send(cloud, "GET", path, headers=known).status_code == 200
    for said in ({"origin": EVIL}, {"origin": "null"}, {"sec-fetch-site": site}):
        answer = send(cloud, "GET", path, headers={**known, **said})
        assert answer.status_code == 403
        assert answer.json()["success"] is False


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:1", ""])
def test_a_name_that_is_made_to_lead_here_reaches_nothing(cloud: ControlPlane, host: str) -> None:
    """DNS rebinding: for the browser it is the page's own host, so it says nothing of a page."""
    known = {**ALLOWED, **key(cloud), "host": host}
    put = send(cloud, "PUT", f"{SCRIPTS}/new", headers=known, files=form("export default {}"))
    reset = send(cloud, "POST", "/__localedge__/reset", headers=known)
    page = send(cloud, "GET", "/", headers=known)
    assert (put.status_code, reset.status_code, page.status_code) == (421, 421, 421)
    assert put.json()["errors"][0]["code"] == 7003
    assert cloud.script("GET", "new").status == 404


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_it_answers_to_its_own_names(cloud: ControlPlane, host: str) -> None:
    assert send(cloud, "GET", SCRIPTS, headers={**ALLOWED, "host": host}).status_code == 200


@pytest.mark.parametrize("control", ["bindings/guess/a/b/c", "d1-files/guess"])
def test_what_a_key_opens_is_closed_without_it(cloud: ControlPlane, control: str) -> None:
    assert send(cloud, "GET", f"/__localedge__/{control}").status_code == 404


def test_large_body_is_refused_before_and_while_read(tmp_path: Path) -> None:
    path, large = f"{SCRIPTS}/one/schedules", b"[" + b" " * 3000 + b"]"

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b" " * 100

    with control_plane(tmp_path, largest=2000) as cloud:
        cloud.put()
        for body in (large, chunks()):
            answer = send(cloud, "PUT", path, headers=ALLOWED, content=body)
            assert (answer.status_code, answer.json()["success"]) == (413, False)
            assert "too large" in answer.json()["errors"][0]["message"]
        fault = send(cloud, "POST", "/__localedge__/faults", headers=key(cloud), content=large)
        assert fault.status_code == 413
        assert send(cloud, "PUT", path, headers=ALLOWED, content=b"[]").status_code == 200


@pytest.fixture
def loose() -> Iterator[None]:
    """Make files as readable as a usual system makes them."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("loose")
def test_the_state_is_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o755)
    with control_plane(folder) as cloud:
        cloud.put()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        for file in folder.glob("localedge.sqlite*"):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_a_folder_of_other_things_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    tmp_path.chmod(0o755)
    with control_plane(tmp_path):
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
        assert stat.S_IMODE((tmp_path / "localedge.sqlite").stat().st_mode) == 0o600
