"""stdout and stderr of a run that goes on when nobody reads them any more.

A reader goes away: `| head` has seen enough, a terminal is closed. A deploy that fell over its next
line of progress would be undone for that, and a command would lose its exit code.
"""

import errno
import io
import os
import select
import sys
from codecs import lookup
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from edgefleet.core.redaction import known_secrets

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class SafeFileIO(io.FileIO):
    """Writes to a file descriptor; what nobody can read any more is dropped.

    With `vital`, a result is written: only a reader that went away is borne then, and a full disk
    raises `OSError`. Without, whatever fails is passed over, and no reader that has stopped is
    waited for: a restore would wait with it.
    """

    patience = 5.0
    """Seconds that a message waits for a reader that has stopped, before it is dropped."""

    def __init__(self, descriptor: int, *, vital: bool) -> None:
        super().__init__(descriptor, "w", closefd=False)
        # A terminal that was closed answers EIO, and says no longer that it was a terminal.
        self._strict = vital and not self.isatty()
        self._vital = vital
        self._stopped = False

    def _taken_soon(self) -> bool:
        """Wait until something can be written; not again, once that took too long."""
        looking = select.poll()
        looking.register(self.fileno(), select.POLLOUT)
        self._stopped = not looking.poll(0 if self._stopped else 1000 * self.patience)
        return not self._stopped

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write as much as goes at once; raises `OSError`."""
        if not self._vital:
            if not self._taken_soon():
                return memoryview(data).nbytes
            data = memoryview(data)[: select.PIPE_BUF]  # more of it might wait all the same
        try:
            return super().write(data)
        except OSError as error:
            if self._strict and error.errno != errno.EPIPE:
                raise
            return memoryview(data).nbytes


class Redacting(io.TextIOWrapper):
    """Writes text without any secret that this process knows, whatever is in it.

    Half a surrogate pair, which no encoding has, is written as its number.
    """

    def write(self, text: str, /) -> int:
        """Write it."""
        super().write(known_secrets(text))
        return len(text)


@contextmanager
def tolerate_closed_streams() -> Iterator[None]:
    """Let nobody who stops reading stdout or stderr stop the run; no secret goes to either."""
    before = sys.stdout, sys.stderr
    lasting = _lasting(sys.stdout, vital=True), _lasting(sys.stderr, vital=False)
    sys.stdout, sys.stderr = lasting
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for stream in lasting:
            # What is still left was refused before, and whoever wrote it was told.
            with suppress(OSError):
                stream.flush()


def _lasting(stream: TextIO | None, *, vital: bool) -> TextIO:
    if stream is None:  # closed from the start, by `2>&-`
        return _writing_to(os.open(os.devnull, os.O_WRONLY), vital=vital)
    try:
        descriptor = stream.fileno()
    except OSError:  # no file: nobody can stop reading it
        return stream
    return _writing_to(descriptor, vital=vital, encoding=stream.encoding)


def _writing_to(descriptor: int, *, vital: bool, encoding: str | None = None) -> TextIO:
    raw = io.BufferedWriter(SafeFileIO(descriptor, vital=vital))
    if encoding and lookup(encoding).name == "ascii":
        encoding = "utf-8"  # as click does, which would write past this one
    return Redacting(raw, encoding=encoding, errors="backslashreplace", line_buffering=True)
