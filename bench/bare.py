"""The floor of what goes over HTTP: the requests of one target, made for many by a bare client.

`save` writes them down, `python -m bench.bare FILE` sends them: each of `parallel` threads has one
connection of Python's own http.client, makes the requests of one target after the other, and takes
nothing from an answer but the ids that later requests of that target need.
"""

import http.client
import pickle
import re
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.recorder import Exchange

ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Of a version or a deployment."""


@dataclass(frozen=True)
class Request:
    """One request; `needs` are ids in it that come from earlier answers, `gives` those it gives."""

    method: bytes
    path: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    needs: tuple[bytes, ...] = ()
    gives: tuple[tuple[int, bytes], ...] = ()


def save(
    path: Path,
    port: int,
    parallel: int,
    exchanges: Sequence[Exchange],
    targets: Sequence[Mapping[bytes, bytes]],
) -> None:
    """Write down what to send; each target says what stands in place of what was recorded."""
    requests = _linked(exchanges)
    path.write_bytes(pickle.dumps((port, parallel, [_of(requests, one) for one in targets])))


def _linked(exchanges: Sequence[Exchange]) -> list[Request]:
    """Find out which id of which answer each request needs."""
    linked: list[Request] = []
    origin: dict[bytes, tuple[int, int]] = {}
    for number, one in enumerate(exchanges):
        headers = tuple(
            (name.encode(), value.encode())
            for name, value in one.headers.items()
            if name.lower() not in {"content-length", "connection"}
        )
        path = one.path.encode()
        text = b" ".join((path, one.body, *(value for _, value in headers)))
        needs = tuple(sorted(origin.keys() & set(ID.findall(text))))
        for given in needs:
            source, place = origin[given]
            gives = dict(linked[source].gives) | {place: given}
            linked[source] = _with(linked[source], tuple(gives.items()))
        linked.append(Request(one.method.encode(), path, headers, one.body, needs))
        for place, found in enumerate(ID.findall(one.answer)):
            origin.setdefault(found, (number, place))
    return linked


def _with(one: Request, gives: tuple[tuple[int, bytes], ...]) -> Request:
    return Request(one.method, one.path, one.headers, one.body, one.needs, gives)


def _of(requests: Sequence[Request], names: Mapping[bytes, bytes]) -> list[Request]:
    return [
        Request(
            one.method,
            _replaced(one.path, names),
            tuple((name, _replaced(value, names)) for name, value in one.headers),
            _replaced(one.body, names),
            one.needs,
            one.gives,
        )
        for one in requests
    ]


def _replaced(text: bytes, names: Mapping[bytes, bytes]) -> bytes:
    for old, new in names.items():
        text = text.replace(old, new)
    return text


def _given(text: bytes, known: Mapping[bytes, bytes]) -> bytes:
    return ID.sub(lambda found: known.get(found[0], found[0]), text)


class Client:
    """Sends the requests of all targets."""

    def __init__(self, port: int, targets: Sequence[Sequence[Request]]) -> None:
        self._port = port
        self._todo: Iterator[Sequence[Request]] = iter(targets)
        self._lock = threading.Lock()
        self.wrong: list[str] = []

    def work(self) -> None:
        """Take one target after the other."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port)
        while True:
            with self._lock:
                requests = next(self._todo, None)
            if requests is None:
                return
            known: dict[bytes, bytes] = {}
            for one in requests:
                self._send(connection, one, known)

    def _send(
        self, connection: http.client.HTTPConnection, one: Request, known: dict[bytes, bytes]
    ) -> None:
        path, headers, body = one.path, one.headers, one.body
        if one.needs:
            path, body = _given(path, known), _given(body, known)
            headers = tuple((name, _given(value, known)) for name, value in headers)
        connection.request(
            one.method.decode(),
            path.decode(),
            body or None,
            {name.decode(): value for name, value in headers},
        )
        answer = connection.getresponse()
        content = answer.read()
        if answer.status >= 400:
            self.wrong.append(f"{one.method!r} {path!r}: {answer.status} {content[:300]!r}")
        if one.gives:
            found = ID.findall(content)
            known.update({given: found[place] for place, given in one.gives})


def main() -> None:
    """Send everything."""
    port, parallel, targets = pickle.loads(Path(sys.argv[1]).read_bytes())  # noqa: S301 - our own
    client = Client(port, targets)
    threads = [threading.Thread(target=client.work) for _ in range(parallel)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if client.wrong:
        sys.exit(f"{len(client.wrong)} requests were refused, the first: {client.wrong[0]}")


if __name__ == "__main__":
    main()
