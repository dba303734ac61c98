"""The log of a job of GitHub Actions: which of its lines are commands to the runner.

The runner obeys every line of a log that begins with `::`, also one that a Worker wrote. While a
step shows what others wrote, it stops commands, and lets only its own through.
https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex
from typing import TextIO


class WorkflowLog:
    """The log that stdout and stderr of this process go to."""

    def __init__(self) -> None:
        self._stopped = ""
        """What starts commands again; empty where they are not stopped."""
        self._out: TextIO | None = None
        self._lock = threading.RLock()

    @property
    def stopped(self) -> bool:
        """Whether commands are stopped now, so that only `send` gets one through."""
        return bool(self._stopped)

    @contextmanager
    def without_commands(self) -> Iterator[None]:
        """Let no line that is printed in this block be a command, but for those of `send`.

        stderr goes to stdout meanwhile: what waits in a second pipe could be read too late.
        """
        with self._lock:
            self._out, self._stopped = sys.stdout, token_hex(16)
            self._write(f"::stop-commands::{self._stopped}")
        with _together():
            try:
                yield
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                with self._lock:
                    self._write(f"\n::{self._stopped}::")
                    self._out, self._stopped = None, ""

    def send(self, command: str) -> None:
        """Print a command of our own, such as `::add-mask::VALUE`, so that the runner obeys it."""
        with self._lock:
            if not self._stopped:
                self._write(command)
                return
            before, self._stopped = self._stopped, token_hex(16)
            # One write: no line of another thread may stand between these.
            # It begins a new line: what is drawn on a terminal leaves a line unended, and a
            # command counts at the beginning of a line alone.
            self._write(f"\n::{before}::\n{command}\n::stop-commands::{self._stopped}")

    def _write(self, text: str) -> None:
        # A command that prints while its stdout is collected still reaches the log.
        out = self._out or sys.stdout
        out.write(text + "\n")
        out.flush()


@contextmanager
def _together() -> Iterator[None]:
    """Let stderr be stdout, also for child processes."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        os.dup2(1, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


WORKFLOW_LOG = WorkflowLog()
"""The log of this process; a process has only one."""
