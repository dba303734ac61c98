"""Keeps the real wrangler loaded for the commands of one user.

Nine tenths of a command's processor time are the loading of wrangler. A process is for one token:
the account is all that wrangler remembers of a command, and the next one finds it on the disk, too.
"""

import json
import os
import select
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

SERVER = Path(__file__).with_suffix(".cjs")


@dataclass(frozen=True)
class Start:
    """What a command has in common with the next one in the same process."""

    program: Path
    """What wrangler's launcher starts."""
    options: tuple[str, ...]
    """Node's options."""
    token: str


class Loaded:
    """A process that has wrangler loaded, and ends with this one or with the next user."""

    _current: ClassVar["Loaded | None"] = None

    def __init__(self, start: Start, environ: Mapping[str, str]) -> None:
        self.start = start
        answers, answer = os.pipe()
        self._answers = os.fdopen(answers, encoding="utf-8")
        program = str(start.program.resolve())
        self._process = subprocess.Popen(
            ["node", *start.options, str(SERVER), program, str(answer)],
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            pass_fds=[answer],
        )
        os.close(answer)

    @classmethod
    def of(cls, start: Start, environ: Mapping[str, str]) -> "Loaded":
        """Return the process for a user; that of another one ends."""
        current = cls._current
        if current is None or current.start != start:
            if current:
                current.end()
            current = cls._current = cls(start, environ)
        return current

    def run(
        self,
        arguments: Sequence[str],
        *,
        folder: Path,
        environ: Mapping[str, str],
        stdin: str,
        seconds: float,
    ) -> dict[str, Any]:
        """Run a command in a folder to its end; return `code`, `out` and `err`."""
        order = {"args": arguments, "cwd": str(folder), "env": environ, "stdin": stdin}
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._answers], [], [], seconds)
        line = self._answers.readline() if ready else ""
        if not line:
            self.end()
            raise AssertionError(f"wrangler {' '.join(arguments)} gave no answer in {seconds} s")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        """End the process."""
        if Loaded._current is self:
            Loaded._current = None
        self._process.kill()
        self._process.wait()
        assert self._process.stdin
        self._process.stdin.close()
        self._answers.close()
