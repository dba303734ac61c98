"""`edgefleet` and `localedge` in separate processes that are forked, not started.

Each takes 0.1 s instead of 0.5 s: Python and all modules are loaded once, in a server that
multiprocessing keeps and ends. A process has its own id, folder, environment and output.
"""

import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

SOURCE = Path(__file__).parents[2] / "src"
MAINS = {
    "edgefleet": "edgefleet.cli.main",
    "localedge": "localedge.cli",
    "python": "support.forked_script",
}
LOADED = ("edgefleet/cli/commands/[a-z]*.py", "edgefleet/actions/**/[a-z]*.py")
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(
    ["localedge.app", "uvicorn.protocols.http.httptools_impl", *MAINS.values(), __name__]
    + [
        ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        for pattern in LOADED
        for path in sorted(SOURCE.glob(pattern))
    ]
)


class Forked:
    """A process under way; as much of `subprocess.Popen` as tests need."""

    def __init__(
        self,
        program: str,
        arguments: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        out: Path,
        err: Path,
        own_session: bool = False,
    ) -> None:
        paths = str(cwd), str(out), str(err)
        self._process = _forks.Process(
            target=_run, args=(program, list(arguments), dict(env), *paths, own_session)
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Return how it ended, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """Wait for its end. Raises `subprocess.TimeoutExpired`."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


def run(
    program: str,
    arguments: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float = 110.0,
) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end; it is killed after `timeout` seconds."""
    with TemporaryDirectory(prefix="forked-") as name:
        out, err = Path(name) / "out", Path(name) / "err"
        process = Forked(program, arguments, cwd=cwd, env=env, out=out, err=err)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        return subprocess.CompletedProcess(
            [program, *arguments], code, out.read_text(), err.read_text()
        )


def _run(
    program: str,
    arguments: list[str],
    env: Mapping[str, str],
    cwd: str,
    out: str,
    err: str,
    own_session: bool,
) -> None:
    if own_session:
        os.setsid()
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    for number, path in ((0, os.devnull), (1, out), (2, err)):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND
        os.dup2(os.open(path, flags, 0o600), number)
    # multiprocessing gave the child another stdin.
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - it is the process's own
    sys.argv = [program, *arguments]
    sys.exit(importlib.import_module(MAINS[program]).main(arguments))
