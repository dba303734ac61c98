"""Free ports, waiting for what will listen on them, and ending what was started."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable


def free_port() -> int:
    """Return a port of loopback that nothing listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(
    condition: Callable[[], bool], what: str, seconds: float = 60, *, every: float = 0.05
) -> None:
    """Wait until a condition holds, asked `every` so many seconds; fail with what it waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        time.sleep(every)


def end_group(process: "subprocess.Popen[str]") -> None:
    """End a program that leads its session, and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
