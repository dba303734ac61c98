"""Read regular files up to a size, and follow no link.

A pull request may add a link to any file of the machine, or to a device or pipe that never ends.
"""

import errno
import os
import stat
from pathlib import Path

FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC


class NotRegularFileError(OSError):
    """The path is not a regular file; the message says what it is."""


class SymlinkError(NotRegularFileError):
    """The path is a symbolic link."""


class FileTooLargeError(OSError):
    """The file is larger than the limit; `size` is its number of bytes."""

    def __init__(self, size: int) -> None:
        super().__init__(f"{size:,} bytes")
        self.size = size


LARGEST = 32 * 1024 * 1024
"""Bytes; the largest module that Cloudflare accepts is smaller."""


def read_stored(path: Path, limit: int = LARGEST) -> bytes:
    """Return the bytes of a file that edgefleet should have written.

    Raises only `OSError`, whose `strerror` is a message for users.
    """
    try:
        return read_regular(path, limit)
    except NotRegularFileError as error:
        raise OSError(errno.EINVAL, str(error), str(path)) from error
    except FileTooLargeError as error:
        raise OSError(errno.EFBIG, f"it has {error}", str(path)) from error


def open_regular(path: Path, flags: int = os.O_RDONLY) -> int:
    """Open a file and return its descriptor; raises `OSError` if it is not regular.

    Never waits for a device or a pipe.
    """
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o644)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "it is not a regular file", str(path))


def read_regular(path: str | os.PathLike[str], limit: int, *, follow: bool = False) -> bytes:
    """Return the bytes of a regular file of at most `limit` bytes; links are read with `follow`.

    Never waits for a device or a pipe. Raises `NotRegularFileError`, `FileTooLargeError` and
    `OSError`.
    """
    if follow and not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - a Path costs more
        raise NotRegularFileError("it is not a regular file")
    # The path may name another file by now.
    try:
        descriptor = os.open(path, FLAGS if follow else FLAGS | os.O_NOFOLLOW)
    except OSError:
        _require_regular(path)
        raise
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise NotRegularFileError("it is not a regular file")
        if found.st_size > limit:
            raise FileTooLargeError(found.st_size)
        return _read(descriptor, found.st_size, limit)
    finally:
        os.close(descriptor)


def _require_regular(path: str | os.PathLike[str]) -> None:
    mode = os.lstat(path).st_mode
    if stat.S_ISLNK(mode):
        raise SymlinkError("it is a link")
    if not stat.S_ISREG(mode):
        raise NotRegularFileError("it is not a regular file")


def _read(descriptor: int, size: int, limit: int) -> bytes:
    # Files of /proc have no size and some of them no end.
    data = os.read(descriptor, size + 1)
    while len(data) != size and len(data) <= limit:
        more = os.read(descriptor, limit + 1 - len(data))
        if not more:
            break
        data += more
    if len(data) > limit:
        raise FileTooLargeError(len(data))
    return data
