"""Run a program, and end it and its children when we are interrupted."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from math import inf
from pathlib import Path
from time import monotonic

from edgefleet.core.signals import heed
from edgefleet.errors import ExternalError

GRACE_SECONDS = 5.0
SLICE_SECONDS = 0.1
"""After so long a wait it is looked whether the run is to stop."""
LARGEST_OUTPUT = 32 * 1024 * 1024
"""Bytes that a program may print; git's list of the files of a large repository has millions."""

WATCH = 'read -r group || exit 0; read -r _ || kill -s KILL -- "-$group"'
"""A shell's life beside a program: it is told which group to watch, waits for one more word from
us, and kills where none can come."""


class ProgramMissing(ExternalError):
    """A program that edgefleet starts is not installed."""

    code = "program_missing"


class TooMuchOutput(TimeoutError):
    """A program prints without end."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended: its exit code and everything that it printed."""

    exit_code: int
    stdout: str
    stderr: str


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float | None = None,
    feed: str | None = None,
) -> Finished:
    """Run a program to its end with exactly this environment, and collect what it prints.

    It reads `feed` on its stdin. It leads a process group of its own, so that Ctrl-C reaches us
    alone and we end the whole group. Raises `ProgramMissing`, `TimeoutError`, `TooMuchOutput`, or
    whatever interrupted the wait.
    """
    with _watcher() as watch:
        process = start(command, cwd=cwd, env=env, stdin=subprocess.PIPE if feed else None)
        watch(process.pid)
        try:
            stdout, stderr = _heard(process, feed, timeout, command[0])
        finally:
            stop(process)
    return Finished(process.returncode, stdout, stderr)


def _heard(
    process: subprocess.Popen[str], feed: str | None, timeout: float | None, name: str
) -> tuple[str, str]:
    """Return all that a program prints; a wish to stop is met meanwhile, in threads too."""
    end = inf if timeout is None else monotonic() + timeout
    while True:
        heed()
        left = end - monotonic()
        if left <= 0:
            raise TimeoutError(f"{name} did not end within {timeout:.0f} s")
        try:
            return process.communicate(feed, timeout=min(left, SLICE_SECONDS))
        except subprocess.TimeoutExpired as unfinished:
            feed = None  # it is being written already
            if len(unfinished.output or "") + len(unfinished.stderr or "") > LARGEST_OUTPUT:
                raise TooMuchOutput(f"{name} prints without end") from None


@contextmanager
def _watcher() -> Iterator[Callable[[int], None]]:
    """Yield what has a group ended even where we are killed with SIGKILL before the block ends.

    A wrangler that lost us would go on uploading, and take memory without end. The watch is there
    before the program: to start it takes long enough to be killed in.
    """
    watch = subprocess.Popen(
        ["/bin/sh", "-c", WATCH, "edgefleet-watch"],
        env={},  # all that it does is built into a shell
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    words: list[bytes] = []

    def begin(group: int) -> None:
        assert watch.stdin is not None  # noqa: S101 - it is a pipe
        words.append(b"\n")  # what ends the watch
        watch.stdin.write(f"{group}\n".encode())
        watch.stdin.flush()

    try:
        yield begin
    finally:
        watch.communicate(b"".join(words))


def start(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    output: Path | None = None,
    stdin: int | None = None,
) -> subprocess.Popen[str]:
    """Start a program in a process group of its own, with nothing on stdin unless it is given.

    What it prints goes into pipes, or all of it into the file `output`.
    """
    with output.open("w") if output else nullcontext(subprocess.PIPE) as sink:
        try:
            return subprocess.Popen(
                command,
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL if stdin is None else stdin,
                stdout=sink,
                stderr=sink,
                text=True,
                errors="replace",
                start_new_session=True,
            )
        except FileNotFoundError as error:
            raise ProgramMissing(
                f"{command[0]} is not installed", hint="run 'make setup' in the repository"
            ) from error


def run_in_terminal(command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> int:
    """Run a program that talks to the terminal itself, such as `wrangler dev`; return its code.

    Ctrl-C reaches the program by itself, a SIGTERM to us alone does not: it is passed on as the
    program's own Ctrl-C, and its end is waited for.
    """
    process = subprocess.Popen(command, cwd=cwd, env=dict(env))
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)


def stop(process: subprocess.Popen[str], *, first: int = signal.SIGTERM) -> None:
    """End a program's whole group: ask, wait a little, then kill. Harmless when it has ended."""
    for number in (first, signal.SIGKILL):
        if process.poll() is not None:
            break
        try:
            os.killpg(process.pid, number)
            process.wait(GRACE_SECONDS)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
