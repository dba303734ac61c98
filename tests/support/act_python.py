"""Serves the steps of act's jobs: a script of theirs is forked, with edgefleet loaded already.

Half of the processor time of a job would be spent on loading edgefleet once for each step. A
script's process has the folder, the environment and the output of the step's `python`, which waits
for it (tests/fixtures/actions/forked/python).
"""

import json
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.forked import Forked
from support.project import ROOT

STAND_IN = ROOT / "tests/fixtures/actions/forked"
SECONDS = 100.0


class _Step(socketserver.StreamRequestHandler):
    """One step: a line that says what is meant, and its exit code in return."""

    def handle(self) -> None:
        meant: Mapping[str, Any] = json.loads(self.rfile.readline())
        out, err = (Path(f"/proc/{meant['pid']}/fd/{number}") for number in (1, 2))
        cwd = Path(meant["cwd"])
        process = Forked("python", meant["words"], cwd=cwd, env=meant["env"], out=out, err=err)
        threading.Thread(target=self._end_with_step, args=(process,), daemon=True).start()
        self.wfile.write(str(process.wait(SECONDS)).encode())

    def _end_with_step(self, process: Forked) -> None:
        self.rfile.read()  # its end is that of the step's process
        process.kill()


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@contextmanager
def forked_steps(folder: Path) -> Iterator[dict[str, str]]:
    """Yield the variables of steps that are forked, on a system that has /proc."""
    if not Path("/proc/self/fd").exists():
        yield {}
        return
    path = folder / "forks"
    with _Server(str(path), _Step) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield {"ACT_FORKS": str(path), "ACT_PYTHON": str(STAND_IN)}
        finally:
            server.shutdown()
            thread.join()
