"""One deployment per target at a time, on this machine.

The operating system holds the lock (flock) and lets it go when its holder dies, however it dies;
the file's words only say who it is.
"""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from edgefleet.errors import TargetBusyError
from edgefleet.model.base import Model
from edgefleet.model.target import Target


class Holder(Model):
    """Who holds a target, and since when."""

    pid: int
    host: str
    actor: str | None
    action: str
    since: datetime

    def __str__(self) -> str:
        return (
            f"{self.actor or 'somebody'} ({self.action}, process {self.pid} on {self.host}, "
            f"since {self.since:%Y-%m-%d %H:%M:%S} UTC)"
        )


class Locks:
    """The folder of locks, a file for each target that is being worked on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def hold(
        self, target: Target, action: str, actor: str | None, now: datetime
    ) -> Iterator[Holder | None]:
        """Hold a target; yield who held it before and died, if anybody did.

        Raises `TargetBusyError` where another process holds it.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{target}.json"
        descriptor = _locked(path)
        try:
            died = _holder(path)
            mine = Holder(
                pid=os.getpid(), host=socket.gethostname(), actor=actor, action=action, since=now
            )
            path.write_text(mine.model_dump_json() + "\n")
            yield died
        finally:
            path.unlink()
            os.close(descriptor)


def _locked(path: Path) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise TargetBusyError(
                f"{path.stem} is held by {_holder(path) or 'another process'}",
                hint="wait until it has ended, then try again",
            ) from None
        if _is_at(descriptor, path):
            return descriptor
        os.close(descriptor)  # its last holder removed the file in the meantime


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.fstat(descriptor).st_ino == path.stat().st_ino
    except FileNotFoundError:
        return False


def _holder(path: Path) -> Holder | None:
    try:
        return Holder.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
