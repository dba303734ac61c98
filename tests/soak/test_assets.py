"""localedge is killed again and again while a client uploads assets: what it acknowledged stays."""

import contextlib
import os
import random
import threading
from pathlib import Path

import httpx
import pytest

from contract.test_assets_survive import ACCOUNT, SCRIPT, UPLOAD, ask
from support.assets import digest, manifest, parts
from support.localedge import LocalEdge, start_localedge

KILLS = int(os.environ.get("SOAK_KILLS", "20"))
FILES = {f"/{number}.txt": f"{number} ".encode() * 20_000 for number in range(300)}
BY_HASH = {digest(content): content for content in FILES.values()}


def missing(edge: LocalEdge) -> tuple[str, list[str]]:
    """Start a session; return its token and the hashes that it asks for."""
    path = f"{SCRIPT}/assets-upload-session"
    session = ask(edge, "POST", path, ACCOUNT[2], json={"manifest": manifest(FILES)}).json()
    buckets = session["result"]["buckets"]
    return session["result"]["jwt"], [hash_ for bucket in buckets for hash_ in bucket]


def send(edge: LocalEdge, jwt: str, wanted: list[str], acknowledged: set[str]) -> None:
    """Send one file after the other until the server is gone."""
    with contextlib.suppress(httpx.TransportError):
        for hash_ in wanted:
            answer = ask(edge, "POST", UPLOAD, jwt, files=parts([BY_HASH[hash_]]))
            assert answer.status_code in {201, 202}
            acknowledged.add(hash_)


@pytest.mark.timeout(1800)
def test_nothing_that_was_acknowledged_is_asked_for_again(tmp_path: Path) -> None:
    chance = random.Random(int(os.environ.get("SOAK_SEED", "1")))
    acknowledged: set[str] = set()
    for _ in range(KILLS):
        with start_localedge(tmp_path, [ACCOUNT], runtime="none") as edge:
            jwt, wanted = missing(edge)
            assert not acknowledged & set(wanted)
            client = threading.Thread(target=send, args=(edge, jwt, wanted, acknowledged))
            client.start()
            client.join(chance.uniform(0, 0.3))
            edge.kill()
            client.join()
    with start_localedge(tmp_path, [ACCOUNT], runtime="none") as edge:
        jwt, wanted = missing(edge)
        send(edge, jwt, wanted, acknowledged)
        assert missing(edge)[1] == []
    stored = {file.read_bytes() for file in (tmp_path / "assets").glob("*/*")}
    assert stored == set(FILES.values())
