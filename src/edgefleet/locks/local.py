"""One deployment per target at a time, on this machine.

The operating system holds the lock (flock) and releases it when its holder ends, in any way; the
file's content only names the holder.
"""

import errno
import fcntl
import os
import shlex
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, ValidationError

from edgefleet.config.target import Target
from edgefleet.core.atomic_files import access_command
from edgefleet.core.foreign.record import harmless
from edgefleet.core.model import Model
from edgefleet.core.regular_files import open_regular, read_stored
from edgefleet.errors import TargetBusyError, UsageError

LARGEST = 64 * 1024
"""Bytes; a lock has some hundred."""


class LockHolder(Model):
    """Who holds a target, and since when."""

    pid: int
    host: str
    actor: str | None
    action: str
    since: AwareDatetime

    def __str__(self) -> str:
        return (
            f"{self.actor or 'an unnamed actor'} ({self.action}, process {self.pid} on "
            f"{self.host}, since {self.since:%Y-%m-%d %H:%M:%S} UTC)"
        )


class LocalLocks:
    """The folder of locks: a file for each target that a run is changing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def hold(
        self, target: Target, action: str, actor: str | None, now: datetime
    ) -> Iterator[LockHolder | None]:
        """Hold a target; yield the holder before, if it ended without releasing the lock.

        Raises `TargetBusyError` if another process holds it, `UsageError` if it cannot be locked.
        The file's content is for people: a lock without it holds as well, and closing the
        descriptor releases a lock whose file cannot be removed.
        """
        path = self._folder / f"{target}.json"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor = _locked(path)
        except OSError as error:
            raise UsageError(
                f"edgefleet changes nothing without a lock, and cannot lock {path}: "
                f"{error.strerror}",
                hint=access_command(self._folder, error),
            ) from error
        try:
            died = _holder(path)
            mine = LockHolder(
                pid=os.getpid(), host=socket.gethostname(), actor=actor, action=action, since=now
            )
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, f"{mine.model_dump_json()}\n".encode(), 0)
            yield died
        finally:
            with suppress(OSError):
                path.unlink()
            os.close(descriptor)


def _locked(path: Path) -> int:
    while True:
        descriptor = _opened(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise TargetBusyError(
                f"{path.stem} is held by {_holder(path) or 'another process'}",
                hint="repeat the command when that process has ended",
            ) from None
        if _is_at(descriptor, path):
            return descriptor
        os.close(descriptor)  # its last holder has removed the file meanwhile


def _opened(path: Path) -> int:
    """Open a lock's file, which must have no other name: edgefleet writes to it."""
    try:
        descriptor = open_regular(path, os.O_RDWR | os.O_CREAT)
        if os.fstat(descriptor).st_nlink <= 1:
            return descriptor
        os.close(descriptor)
        why = "it has another name too (a hard link)"
    except OSError as error:
        if not os.path.lexists(path):
            raise  # it is the folder's trouble
        why = "it is a link" if error.errno == errno.ELOOP else str(error.strerror)
    name = shlex.quote(str(path))
    hint = f"rmdir {name}" if path.is_dir() and not path.is_symlink() else f"rm {name}"
    raise UsageError(f"cannot lock {path}: {why}", hint=hint)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.fstat(descriptor).st_ino == path.stat().st_ino
    except FileNotFoundError:
        return False


def _holder(path: Path) -> LockHolder | None:
    try:
        return harmless(LockHolder.model_validate_json(read_stored(path, LARGEST)))
    except (OSError, ValidationError):
        return None
