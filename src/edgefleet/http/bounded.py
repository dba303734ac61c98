"""HTTP connections whose answers end: within a time in all, and at a size in all.

A timeout of a socket begins anew with every byte, so a server that sends one now and then is never
done. Here one bound holds for a whole exchange, from the look-up of the host to the last byte that
comes, a proxy and TLS between them, and a wish to stop is met at any moment of it, in threads too.
"""

import io
from collections.abc import Callable, Iterator
from errno import EALREADY, EINPROGRESS
from functools import partial
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from os import strerror
from select import POLLOUT, poll
from socket import SO_ERROR, SOCK_STREAM, SOL_SOCKET, getaddrinfo, socket
from ssl import SSLContext
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from edgefleet.core.signals import check_cancelled

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

SLICE_SECONDS = 0.1
"""After so long without a byte it is looked whether the run is to stop."""
PIECE = 64 * 1024
LARGEST_HEAD = 128 * 1024
"""Bytes that status, headers and the frames of chunks may have besides the answer itself."""
LARGEST_ANSWER = 96 * 1024 * 1024
"""Bytes, where the caller sets no limit; a Worker's modules have 64 MB at most."""

T = TypeVar("T")


class TooLarge(OSError):
    """More bytes came than anybody wants."""


class ResponseBound:
    """What one exchange may take: seconds in all, and bytes of the answer."""

    def __init__(self, seconds: float, size: int = LARGEST_ANSWER) -> None:
        self.size = size
        self._end = monotonic() + seconds
        self._left = size + LARGEST_HEAD

    def patience(self) -> float:
        """Return how long to wait for the next byte, in seconds.

        Raises `TimeoutError` where no time is left, and what a wish to stop raises.
        """
        check_cancelled()
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, SLICE_SECONDS)

    def count(self, size: int) -> None:
        """Count bytes that came; raises `TooLarge`."""
        self._left -= size
        if self._left < 0:
            raise TooLarge


class BoundedSocket:
    """What http.client needs of a socket, within the bound of the exchange that is under way."""

    def __init__(self, sock: socket, bound: ResponseBound) -> None:
        self.sock = sock
        self.bound = bound

    def over_tls(self, context: SSLContext, name: str) -> None:
        """Agree on TLS with the server of that name; raises `OSError`."""
        secured = context.wrap_socket(
            self.sock, server_hostname=name, do_handshake_on_connect=False
        )
        self.sock = secured
        self._patiently(secured.do_handshake)

    def setsockopt(self, level: int, option: int, value: int) -> None:
        """Set an option of the socket, as http.client does."""
        self.sock.setsockopt(level, option, value)

    def sendall(self, data: "ReadableBuffer") -> None:
        """Send all of it."""
        left = memoryview(data).cast("B")
        while left:
            piece = left[:PIECE]
            left = left[self._patiently(lambda: self.sock.send(piece)) :]  # noqa: B023 - called here

    def recv_into(self, buffer: "WriteableBuffer") -> int:
        """Read what comes first; 0 bytes are the end."""
        size = self._patiently(lambda: self.sock.recv_into(buffer))
        self.bound.count(size)
        return size

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return a file to read from; as with any socket, it outlives `close`."""
        return io.BufferedReader(_Incoming(self))

    def fileno(self) -> int:
        """Return the descriptor."""
        return self.sock.fileno()

    def close(self) -> None:
        """Close it, once the last file of it is closed."""
        self.sock.close()

    def _patiently(self, work: Callable[[], T]) -> T:
        while True:
            self.sock.settimeout(self.bound.patience())
            try:
                return work()
            except TimeoutError:
                continue  # of this slice; the bound says whether there is another one


class _Incoming(io.RawIOBase):
    def __init__(self, source: BoundedSocket) -> None:
        self._source = source
        self._open = source.sock.makefile("rb", buffering=0)  # counts as a file of the socket

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        return self._source.recv_into(buffer)

    def close(self) -> None:
        self._open.close()
        super().close()


class Connection(HTTPConnection):
    """A connection whose socket is bounded from the look-up of its host on."""

    bound: ResponseBound | None = None
    sock: Any  # http.client uses no more of a socket than a `BoundedSocket` has

    def __init__(self, host: str, port: int, *, timeout: float, **more: Any) -> None:
        super().__init__(host, port, timeout=timeout, **more)
        # http.client connects with what it sets here. The method below is not set: an object that
        # refers to itself stays until Python looks for garbage, and a fleet has thousands.
        del self._create_connection

    def begin(self, bound: ResponseBound) -> None:
        """Hold the next exchange to a bound."""
        self.bound = bound
        if self.sock is not None:
            self.sock.bound = bound

    def _create_connection(
        self, address: tuple[str, int], timeout: float, _source: object
    ) -> BoundedSocket:
        """Connect to the first place of a host that answers, within `timeout` for all of them."""
        bound = self.bound or ResponseBound(timeout)
        end = monotonic() + timeout
        failed: OSError = TimeoutError()
        for family, kind, protocol, _, place in within(
            bound, lambda: getaddrinfo(*address, type=SOCK_STREAM)
        ):
            sock = socket(family, kind, protocol)
            try:
                _connect(sock, place, bound, end)
            except BaseException as error:
                sock.close()
                if not isinstance(error, OSError):
                    raise
                failed = error
            else:
                return BoundedSocket(sock, bound)
        raise failed


def within(bound: ResponseBound, work: Callable[[], T]) -> T:
    """Return what `work` returns, or raise what it raises, within a bound.

    It is for what waits without any timeout, as a look-up of a host does, and may be left behind.
    """
    done: list[Callable[[], T]] = []

    def worker() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - it is raised where it was asked for
            done.append(partial(_fail, error))
        else:
            done.append(lambda: result)

    thread = Thread(target=worker, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(bound.patience())
    return done[0]()


def _fail(error: BaseException) -> Any:
    raise error


def _connect(sock: socket, place: Any, bound: ResponseBound, end: float) -> None:
    sock.settimeout(0)
    error = sock.connect_ex(place)
    while error in (EINPROGRESS, EALREADY):
        left = min(end - monotonic(), bound.patience())
        if left <= 0:
            raise TimeoutError
        writable = poll()  # select() knows no descriptor above 1023
        writable.register(sock, POLLOUT)
        if writable.poll(left * 1000):
            error = sock.getsockopt(SOL_SOCKET, SO_ERROR)
    if error:
        raise OSError(error, strerror(error))  # of the class that goes with the number


class BoundedHTTP(Connection):
    """A connection in clear."""


class BoundedHTTPS(Connection, HTTPSConnection):
    """A connection over TLS."""

    _context: SSLContext
    _tunnel_host: str | None

    def connect(self) -> None:
        """Connect, by the proxy where there is one, and agree on TLS."""
        HTTPConnection.connect(self)
        self.sock.over_tls(self._context, self._tunnel_host or self.host)


def pieces_of(answer: HTTPResponse, size: int) -> Iterator[bytes]:
    """Yield the body of an answer as it comes, and no more than `size` bytes of it.

    Raises `TooLarge`, `EOFError` where it breaks off, `OSError`, `HTTPException`. No length that
    the server names is trusted: it may be any number.
    """
    left = size
    while piece := answer.read1(PIECE):
        left -= len(piece)
        if left < 0:
            raise TooLarge
        yield piece
    if answer.length:
        raise EOFError
