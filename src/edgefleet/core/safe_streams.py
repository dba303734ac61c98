"""stdout and stderr whose reader may go away, and from which secrets are taken out.

If the reader closes the pipe (`| head`, a closed terminal), the write error is ignored: it must
neither abort a deploy nor change the exit code.
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
    """Writes to a file descriptor, and drops the data if its reader is gone.

    With `strict`, for results, a full disk raises `OSError`. Without it, for messages, every error
    is ignored, and a reader that has stopped reading is not waited for: it would delay a restore.
    """

    patience = 5.0
    """Seconds that a message waits for a reader that has stopped, until it is dropped."""

    def __init__(self, descriptor: int, *, strict: bool) -> None:
        super().__init__(descriptor, "w", closefd=False)
        # A closed terminal returns EIO, and isatty() is false by then.
        self._raises = strict and not self.isatty()
        self._strict = strict
        self._stopped = False

    def _writable(self) -> bool:
        """Wait until the reader takes data; after one timeout, do not wait again."""
        poll = select.poll()
        poll.register(self.fileno(), select.POLLOUT)
        self._stopped = not poll.poll(0 if self._stopped else 1000 * self.patience)
        return not self._stopped

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write as much as fits at once; raises `OSError`."""
        if not self._strict:
            if not self._writable():
                return memoryview(data).nbytes
            data = memoryview(data)[: select.PIPE_BUF]  # a larger write might block
        try:
            return super().write(data)
        except OSError as error:
            if self._raises and error.errno != errno.EPIPE:
                raise
            return memoryview(data).nbytes


class Redacting(io.TextIOWrapper):
    """Writes text without the secrets that this process knows.

    Half a surrogate pair, which UTF-8 cannot encode, is written as an escape.
    """

    def write(self, text: str, /) -> int:
        """Write it."""
        super().write(known_secrets(text))
        return len(text)


@contextmanager
def tolerate_closed_streams() -> Iterator[None]:
    """Go on when the reader of stdout or stderr goes away, and write no secret to either."""
    before = sys.stdout, sys.stderr
    safe = _safe(sys.stdout, strict=True), _safe(sys.stderr, strict=False)
    sys.stdout, sys.stderr = safe
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for stream in safe:
            # The write has failed before, and its caller has handled the error.
            with suppress(OSError):
                stream.flush()


def _safe(stream: TextIO | None, *, strict: bool) -> TextIO:
    if stream is None:  # closed from the start, by `2>&-`
        return _writing_to(os.open(os.devnull, os.O_WRONLY), strict=strict)
    try:
        descriptor = stream.fileno()
    except OSError:  # not a file: it has no reader that goes away
        return stream
    return _writing_to(descriptor, strict=strict, encoding=stream.encoding)


def _writing_to(descriptor: int, *, strict: bool, encoding: str | None = None) -> TextIO:
    raw = io.BufferedWriter(SafeFileIO(descriptor, strict=strict))
    if encoding and lookup(encoding).name == "ascii":
        encoding = "utf-8"  # as click does, which would write past this one
    return Redacting(raw, encoding=encoding, errors="backslashreplace", line_buffering=True)
