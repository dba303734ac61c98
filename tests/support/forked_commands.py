"""Serves steps of act's jobs and lines of a shell: they are forked, with edgefleet loaded already.

Half of the processor time of a job would be spent on loading edgefleet once for each step. A
process has the folder, the environment and the output of the step's `python`, or of the shell's
`edgefleet`, which waits for it (tests/fixtures/actions/forked/python).
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
STAND_INS = "ACT_PYTHON"
"""Names the folder that goes on PATH, before the real programs."""
SECONDS = 100.0


class _Command(socketserver.StreamRequestHandler):
    """One command: a line that says what is meant, and its exit code in return."""

    def handle(self) -> None:
        meant: Mapping[str, Any] = json.loads(self.rfile.readline())
        out, err = (Path(f"/proc/{meant['pid']}/fd/{number}") for number in (1, 2))
        cwd = Path(meant["cwd"])
        program, words = meant["program"], meant["words"]
        process = Forked(program, words, cwd=cwd, env=meant["env"], out=out, err=err)
        threading.Thread(target=self._end_with_command, args=(process,), daemon=True).start()
        self.wfile.write(str(process.wait(SECONDS)).encode())

    def _end_with_command(self, process: Forked) -> None:
        self.rfile.read()  # its end is that of what stands in
        process.kill()


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@contextmanager
def forked_commands(folder: Path) -> Iterator[dict[str, str]]:
    """Yield the variables of commands that are forked, on a system that has /proc."""
    if not Path("/proc/self/fd").exists():
        yield {}
        return
    path = folder / "forks"
    with _Server(str(path), _Command) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield {"FORKS": str(path), STAND_INS: str(STAND_IN)}
        finally:
            server.shutdown()
            thread.join()
