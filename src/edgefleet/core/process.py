"""Run programs: with no secret in their environment, and none of them outlives edgefleet.

A shell, or a job of GitHub Actions, may hold the tokens of every tenant. git runs filters and
hooks of the repository, and localedge serves Workers: none of them needs a token.
"""

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from math import inf
from pathlib import Path
from time import monotonic

from edgefleet.core.signals import check_cancelled
from edgefleet.errors import ExternalError

GRACE_SECONDS = 5.0
SLICE_SECONDS = 0.1
"""How often the wait for a program checks whether the run is cancelled."""
LARGEST_OUTPUT = 32 * 1024 * 1024
"""Bytes that a program may print; git's list of the files of a large repository has millions."""

WATCH = 'read -r group || exit 0; read -r _ || kill -s KILL -- "-$group"'
"""The watchdog's script: it reads the process group's id, then blocks on stdin. If our end closes
without a final newline, edgefleet was killed, and the watchdog kills the group."""


class ProgramMissing(ExternalError):
    """A program that edgefleet starts is not installed."""

    code = "program_missing"


class TooMuchOutput(TimeoutError):
    """A program printed more than `LARGEST_OUTPUT`."""


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

    It reads `feed` on its stdin. It leads its own process group: Ctrl-C reaches edgefleet alone,
    which then ends the whole group. Raises `ProgramMissing`, `TimeoutError`, `TooMuchOutput`, or
    the exception that interrupted the wait.
    """
    with _watchdog() as watch:
        process = start(command, cwd=cwd, env=env, stdin=subprocess.PIPE if feed else None)
        watch(process.pid)
        try:
            stdout, stderr = _communicate(process, feed, timeout, command[0])
        finally:
            stop(process)
    return Finished(process.returncode, stdout, stderr)


def _communicate(
    process: subprocess.Popen[str], feed: str | None, timeout: float | None, name: str
) -> tuple[str, str]:
    """Return all that a program prints; a cancelled run interrupts the wait, in threads too."""
    end = inf if timeout is None else monotonic() + timeout
    while True:
        check_cancelled()
        left = end - monotonic()
        if left <= 0:
            raise TimeoutError(f"{name} did not end within {timeout:.0f} s")
        try:
            return process.communicate(feed, timeout=min(left, SLICE_SECONDS))
        except subprocess.TimeoutExpired as unfinished:
            feed = None  # it is being written already
            if len(unfinished.output or "") + len(unfinished.stderr or "") > LARGEST_OUTPUT:
                raise TooMuchOutput(
                    f"{name} printed more than {LARGEST_OUTPUT:,} characters"
                ) from None


@contextmanager
def _watchdog() -> Iterator[Callable[[int], None]]:
    """Yield a function that registers a process group; the watchdog kills it if we are killed.

    Without it, wrangler would go on uploading after a SIGKILL of edgefleet, and leak memory. It
    starts before the program, for edgefleet may be killed while the watchdog starts.
    """
    watch = subprocess.Popen(
        ["/bin/sh", "-c", WATCH, "edgefleet-watch"],
        env={},  # it uses only what is built into a shell
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    final: list[bytes] = []

    def begin(group: int) -> None:
        assert watch.stdin is not None  # noqa: S101 - it is a pipe
        final.append(b"\n")  # makes the watchdog exit
        watch.stdin.write(f"{group}\n".encode())
        watch.stdin.flush()

    try:
        yield begin
    finally:
        watch.communicate(b"".join(final))


def start(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    output: Path | None = None,
    stdin: int | None = None,
) -> subprocess.Popen[str]:
    """Start a program in its own process group; its stdin is empty unless `stdin` is given.

    It prints into pipes, or into the file `output`.
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
                f"{command[0]} is not installed", hint="edgefleet doctor"
            ) from error


def run_in_terminal(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str], interrupted: int | None = None
) -> int:
    """Run a program that talks to the terminal itself, such as `wrangler dev`; return its code.

    Ctrl-C reaches the program too. A SIGTERM reaches edgefleet alone, which sends the program a
    SIGINT and waits until it has ended. `interrupted` takes the place of the code then: for a
    program that ends in no other way.
    """
    process = subprocess.Popen(command, cwd=cwd, env=dict(env))
    asked = False
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            asked = True
            process.send_signal(signal.SIGINT)
        else:
            return interrupted if asked and interrupted is not None else code


def stop(process: subprocess.Popen[str], *, first: int = signal.SIGTERM) -> None:
    """End a program's process group: `first`, then SIGKILL; does nothing if it has ended."""
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


COMMON = (
    *"PATH LANG LC_* TZ TMPDIR SYSTEMROOT".split(),
    *"HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy".split(),
    *"NODE_EXTRA_CA_CERTS SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE".split(),
)
"""Where programs are, language and time zone, and how to reach the network."""

GIT = (
    *"HOME XDG_CONFIG_HOME USER LOGNAME EMAIL GIT_*".split(),
    *"GNUPGHOME GPG_TTY SSH_AUTH_SOCK".split(),
)
"""Git's settings, the author of its commits, and the keys that sign tags."""

LOCALEDGE = ("HOME", "XDG_CACHE_HOME", "LOCALEDGE_*")
"""Where localedge finds Node.js and workerd."""


def child_environment(environ: Mapping[str, str], *more: str) -> dict[str, str]:
    """Return the environment of a child: `COMMON`, and the variables that match `more`."""
    wanted = _any_of((*COMMON, *more))
    return {name: value for name, value in environ.items() if wanted.match(name)}


@cache
def _any_of(patterns: tuple[str, ...]) -> "re.Pattern[str]":
    return re.compile("|".join(map(translate, patterns)))
