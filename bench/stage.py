"""A made-up fleet of any size, and a localedge that has its accounts."""

import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import requests

from edgefleet.config.target import DEFAULT_ENVIRONMENTS
from edgefleet.config.validate import validate
from edgefleet.core.node_modules import link_node_modules
from edgefleet.rehearse.resources import resource_files

ROOT = Path(__file__).parents[1]
MODEL = "mrrainbowsmoke"
"""The tenant whose files all made-up ones are copies of, comments included."""

WRANGLER = "wrangler.jsonc"
WHOLE = ROOT / "tests" / "fixtures" / "tenants" / "in_full" / f"{MODEL}.jsonc"
"""The same tenant's wrangler file before it became an overlay."""

OLDEST = ROOT / "tests" / "wrangler-4.63" / "node_modules" / ".bin" / "wrangler"
"""The oldest wrangler that localedge is tested with; `wrangler` is the one of package.json."""

GIT = shutil.which("git") or "git"
AUTHOR = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")

READY = re.compile(r"^ready api=(http://127\.0\.0\.1:(\d+))/client/v4 .*token=(\S+)$", re.MULTILINE)
READY_SECONDS = 120
_ID = re.compile(r"(?<![0-9a-f-])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})\b")


@dataclass(frozen=True)
class Fleet:
    """A repository whose tenants are `t0000`, `t0001` and so on."""

    root: Path
    names: tuple[str, ...]

    def wrangler_file(self, name: str) -> Path:
        """Return a tenant's wrangler file."""
        return self.root / "tenants" / name / "wrangler.jsonc"

    def resources(self, folder: Path) -> list[Path]:
        """Write files that name the accounts and resources of all tenants, for localedge."""
        today = datetime.now(UTC).date()
        found = validate(self.root, self.names, DEFAULT_ENVIRONMENTS, today=today)
        return resource_files(found.tenants, folder / "resources")

    def account(self, name: str) -> str:
        """Return a tenant's account id."""
        return _ids("b7b4cd528c47e591b8e93be634e0623d", name)

    def script(self, name: str, environment: str) -> str:
        """Return the name of a target's script."""
        return f"worker-{name}-{environment}"

    def token(self, name: str) -> str:
        """Return a tenant's made-up token."""
        return f"made-up-token-of-{name}"

    def names_of(self, name: str) -> dict[bytes, bytes]:
        """Return what stands for this tenant where the first one's names and ids stand."""
        first = self.names[0]
        files = "".join(
            (ROOT / "tenants" / MODEL / file).read_text()
            for file in ("tenant.config.json", "wrangler.jsonc")
        )
        ids = set(_ID.findall(files))
        there = {_ids(one, first).encode(): _ids(one, name).encode() for one in ids}
        return {**there, first.encode(): name.encode()}


@dataclass(frozen=True)
class Edge:
    """A localedge that serves."""

    pid: int
    url: str
    port: int
    token: str
    state: Path

    def environ(self, port: int | None = None) -> dict[str, str]:
        """Return what leads edgefleet and wrangler to it, or to what stands before it on `port`."""
        port = port or self.port
        return {
            "CLOUDFLARE_API_BASE_URL": f"http://127.0.0.1:{port}/client/v4",
            "EDGEFLEET_WORKERS_DEV": f"http://workers.localhost:{port}",
            "WRANGLER_SEND_METRICS": "false",
        }

    def delay(self, milliseconds: int) -> None:
        """Answer every request, to the API and to Workers, so much later from now on."""
        faults = f"{self.url}/__localedge__/faults"
        key = {"localedge-token": self.token}
        requests.delete(faults, headers=key, timeout=10).raise_for_status()
        if milliseconds:
            order = {"kind": "latency", "seconds": milliseconds / 1000, "times": None}
            requests.post(faults, headers=key, json=order, timeout=10).raise_for_status()

    def reset(self) -> None:
        """Bring it back to how it was started."""
        key = {"localedge-token": self.token}
        url = f"{self.url}/__localedge__/reset"
        requests.post(url, headers=key, timeout=120).raise_for_status()


@contextlib.contextmanager
def fleet(count: int, *, whole: bool = False) -> Iterator[Fleet]:
    """Make a repository of so many tenants, and remove it at the end.

    Their wrangler files are overlays over the Worker's, or whole ones.
    """
    with tempfile.TemporaryDirectory(prefix="edgefleet-bench-") as folder:
        root = Path(folder) / "repository"
        (root / "src").mkdir(parents=True)
        shutil.copy(ROOT / "fleet.jsonc", root)
        shutil.copytree(ROOT / "src" / "worker", root / "src" / "worker")
        shutil.copy(ROOT / "package.json", root)
        link_node_modules(ROOT, root)
        names = tuple(f"t{number:04d}" for number in range(count))
        for name in names:
            _make_tenant(root, name, WHOLE if whole else ROOT / "tenants" / MODEL / WRANGLER)
        made = Fleet(root, names)
        tokens = (f"CLOUDFLARE_API_TOKEN_{name.upper()}={made.token(name)}\n" for name in names)
        (root / ".env.deploy").write_text("".join(tokens))
        shutil.copy(ROOT / ".gitignore", root)
        for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "A made-up fleet"]):
            subprocess.run([GIT, *AUTHOR, *command], cwd=root, check=True)
        yield made


@contextlib.contextmanager
def localedge(fleet: Fleet, runtime: str) -> Iterator[Edge]:
    """Serve the accounts of a fleet, and all that its files name, until the block ends."""
    accounts = (f"{fleet.account(name)}:{name}:{fleet.token(name)}" for name in fleet.names)
    template = ROOT / "src" / "worker" / "health.template.json"
    options = [
        f"--runtime={runtime}",
        f"--health-template={template}",
        *(f"--account={account}" for account in accounts),
    ]
    with tempfile.TemporaryDirectory(prefix="edgefleet-bench-resources-") as folder:
        options += [f"--provision={file}" for file in fleet.resources(Path(folder))]
        with serving(options) as edge:
            yield edge


@contextlib.contextmanager
def serving(options: Sequence[str]) -> Iterator[Edge]:
    """Serve with these options of `localedge serve` until the block ends, then forget its state."""
    # The limit of 1,200 requests in five minutes would be what is measured.
    command = [sys.executable, "-m", "localedge.cli", "serve", "--port=0", *options]
    command += ["--rate-limit=1000000000"]
    with tempfile.TemporaryDirectory(prefix="edgefleet-bench-edge-") as folder:
        log = Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*command, f"--state={folder}/state"], stdout=output, stderr=output
            )
        try:
            yield _ready(process, log, Path(folder) / "state")
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            finally:
                process.kill()


def environment(edge: Edge | None, home: Path) -> dict[str, str]:
    """Return an environment for commands: of this machine's, only the way to programs."""
    path = f"{ROOT}/node_modules/.bin:{Path(sys.executable).parent}:{os.environ['PATH']}"
    base = {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8", "COLUMNS": "200", "CI": "true"}
    return {**base, **(edge.environ() if edge else {})}


def _ready(process: "subprocess.Popen[bytes]", log: Path, state: Path) -> Edge:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = READY.search(log.read_text())
        if found:
            return Edge(process.pid, found[1], int(found[2]), found[3], state)
        time.sleep(0.05)
    raise SystemExit(f"localedge did not get ready: {log.read_text()}")


def _make_tenant(root: Path, name: str, wrangler: Path) -> None:
    folder = root / "tenants" / name
    folder.mkdir(parents=True)
    config = ROOT / "tenants" / MODEL / "tenant.config.json"
    for file, source in ((config.name, config), (WRANGLER, wrangler)):
        text = source.read_text()
        text = text.replace("bluey-ai-worker", f"worker-{name}").replace(MODEL, name)
        (folder / file).write_text(_ids(text, name))


def _ids(text: str, name: str) -> str:
    """Give every account and resource in a text an id of this tenant's own."""

    def other(found: re.Match[str]) -> str:
        digits = hashlib.sha256(f"{name} {found[0]}".encode()).hexdigest()[:32]
        if "-" not in found[0]:
            return digits
        ends = (8, 12, 16, 20, 32)
        return "-".join(digits[start:end] for start, end in zip((0, *ends), ends, strict=False))

    return _ID.sub(other, text)
