"""What localedge costs: the start, a deploy through wrangler, the runtime of a script that idles.

BENCH_OTHER=FOLDER measures the localedge of another checkout in turn with this one's: with wrangler
4.63.0, which each localedge takes, and its Miniflare, so that they run the same workerd.
"""

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median

import click
import requests
from bench.harness import RUNS, Took, goal, interleaved, machine, run, table
from bench.localedge import megabytes
from bench.stage import ROOT, environment

ACCOUNT, SUBDOMAIN, TOKEN = "f" * 32, "bench", "made-up-token"
RUNNING = 4
"""Scripts whose runtimes run while memory is measured."""
READY = re.compile(rb"ready api=(http://127\.0\.0\.1:(\d+))/client/v4")
PINNED = "localedge with the pinned workerd"
VERSION = "wrangler --version"
"""Next to it the start can be compared on a busy machine, too."""
OTHER = os.environ.get("BENCH_OTHER")
OLDEST = ROOT / "tests" / "wrangler-4.63"
MODULE = "export default { fetch: () => new Response('hello') };"


@dataclass(frozen=True)
class Program:
    """A localedge, and the folder of the npm tree that it runs Workers with."""

    name: str
    source: Path
    tree: Path


@dataclass(frozen=True)
class Served:
    """A localedge that serves."""

    pid: int
    url: str
    port: int
    seconds: float


@contextlib.contextmanager
def serving(program: Program, runtime: str) -> Iterator[Served]:
    """Serve an account until the block ends."""
    command = [sys.executable, "-m", "localedge.cli", "serve", "--port=0", f"--runtime={runtime}"]
    command += ["--rate-limit=1000000000", f"--account={ACCOUNT}:{SUBDOMAIN}:{TOKEN}"]
    tree = str(program.tree / "node_modules")
    env = {**os.environ, "PYTHONPATH": str(program.source), "LOCALEDGE_NODE_MODULES": tree}
    with tempfile.TemporaryDirectory(prefix="edgefleet-bench-edge-") as folder:
        began = time.perf_counter()
        process = subprocess.Popen(
            [*command, f"--state={folder}/state"],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            found = next((it for line in process.stdout or () if (it := READY.match(line))), None)
            if found is None:
                raise SystemExit(f"{program.name} did not get ready")
            seconds = time.perf_counter() - began
            yield Served(process.pid, found[1].decode(), int(found[2]), seconds)
        finally:
            process.terminate()
            process.wait(30)


def main() -> None:
    """Print the tables."""
    machine()
    mine = Program("localedge", ROOT / "src", ROOT)
    programs = [mine]
    if OTHER:
        programs = [
            replace(mine, tree=OLDEST),
            replace(mine, name=PINNED),
            Program("the other one", Path(OTHER) / "src", OLDEST),
        ]
    measure_start(programs)
    measure_deploys(programs)
    measure_memory(programs)


def measure_start(programs: list[Program]) -> None:
    """Print how long it takes until localedge is ready, without a runtime."""

    def start(program: Program) -> Took:
        with serving(program, "none") as served:
            return Took(served.seconds, _cpu(served.pid), megabytes(served.pid))

    contenders = {it.name: partial(start, it) for it in programs}
    version = partial(run, ["wrangler", "--version"], cwd=ROOT, env=environment(None, ROOT))
    took = interleaved({**contenders, VERSION: version})
    table("ready, --runtime none", took, VERSION)
    goal("seconds until ready", median(it.seconds for it in took["localedge"]), most=0.5)


def _cpu(pid: int) -> float:
    """Return the seconds of CPU time that a process has taken."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def measure_deploys(programs: list[Program]) -> None:
    """Print how long `wrangler deploy` takes to a localedge that runs Workers."""
    wrangler = str((OLDEST if OTHER else ROOT) / "node_modules" / ".bin" / "wrangler")
    with (
        tempfile.TemporaryDirectory(prefix="edgefleet-bench-") as folder,
        contextlib.ExitStack() as stack,
    ):
        project = Path(folder)
        (project / "index.js").write_text(MODULE)
        config = {"name": "site", "main": "index.js", "compatibility_date": "2026-01-01"}
        (project / "wrangler.json").write_text(json.dumps({**config, "account_id": ACCOUNT}))

        def deploy(served: Served) -> Took:
            env = {
                **environment(None, project),
                "CLOUDFLARE_API_BASE_URL": f"{served.url}/client/v4",
                "CLOUDFLARE_API_TOKEN": TOKEN,
                "WRANGLER_SEND_METRICS": "false",
            }
            return run([wrangler, "deploy"], cwd=project, env=env)

        edges = {it.name: stack.enter_context(serving(it, "workerd")) for it in programs}
        for served in edges.values():
            deploy(served)  # the first one makes the script
        took = interleaved({name: partial(deploy, served) for name, served in edges.items()})
    table("wrangler deploy, --runtime workerd", took, programs[-1].name)
    if OTHER:
        times = median(
            one.seconds / other.seconds
            for one, other in zip(took["localedge"], took["the other one"], strict=True)
        )
        goal("wrangler deploy, times the other one", times, most=1.05)


def measure_memory(programs: list[Program]) -> None:
    """Print the memory of one more script whose runtime idles."""
    found: dict[str, list[float]] = {it.name: [] for it in programs}
    for _ in range(RUNS):
        for program in programs:
            found[program.name].append(_idle(program))
    click.echo(f"\n**MB of one more idle runtime**, median of {RUNS}\n")
    click.echo("| | MB | from - to |")
    click.echo("| --- | ---: | ---: |")
    for name, each in found.items():
        click.echo(f"| {name} | {median(each):.0f} | {min(each):.0f} - {max(each):.0f} |")
    if OTHER:
        times = median(found["localedge"]) / median(found["the other one"])
        goal("MB of an idle runtime, times the other one", times, most=1.05)


def _idle(program: Program) -> float:
    with serving(program, "workerd") as served:
        for number in range(RUNNING):
            _run_one(served, f"site-{number}")
            if not number:
                first = megabytes(served.pid)
        return (megabytes(served.pid) - first) / (RUNNING - 1)


def _run_one(served: Served, name: str) -> None:
    url = f"{served.url}/client/v4/accounts/{ACCOUNT}/workers/scripts/{name}"
    token = {"Authorization": f"Bearer {TOKEN}"}
    metadata = {"main_module": "index.js", "compatibility_date": "2026-01-01"}
    form = {
        "metadata": (None, json.dumps(metadata), "application/json"),
        "index.js": ("index.js", MODULE, "application/javascript+module"),
    }
    requests.put(url, headers=token, files=form, timeout=120).raise_for_status()
    public = {"enabled": True}
    requests.post(f"{url}/subdomain", headers=token, json=public, timeout=60).raise_for_status()
    host = {"Host": f"{name}.{SUBDOMAIN}.workers.localhost:{served.port}"}
    requests.get(served.url, headers=host, timeout=120).raise_for_status()


if __name__ == "__main__":
    main()
