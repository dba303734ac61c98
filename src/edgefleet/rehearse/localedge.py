"""Starts localedge, the embedded Cloudflare, as a separate program, and ends it.

edgefleet knows it only by its URLs.
"""

import fcntl
import re
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from edgefleet.core.model import Model
from edgefleet.core.process import LOCALEDGE, child_environment, start, stop
from edgefleet.errors import EdgefleetError, UsageError
from edgefleet.health.client import WorkerRequest, ask
from edgefleet.http.connection import TransportError
from edgefleet.toolchain.node import path_with_node
from edgefleet.toolchain.places import npm_tree, wanted_node

READY_SECONDS = 30.0
POLL_SECONDS = 0.05
ANSWER_SECONDS = 5.0
KEPT = "kept.json"
READY = re.compile(r"^ready .*\btoken=(?P<token>\S+)\n", re.MULTILINE)
URL = re.compile(r"http://[^\s/]*?(?P<host>127\.0\.0\.1|workers\.localhost):(?P<port>\d+)")


class EmbeddedAccount(Model):
    """A made-up account: a client with `token` may work on it."""

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
    controls: str
    """Base URL of its controls."""
    control_token: str
    """What opens them, in the header `localedge-token`."""
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

    It is ended at the end, unless `keep` is set and nothing went wrong. Tokens reach it by its
    environment, which only its owner can read.
    """
    command = [sys.executable, "-m", "localedge.cli", "serve", "--port", "0"]
    command += ["--state", str(state)]
    tokens = {f"LOCALEDGE_TOKEN_{n}": account.token for n, account in enumerate(accounts)}
    for name, account in zip(tokens, accounts, strict=True):
        command += ["--account", f"{account.id}:{account.subdomain}:env:{name}"]
    for file in provision:
        command += ["--provision", str(file)]
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = state / "localedge.log"
    log.touch(mode=0o600)
    own = child_environment(environ, *LOCALEDGE) | tokens
    own["LOCALEDGE_NODE_MODULES"] = str(npm_tree(environ))
    # It may not know the user's cache, in which set-up put a newer Node than that of PATH.
    own["PATH"] = path_with_node(own.get("PATH", ""), wanted_node())
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
        ready = READY.search(said)
        ports = [found["port"] for found in URL.finditer(said)] if ready else []
        if ports:
            return Edge(
                pid=pid,
                api=f"http://127.0.0.1:{ports[0]}/client/v4",
                workers_dev=f"http://workers.localhost:{ports[0]}",
                controls=f"http://127.0.0.1:{ports[0]}/__localedge__",
                control_token=ready["token"] if ready else "",
                log=log,
            )
        if not alive():
            break
        time.sleep(POLL_SECONDS)
    said = log.read_text(errors="replace").strip()
    raise EdgefleetError(f"the embedded Cloudflare did not start: {said[-2000:]}")


def kept(state: Path) -> Edge | None:
    """Return the localedge that was left up with this state folder, if it still answers.

    Raises `UsageError` where another one uses the folder.
    """
    try:
        found = Edge.model_validate_json((state / KEPT).read_bytes())
        status = ask(found.controls, WorkerRequest("GET", "/health", seconds=ANSWER_SECONDS)).status
    except (OSError, ValueError, TransportError):
        status = 0
    if status == 200:
        return found
    if _is_held(state):
        raise UsageError(
            f"another rehearsal works in {state}", hint="wait for its end, then try again"
        )
    return None


def note_kept(state: Path, edge: Edge, variables: Mapping[str, str]) -> None:
    """Write down what was left up, and the variables that point a shell at it, tokens too."""
    exports = (f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
    _write_private(exports_file(state), "".join(exports))
    _write_private(state / KEPT, edge.model_dump_json(indent=2))


def exports_file(state: Path) -> Path:
    """Return the file that a shell reads with `source`."""
    return state / "exports.sh"


def _write_private(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text)


def clear(state: Path) -> None:
    """Remove what a localedge that is ended has left."""
    shutil.rmtree(state, ignore_errors=True)


def _is_held(state: Path) -> bool:
    """Say whether a localedge has locked its state folder."""
    try:
        with (state / "lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
