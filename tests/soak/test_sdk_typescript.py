"""Cloudflare's TypeScript SDK makes, lists and reads what localedge serves."""

import json
import subprocess
from pathlib import Path

from support.localedge import start_localedge
from support.project import ROOT

ACCOUNT = ("0" * 31 + "d", "typed", "token-typed")
USE = ROOT / "tests" / "sdk-typescript" / "use.mjs"


def test_each_resource_is_made_and_read(tmp_path: Path) -> None:
    with start_localedge(tmp_path, [ACCOUNT], runtime="none") as edge:
        done = subprocess.run(
            ["node", str(USE), edge.api, ACCOUNT[0], ACCOUNT[2]],
            capture_output=True,
            text=True,
            timeout=100,
        )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {name: what for name, what in found.items() if what is not True} == {}
    assert len(found) > 15
