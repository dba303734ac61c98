"""Operations on files that fail as ordered: a full disk, a folder that is gone, a broken device.

Python tells every audit hook of an operation before it is made, and what a hook raises is what the
caller gets (https://docs.python.org/3/library/audit_events.html). A hook cannot be removed, so
there is one, and it looks at what is ordered now. Python tells no hook of `UNTOLD`; these are
replaced in `os`, where all that reads or syncs a file looks them up.
"""

import errno
import os
import resource
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest

WATCHED = frozenset(
    "open os.mkdir os.rename os.remove os.link os.scandir os.listdir fcntl.flock".split()
)
WRITING = frozenset("os.mkdir os.rename os.link os.fsync".split())
UNTOLD = ("fsync", "stat", "lstat", "fstat")

ERRNOS = {
    "no space": errno.ENOSPC,
    "no permission": errno.EACCES,
    "a broken device": errno.EIO,
    "read-only": errno.EROFS,
}
GONE = "a folder that is gone"
HALF = "a write that fails half-way"


class Operation(NamedTuple):
    """One operation on a file."""

    event: str
    """Python's name of it."""
    file: str
    writes: bool

    def __str__(self) -> str:
        return f"{self.event} {self.file}"


@dataclass(frozen=True)
class Fault:
    """How operations fail: the one of this number, or, if it `lasts`, all from there on."""

    name: str
    number: int = 0
    lasts: bool = False

    def __str__(self) -> str:
        return f"{self.name} {'from' if self.lasts else 'at'} {self.number}"

    def strikes(self, number: int) -> bool:
        """Whether the operation of this number fails."""
        return number == self.number or (self.lasts and number > self.number)

    def fails(self, operation: Operation) -> bool:
        """Whether an operation fails of it; any other one works, as on a full disk a read does."""
        if self.name == "no space":
            return operation.writes
        if self.name == "read-only":
            return operation.writes or operation.event == "os.remove"
        return self.name != HALF or (operation.event == "open" and operation.writes)


EVERY = (
    *(Fault(name) for name in (*ERRNOS, GONE, HALF)),
    Fault("no space", lasts=True),
    Fault("no permission", lasts=True),
)
FEW = (Fault("no permission"), Fault(GONE), Fault(HALF))


@dataclass
class Files:
    """The operations of this thread on files below a folder, counted and struck."""

    root: Path
    fault: Fault | None = None
    seen: list[Operation] = field(default_factory=list)
    _thread: int = field(default_factory=threading.get_ident)
    _busy: bool = False

    def heard(self, event: str, arguments: tuple[object, ...]) -> None:
        """Let one operation fail, if that was ordered."""
        if self._busy or threading.get_ident() != self._thread:
            return
        _limit(resource.RLIM_INFINITY)
        # A lock names its file by a number alone.
        path = self.root / "lock" if event == "fcntl.flock" else Path(str(arguments[0]))
        if not path.is_relative_to(self.root):
            return
        number = len(self.seen)
        writes = event in WRITING or (event == "open" and _writes(arguments))
        operation = Operation(event, path.name, writes)
        self.seen.append(operation)
        if self.fault and self.fault.strikes(number) and self.fault.fails(operation):
            self._busy = True
            try:
                self._strike(self.fault.name, path)
            finally:
                self._busy = False

    def _strike(self, name: str, path: Path) -> None:
        if name == GONE:
            folder = path.parent
            assert folder.is_relative_to(self.root), "nothing outside is ever removed"
            if folder != self.root:
                shutil.rmtree(folder, ignore_errors=True)
        elif name == HALF:
            _limit(0)
        else:
            raise OSError(ERRNOS[name], os.strerror(ERRNOS[name]), str(path))


def _writes(arguments: tuple[object, ...]) -> bool:
    _path, mode, flags = arguments
    if isinstance(mode, str):
        return any(letter in mode for letter in "wxa+")
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def _limit(size: int) -> None:
    """Let no file of this process grow beyond `size` bytes: a write then fails with EFBIG."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@contextmanager
def _telling(files: Files) -> Iterator[None]:
    """Tell `files` of the operations that Python tells no hook of."""
    with pytest.MonkeyPatch.context() as patch:
        for name in UNTOLD:
            patch.setattr(os, name, _told(files, name, getattr(os, name)))
        yield


def _told(files: Files, name: str, operation: Callable[..., Any]) -> Callable[..., Any]:
    def tells(file: Any, *arguments: Any, **options: Any) -> Any:
        files.heard(f"os.{name}", (_path(file),))
        return operation(file, *arguments, **options)

    return tells


def _path(file: Any) -> str:
    """Return the path of a file, also of one that a number names."""
    if isinstance(file, int):
        return str(Path(f"/proc/self/fd/{file}").readlink())
    return str(file)


_watching: list[Files] = []
_hooked: list[bool] = []


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _watching and event in WATCHED:
        _watching[-1].heard(event, arguments)


@contextmanager
def watched(root: Path, fault: Fault | None = None) -> Iterator[Files]:
    """Watch this thread's operations on files below `root`; let them fail as ordered."""
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked.append(True)
    files = Files(root, fault)
    _watching.append(files)
    try:
        with _telling(files):
            yield files
    finally:
        _watching.remove(files)
        _limit(resource.RLIM_INFINITY)
