"""Starts localedge as a separate process, and ends it by its id."""

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from support import forked, loopback
from support.forked import Forked
from support.wrangler import COMPILED

READY = re.compile(
    r"^ready api=(?P<url>http://127\.0\.0\.1:(?P<port>\d+))/client/v4 .*token=(?P<token>\S+)$",
    re.MULTILINE,
)
SECONDS = 30
HEALTH_TEMPLATE = Path(__file__).parents[2] / "src" / "worker" / "health.template.json"
"""How our Worker answers GET /health, for a localedge without a runtime."""


@dataclass
class LocalEdge:
    """A localedge that serves: its addresses and its controls."""

    process: Forked
    log: Path
    url: str
    port: int
    token: str

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def api(self) -> str:
        """The base URL of the API, as CLOUDFLARE_API_BASE_URL takes it."""
        return f"{self.url}/client/v4"

    @property
    def workers_dev(self) -> str:
        """What stands for https://workers.dev."""
        return f"http://workers.localhost:{self.port}"

    def control(self, method: str, name: str, **options: Any) -> httpx.Response:
        """Use one of localedge's own controls; it must succeed."""
        answer = loopback.request(
            method,
            f"{self.url}/__localedge__/{name}",
            headers={"localedge-token": self.token},
            timeout=60,
            **options,
        )
        assert answer.is_success, answer.text
        return answer

    def requests(self) -> list[dict[str, Any]]:
        """Return the API requests so far, oldest first."""
        found: list[dict[str, Any]] = self.control("GET", "requests").json()
        return found

    def fault(self, **fault: Any) -> None:
        """Order a fault."""
        self.control("POST", "faults", json=fault)

    def clear_faults(self) -> None:
        """Drop all orders for faults."""
        self.control("DELETE", "faults")

    @contextlib.contextmanager
    def faults(self, *faults: dict[str, Any]) -> Iterator[None]:
        """Order faults for the time of a block."""
        try:
            for fault in faults:
                self.fault(**fault)
            yield
        finally:
            self.clear_faults()

    def reset(self) -> None:
        """Bring it back to how it was started."""
        self.control("POST", "reset")

    def get(self, host: str, path: str = "/", **headers: str) -> httpx.Response:
        """Ask a Worker; `host` is what stands before `.workers.localhost`."""
        headers = {"host": f"{host}.workers.localhost:{self.port}", **headers}
        return loopback.get(self.url + path, headers=headers, timeout=60)

    def children(self) -> list[int]:
        """Return the processes that it has started, and those that these have."""
        return _below(self.pid)

    def stop(self) -> int:
        """End it as a user would; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(SECONDS)

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait(SECONDS)


@contextlib.contextmanager
def start_localedge(
    state: Path,
    accounts: Sequence[tuple[str, str, str]],
    provision: Sequence[Path] = (),
    runtime: str = "workerd",
    port: int = 0,
) -> Iterator[LocalEdge]:
    """Serve `accounts` (id, subdomain, token) until the block ends."""
    command = ["serve", f"--port={port}"]
    # A module of tests asks more often than a tenant's token may.
    command += [f"--state={state}", f"--runtime={runtime}", "--rate-limit=1000000"]
    command.append(f"--health-template={HEALTH_TEMPLATE}")
    command += [f"--account={':'.join(account)}" for account in accounts]
    command += [f"--provision={path}" for path in provision]
    with tempfile.TemporaryDirectory(prefix="localedge-") as folder:
        log = Path(folder) / "log"
        env = {"NODE_COMPILE_CACHE": str(COMPILED), **os.environ}
        process = Forked("localedge", command, cwd=Path.cwd(), env=env, out=log, err=log)
        try:
            yield _ready(process, log)
        finally:
            _end(process)


def _ready(process: Forked, log: Path) -> LocalEdge:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        match = READY.search(log.read_text() if log.exists() else "")
        if match:
            return LocalEdge(process, log, match["url"], int(match["port"]), match["token"])
        time.sleep(0.02)
    raise AssertionError(f"localedge did not get ready: {log.read_text()}")


def _end(process: Forked) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(SECONDS)


def _below(pid: int) -> list[int]:
    found = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return found + [below for child in found for below in _below(child)]


def run_localedge(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run localedge to its end, as where it refuses to start."""
    env = {**os.environ, **environ}
    return forked.run("localedge", arguments, cwd=Path.cwd(), env=env, timeout=SECONDS)
