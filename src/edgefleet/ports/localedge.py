"""Starts localedge, the embedded Cloudflare, as a program of its own, and ends it.

edgefleet knows it only by its URLs.
"""

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from edgefleet.errors import EdgefleetError
from edgefleet.model.base import Model
from edgefleet.ports.child_environment import LOCALEDGE, child_environment
from edgefleet.ports.process import start, stop

READY_SECONDS = 30.0
POLL_SECONDS = 0.05
URL = re.compile(r"http://[^\s/]*?(?P<host>127\.0\.0\.1|workers\.localhost):(?P<port>\d+)")


class EmbeddedAccount(Model):
    """A made-up account: whoever brings `token` may work on it."""

    id: str
    subdomain: str
    token: str


class Edge(Model):
    """A localedge that serves."""

    pid: int
    api: str
    """Base URL of its API, as CLOUDFLARE_API_BASE_URL takes it."""
    workers_dev: str
    """What stands for https://workers.dev, as EDGEFLEET_WORKERS_DEV takes it."""
    log: Path


@contextmanager
def embedded_cloudflare(
    state: Path,
    accounts: Sequence[EmbeddedAccount],
    provision: Sequence[Path],
    environ: Mapping[str, str],
    *,
    keep: bool = False,
) -> Iterator[Edge]:
    """Serve these accounts, with what these wrangler files name, on a free port.

    It is ended at the end, unless `keep` is set and nothing went wrong.
    """
    command = [sys.executable, "-m", "localedge.cli", "serve", "--port", "0"]
    command += ["--state", str(state)]
    for account in accounts:
        command += ["--account", f"{account.id}:{account.subdomain}:{account.token}"]
    for file in provision:
        command += ["--provision", str(file)]
    state.mkdir(parents=True, exist_ok=True)
    log = state / "localedge.log"
    own = child_environment(environ, *LOCALEDGE)
    own["PATH"] = f"{own.get('PATH', os.defpath)}:{Path(sys.executable).parent}"
    process = start(command, cwd=state, env=own, output=log)
    done = False
    try:
        yield _ready(process.pid, log, lambda: process.poll() is None)
        done = True
    finally:
        if not (keep and done):
            stop(process, first=signal.SIGINT)


def _ready(pid: int, log: Path, alive: Callable[[], bool]) -> Edge:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        said = log.read_text(errors="replace")
        ports = [found["port"] for found in URL.finditer(said)] if "ready" in said else []
        if ports:
            return Edge(
                pid=pid,
                api=f"http://127.0.0.1:{ports[0]}/client/v4",
                workers_dev=f"http://workers.localhost:{ports[0]}",
                log=log,
            )
        if not alive():
            break
        time.sleep(POLL_SECONDS)
    said = log.read_text(errors="replace").strip()
    raise EdgefleetError(f"the embedded Cloudflare did not start: {said[-2000:]}")
