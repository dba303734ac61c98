"""Programs that we start end with us."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from edgefleet.ports.process import ProgramMissing, run, start, stop
from support.ports import wait_for

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
    deadline = time.monotonic() + 5
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(child)
    assert process.poll() is not None


def test_a_time_limit_ends_the_program(tmp_path: Path) -> None:
    before = threading.active_count()
    with pytest.raises(TimeoutError, match="did not end within"):
        run([sys.executable, "-c", SPAWNS], cwd=tmp_path, env=os.environ, timeout=0.5)
    assert threading.active_count() <= before + 1


RUNS = """
import os, sys
from pathlib import Path
from edgefleet.ports.process import run
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
