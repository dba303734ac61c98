"""A real shell, for lines of a page that only a shell understands."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from support.forked_commands import STAND_INS, forked_commands
from support.project import Project, Ran


def in_shell(project: Project, line: str, environ: Mapping[str, str]) -> Ran:
    """Run one line in a shell that finds `edgefleet`; the first failure ends it."""
    environment = project.environment(environ)
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    with TemporaryDirectory(prefix="shell-") as folder, forked_commands(Path(folder)) as forks:
        if forks:
            environment |= {**forks, "PATH": f"{forks[STAND_INS]}:{environment['PATH']}"}
        done = subprocess.run(
            ["bash", "-euc", line],
            cwd=project.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    return Ran(done.returncode, done.stdout, done.stderr)
