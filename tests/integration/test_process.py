"""Programs that we start end with us."""

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from edgefleet.core.process import ProgramMissing, TooMuchOutput, run, start, stop
from edgefleet.core.signals import cancellation_check
from support.ports import wait_for

WATCHED = """
import contextlib, os, pathlib
for place in pathlib.Path("/proc").iterdir():
    with contextlib.suppress(OSError):
        ours = f"PPid:\\t{os.getppid()}\\n" in (place / "status").read_text()
        if ours and b"edgefleet-watch" in (place / "cmdline").read_bytes():
            print((place / "environ").read_bytes())
"""
"""Prints the environment of the shell that watches it."""
SPAWNS = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def test_a_program_gets_exactly_its_environment(tmp_path: Path) -> None:
    script = "import os; print(sorted(os.environ), os.getcwd())"
    done = run([sys.executable, "-c", script], cwd=tmp_path, env={"LC_ALL": "C.UTF-8"})
    assert done.stdout.strip() == f"['LC_ALL'] {tmp_path}"


def test_stopping_a_program_ends_its_children_too(tmp_path: Path) -> None:
    process = start([sys.executable, "-c", SPAWNS], cwd=tmp_path, env=os.environ)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    assert alive(child)
    stop(process)
    wait_for(lambda: not alive(child), "the child to end")
    assert process.poll() is not None


def test_a_time_limit_ends_the_program(tmp_path: Path) -> None:
    before = threading.active_count()
    with pytest.raises(TimeoutError, match="did not end within"):
        run([sys.executable, "-c", SPAWNS], cwd=tmp_path, env=os.environ, timeout=0.5)
    assert threading.active_count() <= before + 1


RUNS = """
import os, sys
from pathlib import Path
from edgefleet.core.process import run
run([sys.executable, "-c", sys.argv[1]], cwd=Path.cwd(), env=os.environ)
"""
SLEEPS = """
import os, pathlib, time
pathlib.Path("draft").write_text(str(os.getpid()))
pathlib.Path("draft").rename("pid")
time.sleep(60)
"""


def test_a_program_ends_where_we_are_killed(tmp_path: Path) -> None:
    ours = subprocess.Popen([sys.executable, "-c", RUNS, SLEEPS], cwd=tmp_path)
    try:
        wait_for(lambda: (tmp_path / "pid").exists(), "the program to run")
    finally:
        ours.kill()
        ours.wait()
    program = int((tmp_path / "pid").read_text())
    wait_for(lambda: not alive(program), "the program to end")


def test_a_program_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ProgramMissing, match="no-such-program is not installed") as caught:
        run(["no-such-program"], cwd=tmp_path, env={})
    assert caught.value.exit_code == 6


def test_a_program_that_prints_without_end_is_ended(tmp_path: Path) -> None:
    """Review 4: what wrangler or a credential program prints is foreign, and may be endless."""
    endless = "import os\nwhile True: os.write(1, b'x' * 65536)"
    with pytest.raises(TooMuchOutput, match="printed more than"):
        run([sys.executable, "-c", endless], cwd=tmp_path, env=os.environ, timeout=30)


def test_stop_request_ends_a_threads_wait_and_the_program(tmp_path: Path) -> None:
    """Review 4: Python delivers signals to the main thread alone."""
    stop_it, met = threading.Event(), threading.Event()

    def check() -> None:
        if stop_it.is_set():
            raise KeyboardInterrupt

    def work() -> None:
        with cancellation_check(check), suppress(KeyboardInterrupt):
            run([sys.executable, "-c", SLEEPS], cwd=tmp_path, env=os.environ)
        met.set()

    thread = threading.Thread(target=work)
    thread.start()
    wait_for(lambda: (tmp_path / "pid").exists(), "the program to run")
    stop_it.set()
    thread.join(60)
    assert met.is_set()
    assert not alive(int((tmp_path / "pid").read_text()))


def test_what_watches_a_program_has_none_of_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Review 23: the watch shells had every token of the shell in their environment."""
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN_ACME", "canary-of-the-shell-7d1e")
    done = run([sys.executable, "-c", WATCHED], cwd=tmp_path, env={"PATH": os.environ["PATH"]})
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("b'")
    assert "canary" not in done.stdout
