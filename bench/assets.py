"""Many scripts with static assets in one localedge, next to as many without."""

import base64
import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import click
import requests
from bench.harness import machine
from bench.localedge import AT_ONCE, Asked, megabytes, rate
from bench.stage import Edge, serving

ACCOUNT, SUBDOMAIN, TOKEN = "f" * 32, "bench", "made-up-token"
SCRIPTS = int(os.environ.get("BENCH_SCRIPTS", "300"))
RUNNING = 4
"""Workers whose runtimes run at once while they are measured."""
SHARED = {f"/app/{number}.js": os.urandom(20_000).hex().encode() for number in range(20)}
"""Files that all scripts have, as of one build with its tenant's own start page."""
MODULE = b"export default { fetch: () => new Response('<h1>home</h1>') };"


@dataclass
class Measured:
    """What one contender took."""

    uploads: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    rate: float = 0.0
    server: float = 0.0
    runtime: float = 0.0
    stored: float = 0.0

    def rows(self) -> Iterator[tuple[str, float, str]]:
        """Yield each figure: what it is, its value, how it is written."""
        yield "ms to upload one script, median", median(self.uploads) * 1000, ".0f"
        yield "the last tenth of them", median(self.uploads[-SCRIPTS // 10 :]) * 1000, ".0f"
        yield "ms of the first request, median", median(self.starts) * 1000, ".0f"
        yield f"requests/s of / ({AT_ONCE} connections)", self.rate, ".0f"
        yield "MB of the server, none running", self.server, ".0f"
        yield "MB of one more runtime", self.runtime, ".0f"
        yield "MB in the state folder", self.stored, ".1f"


def main() -> None:
    """Print the table."""
    machine()
    found = {name: _measure(assets=assets) for name, assets in (("with", True), ("none", False))}
    click.echo(f"\n**{SCRIPTS} scripts**, each with {len(SHARED) + 1} assets, or with none\n")
    click.echo("| | with assets | without | times |")
    click.echo("| --- | ---: | ---: | ---: |")
    for mine, theirs in zip(found["with"].rows(), found["none"].rows(), strict=True):
        what, value, form = mine
        click.echo(f"| {what} | {value:{form}} | {theirs[1]:{form}} | {value / theirs[1]:.2f} |")
    each = sum(len(it) for it in SHARED.values()) * SCRIPTS / 1024 / 1024
    click.echo(f"\nA copy for each script would be {each:.0f} MB.")


def _measure(*, assets: bool) -> Measured:
    taken = Measured()
    with serving([f"--account={ACCOUNT}:{SUBDOMAIN}:{TOKEN}"]) as edge:
        for number in range(SCRIPTS):
            began = time.perf_counter()
            _upload(edge, f"site-{number}", assets=assets)
            taken.uploads.append(time.perf_counter() - began)
        taken.stored = _size(edge.state)
        taken.server = megabytes(edge.pid)
        for number in range(RUNNING):
            began = time.perf_counter()
            _open(edge, f"site-{number}")
            taken.starts.append(time.perf_counter() - began)
            if not number:
                first = megabytes(edge.pid)
        taken.runtime = (megabytes(edge.pid) - first) / (RUNNING - 1)
        host = {"Host": f"site-0.{SUBDOMAIN}.workers.localhost:{edge.port}"}
        taken.rate = rate(Asked("site-0", edge.port, edge.pid, "/", host))
    return taken


def _upload(edge: Edge, name: str, *, assets: bool) -> None:
    """Upload a script as a client does, and open its workers.dev address."""
    metadata: dict[str, Any] = {"main_module": "index.js", "compatibility_date": "2026-01-01"}
    if assets:
        home = f"<h1>{name}</h1>".encode()
        metadata["assets"] = {"jwt": _upload_files(edge, name, {"/index.html": home, **SHARED})}
    form = {
        "metadata": (None, json.dumps(metadata), "application/json"),
        "index.js": ("index.js", MODULE, "application/javascript+module"),
    }
    _ask(edge, "PUT", f"scripts/{name}", files=form)
    _ask(edge, "POST", f"scripts/{name}/subdomain", json={"enabled": True})


def _upload_files(edge: Edge, name: str, files: dict[str, bytes]) -> str:
    hashes = {path: hashlib.sha256(it).hexdigest()[:32] for path, it in files.items()}
    manifest = {path: {"hash": hashes[path], "size": len(it)} for path, it in files.items()}
    body = {"manifest": manifest}
    session = _ask(edge, "POST", f"scripts/{name}/assets-upload-session", json=body)
    contents = {hashes[path]: it for path, it in files.items()}
    token: str = session["jwt"]
    for bucket in session["buckets"]:
        form = {hash_: (hash_, base64.b64encode(contents[hash_]), "text/html") for hash_ in bucket}
        path = "assets/upload?base64=true"
        token = _ask(edge, "POST", path, session["jwt"], files=form)["jwt"]
    return token


def _ask(edge: Edge, method: str, path: str, token: str = TOKEN, **body: Any) -> Any:
    url = f"{edge.url}/client/v4/accounts/{ACCOUNT}/workers/{path}"
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.request(method, url, headers=headers, timeout=120, **body)
    answer.raise_for_status()
    return answer.json()["result"]


def _open(edge: Edge, name: str) -> None:
    host = f"{name}.{SUBDOMAIN}.workers.localhost:{edge.port}"
    answer = requests.get(f"{edge.url}/", headers={"Host": host}, timeout=120)
    answer.raise_for_status()


def _size(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1024 / 1024


if __name__ == "__main__":
    main()
