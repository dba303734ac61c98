"""review 4: an answer ends, at its time and at its size, whatever a server does."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import pytest

from edgefleet.core.secret import Secret
from edgefleet.core.signals import cancellation_check
from edgefleet.http import proxy as way
from edgefleet.http.bounded import Connection, ResponseBound, TooLarge, within
from edgefleet.http.connection import HttpRequest, HttpResponse, Transport, TransportError, answered
from support.asking import get_json
from support.hostile import ENDLESS, WHOLE, Hostile, hostile

SECONDS = 0.3
SOON = 60.0
"""Seconds after which an exchange of `SECONDS` has surely ended, on a busy machine too."""


@pytest.fixture(scope="module")
def server() -> Iterator[Hostile]:
    with hostile() as opened:
        yield opened


def ask(
    server: Hostile, mode: str, *, size: int = 10_000, seconds: float = SECONDS
) -> HttpResponse:
    server.modes["*"] = mode
    with closing(way.proxy_route(server.url).connection(5)) as connection:
        return answered(connection, "GET", "/", headers={}, bound=ResponseBound(seconds, size))


@pytest.mark.parametrize("mode", ENDLESS)
def test_an_answer_that_never_ends_is_given_up(server: Hostile, mode: str) -> None:
    begun = time.monotonic()
    with pytest.raises(TransportError) as given_up:
        ask(server, mode)
    assert time.monotonic() - begun < SOON
    assert str(given_up.value) in {"it did not answer in time", "its answer is too large"}


def test_an_endless_answer_is_given_up_at_its_size(server: Hostile) -> None:
    with pytest.raises(TransportError, match="its answer is too large"):
        ask(server, "endless", seconds=30)


@pytest.mark.parametrize(
    ("mode", "error"),
    [
        ("long", "its answer is too large"),
        ("cut", "the answer ended too early"),
        ("toolong", "the answer ended too early"),
        ("chunks", ""),
        ("badstatus", "BadStatusLine"),
        ("headers", "HTTPException"),
    ],
)
def test_what_is_no_whole_answer_is_none(server: Hostile, mode: str, error: str) -> None:
    with pytest.raises(TransportError, match=error or ".+"):
        ask(server, mode, seconds=30)


@pytest.mark.parametrize("mode", WHOLE)
def test_whatever_a_worker_says_it_is_json_or_nothing(server: Hostile, mode: str) -> None:
    server.modes["*"] = mode
    try:
        status, body = get_json(server.url, 5)
    except TransportError:
        return
    assert status in {200, 302, 503}
    assert body is None or isinstance(body, dict)


def test_a_wish_to_stop_ends_an_exchange_of_a_thread_at_once(server: Hostile) -> None:
    stop, met = threading.Event(), threading.Event()

    def check() -> None:
        if stop.is_set():
            raise KeyboardInterrupt

    def work() -> None:
        with cancellation_check(check):
            try:
                ask(server, "drip", seconds=60)
            except KeyboardInterrupt:
                met.set()

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.1)
    stop.set()
    thread.join(SOON)
    assert met.is_set()


def test_an_upload_that_is_never_taken_is_given_up() -> None:
    with hostile(everybody="silent") as server:
        transport = Transport(server.url, Secret("a-token"), 0.2)
        server.modes["*"] = "dripheader"
        begun = time.monotonic()
        with pytest.raises(TransportError):
            transport.send(HttpRequest("PUT", "/x", form=b"x" * 10_000))
        assert time.monotonic() - begun < SOON


def test_a_bound_counts_what_came() -> None:
    bound = ResponseBound(5, 10)
    with pytest.raises(TooLarge):
        bound.count(1_000_000)


def test_a_host_that_takes_no_connection_is_given_up_in_time() -> None:
    """A full queue of connections answers nothing, as a host behind a firewall does."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        place = full.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(place)
        begun = time.monotonic()
        with (
            closing(way.proxy_route(f"http://127.0.0.1:{place[1]}").connection(30)) as connection,
            pytest.raises(TransportError, match="did not answer in time"),
        ):
            answered(connection, "GET", "/", headers={}, bound=ResponseBound(SECONDS))
        for one in waiting:
            one.close()
    assert time.monotonic() - begun < SOON


def test_what_refuses_a_connection_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(TransportError, match="refuses connections"):
        get_json(f"http://127.0.0.1:{port}", 5)


@contextmanager
def silence() -> Iterator[str]:
    """Take connections and never say a word; yield where."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def over_tls(place: str) -> way.ProxyRoute:
    return way.proxy_route(f"https://{place}")


def by_a_proxy(place: str) -> way.ProxyRoute:
    return way.ProxyRoute(urlsplit("https://worker.example"), urlsplit(f"http://{place}"))


@pytest.mark.parametrize("how", [over_tls, by_a_proxy])
def test_silence_before_the_first_request_times_out(
    how: Callable[[str], way.ProxyRoute],
) -> None:
    with silence() as place, closing(how(place).connection(30)) as connection:
        begun = time.monotonic()
        with pytest.raises(TransportError, match="did not answer in time"):
            answered(connection, "GET", "/", headers={}, bound=ResponseBound(SECONDS))
    assert time.monotonic() - begun < SOON


def test_stop_request_ends_a_tls_wait_at_once() -> None:
    asked, met = threading.Event(), threading.Event()

    def check() -> None:
        if asked.is_set():
            raise KeyboardInterrupt

    def work(connection: Connection) -> None:
        with cancellation_check(check):
            try:
                answered(connection, "GET", "/", headers={}, bound=ResponseBound(60))
            except KeyboardInterrupt:
                met.set()

    with silence() as place, closing(over_tls(place).connection(60)) as connection:
        thread = threading.Thread(target=work, args=[connection])
        thread.start()
        time.sleep(0.1)
        asked.set()
        thread.join(SOON)
    assert met.is_set()


def test_what_knows_no_timeout_is_given_up_in_time() -> None:
    """The look-up of a host waits for servers of others, for as long as the system likes."""
    never = threading.Event()
    with pytest.raises(TimeoutError):
        within(ResponseBound(SECONDS), never.wait)
    never.set()
    with pytest.raises(socket.gaierror):
        within(
            ResponseBound(SOON),
            lambda: socket.getaddrinfo("no.such.invalid", 1, flags=socket.AI_NUMERICHOST),
        )
    assert within(ResponseBound(SOON), lambda: 7) == 7
