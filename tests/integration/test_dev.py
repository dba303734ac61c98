"""`edgefleet dev` runs one tenant's Worker with the real `wrangler dev`."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from localedge.runtime.instances.node_discovery import find_miniflare, find_node
from support.ports import end_group, free_port, wait_for
from support.project import make_project


def asked(port: int) -> dict[str, Any] | None:
    """Return what the Worker says of itself, if it answers."""
    try:
        found = requests.get(f"http://127.0.0.1:{port}/health", timeout=5).json()
    except (requests.RequestException, ValueError):
        return None
    assert isinstance(found, dict)
    return found


WRAPPER = """#!{python}
import subprocess, sys
sys.exit(subprocess.run([{node!r}, *sys.argv[1:]]).returncode)
"""
"""How Node.js of a Python package is started: by a script that hands no signal on."""


@pytest.fixture
def wrapped(tmp_path: Path) -> str:
    """Return a PATH on which `node` is such a script."""
    folder, node = tmp_path / "wrapped", find_node(find_miniflare())
    folder.mkdir()
    (folder / "node").write_text(WRAPPER.format(python=sys.executable, node=str(node)))
    (folder / "node").chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_worker_runs_as_its_tenant_until_it_is_told_to_stop(
    tmp_path: Path, wrapped: str, number: signal.Signals
) -> None:
    project = make_project(tmp_path)
    project.environ["PATH"] = wrapped
    port = free_port()
    process = subprocess.Popen(
        project.command("dev", "--tenant", "mrrainbowsmoke", "--", "--port", str(port)),
        cwd=project.root,
        env=project.environment({"CLOUDFLARE_API_TOKEN_MRRAINBOWSMOKE": "canary-for-dev"}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        wait_for(lambda: asked(port) is not None, "wrangler dev to serve", 60)
        answer = asked(port)
        process.send_signal(number)
        output, _ = process.communicate(timeout=30)
    finally:
        end_group(process)
    assert answer is not None
    assert (answer["data"]["tenantId"], answer["data"]["environment"]) == ("mrrainbowsmoke", "dev")
    assert asked(port) is None
    assert "canary-for-dev" not in output
    for log in re.findall(r'Logs were written to "(.*?)"', output):
        assert Path(log).is_file()  # C21


def test_an_unknown_tenant_is_wrong_usage(tmp_path: Path) -> None:
    ran = make_project(tmp_path).run("dev", "--tenant", "mrrainbow")
    assert ran.code == 2
    assert "did you mean 'mrrainbowsmoke'?" in ran.err
