"""A kill in the middle of an upload of assets loses nothing that was acknowledged."""

import json
import socket
from pathlib import Path
from typing import Any

import httpx

from support import loopback
from support.assets import digest, manifest, parts
from support.localedge import LocalEdge, start_localedge

ACCOUNT = ("0" * 31 + "e", "keeper", "token-keeper")
SCRIPT = f"/accounts/{ACCOUNT[0]}/workers/scripts/site"
UPLOAD = f"/accounts/{ACCOUNT[0]}/workers/assets/upload?base64=true"
FILES = {f"/{number}.txt": bytes([65 + number]) * 100_000 for number in range(4)}
FIRST, SECOND, THIRD, FOURTH = FILES.values()


def ask(edge: LocalEdge, method: str, path: str, token: str, **options: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    return loopback.request(method, edge.api + path, headers=headers, timeout=30, **options)


def start(edge: LocalEdge) -> dict[str, Any]:
    body = {"manifest": manifest(FILES)}
    answer = ask(edge, "POST", f"{SCRIPT}/assets-upload-session", ACCOUNT[2], json=body)
    session: dict[str, Any] = answer.json()["result"]
    return session


def send_half(edge: LocalEdge, jwt: str, content: bytes) -> socket.socket:
    """Send the head of an upload and half of its body; return the open connection."""
    headers = {"authorization": f"Bearer {jwt}"}
    request = httpx.Request("POST", edge.api + UPLOAD, headers=headers, files=parts([content]))
    body = request.read()
    lines = [f"POST {request.url.raw_path.decode()} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    connection = socket.create_connection(("127.0.0.1", edge.port))
    connection.sendall("\r\n".join([*lines, "", ""]).encode() + body[: len(body) // 2])
    return connection


def test_an_upload_goes_on_after_a_kill(tmp_path: Path) -> None:
    with start_localedge(tmp_path, [ACCOUNT], runtime="none") as edge:
        jwt = start(edge)["jwt"]
        for content in (FIRST, SECOND):
            assert ask(edge, "POST", UPLOAD, jwt, files=parts([content])).status_code == 202
        with send_half(edge, jwt, THIRD):
            edge.kill()
    with start_localedge(tmp_path, [ACCOUNT], runtime="none") as edge:
        assert start(edge)["buckets"] == [[digest(THIRD), digest(FOURTH)]]
        last = ask(edge, "POST", UPLOAD, jwt, files=parts([THIRD, FOURTH]))
        assert last.status_code == 201
        metadata = json.dumps({"assets": {"jwt": last.json()["result"]["jwt"]}})
        form = {"metadata": (None, metadata, "application/json")}
        assert ask(edge, "PUT", SCRIPT, ACCOUNT[2], files=form).json()["result"]["has_assets"]
    stored = {file.read_bytes() for file in (tmp_path / "assets").glob("*/*")}
    assert stored == set(FILES.values())
