"""localedge itself: requests a second and memory, its Worker next to `wrangler dev`'s."""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import click
from bench.drift import command
from bench.harness import RUNS, machine
from bench.stage import Edge, Fleet, environment, fleet, localedge

REQUESTS = 1500
AT_ONCE = 8
START_SECONDS = 60


@dataclass(frozen=True)
class Asked:
    """What is asked again and again, and of whom."""

    name: str
    port: int
    pid: int
    path: str
    headers: dict[str, str]


def main() -> None:
    """Print the table."""
    machine()
    with fleet(1) as made, localedge(made, "none") as alone, localedge(made, "workerd") as edge:
        for one in (alone, edge):
            command("deploy-all", "--env", "staging", made=made, edge=one)
        with wrangler_dev(made) as dev:
            asked = [
                _api("control plane: deployments of a script", made, alone),
                _health("no runtime: a simulated /health", made, alone),
                _health("workerd: a Worker's /health", made, edge),
                dev,
            ]
            _print(asked, measured(asked))


def measured(asked: list[Asked]) -> dict[str, list[float]]:
    """Return the rates of each run, in requests a second, taken in turn."""
    rates: dict[str, list[float]] = {one.name: [] for one in asked}
    for turn in range(RUNS):
        for place in range(len(asked)):
            one = asked[(turn + place) % len(asked)]
            rates[one.name].append(rate(one))
            click.echo(f"  {turn + 1}/{RUNS} {one.name}: {rates[one.name][-1]:.0f}/s", err=True)
    return rates


def rate(asked: Asked) -> float:
    """Ask `REQUESTS` times over `AT_ONCE` connections; return requests a second."""
    threads = [threading.Thread(target=_work, args=(asked,)) for _ in range(AT_ONCE)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return REQUESTS / (time.perf_counter() - started)


def _work(asked: Asked) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", asked.port)
    for _ in range(REQUESTS // AT_ONCE):
        connection.request("GET", asked.path, headers=asked.headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            os.write(2, f"{asked.name}: {answer.status}\n".encode())
            os._exit(1)
    connection.close()


def _print(asked: list[Asked], rates: dict[str, list[float]]) -> None:
    last = rates[asked[-1].name]
    click.echo(f"\n**localedge** ({AT_ONCE} connections, one Python client)\n")
    click.echo(f"| | median requests/s | from - to | MB, all processes | times {asked[-1].name} |")
    click.echo("| --- | ---: | ---: | ---: | ---: |")
    for one in asked:
        found = rates[one.name]
        times = median(mine / theirs for mine, theirs in zip(found, last, strict=True))
        cells = (
            f"{median(found):.0f}",
            f"{min(found):.0f} - {max(found):.0f}",
            f"{megabytes(one.pid):.0f}",
            f"{times:.2f}",
        )
        click.echo(f"| {one.name} | {' | '.join(cells)} |")


def _api(what: str, made: Fleet, edge: Edge) -> Asked:
    name = made.names[0]
    scripts = f"/client/v4/accounts/{made.account(name)}/workers/scripts"
    path = f"{scripts}/{made.script(name, 'staging')}/deployments"
    token = {"Authorization": f"Bearer {made.token(name)}"}
    return Asked(what, edge.port, edge.pid, path, token)


def _health(what: str, made: Fleet, edge: Edge) -> Asked:
    name = made.names[0]
    host = {"Host": f"{made.script(name, 'staging')}.{name}.workers.localhost:{edge.port}"}
    return Asked(what, edge.port, edge.pid, "/health", host)


@contextlib.contextmanager
def wrangler_dev(made: Fleet) -> Iterator[Asked]:
    """Run the same Worker under `wrangler dev`."""
    port = 20_000 + os.getpid() % 10_000
    words = ["edgefleet", "dev", "--tenant", made.names[0], "--", "--port", str(port)]
    process = subprocess.Popen(
        words,
        cwd=made.root,
        env=environment(None, made.root.parent),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait(lambda: _answers(port))
        yield Asked("wrangler dev: the same /health", port, process.pid, "/health", {})
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(30)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _wait(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not done():
        if time.monotonic() > deadline:
            sys.exit("wrangler dev did not start")
        time.sleep(0.1)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def megabytes(pid: int) -> float:
    """Return the resident memory of a process and all that it started."""
    parents: dict[int, list[int]] = {}
    pages: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "stat").read_text().rpartition(")")[2].split()
            parents.setdefault(int(words[1]), []).append(int(folder.name))
            pages[int(folder.name)] = int(words[21])
    todo, total = [pid], 0
    while todo:
        one = todo.pop()
        total += pages.get(one, 0)
        todo += parents.get(one, [])
    return total * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


if __name__ == "__main__":
    main()
