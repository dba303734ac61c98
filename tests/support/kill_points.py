"""Kills a command at one of its requests to Cloudflare or to the git remote.

A command's requests to Cloudflare go through a proxy, under a path that names the command. Its git
is a script that counts requests to the remote.
"""

import os
import re
import shutil
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

GIT = """#!/bin/sh
case "$1" in push|fetch|ls-remote) ;; *) exec {git} "$@";; esac
echo "$1" >> {place}/git.log
[ "$(grep -c . {place}/git.log)" = {nth} ] || exec {git} "$@"
strike() {{ echo "git $1" > {place}/struck; kill -s {signal} "$(cat {place}/pid)"; }}
if [ {when} = before ]; then strike "$1"; [ {signal} = TERM ] && exec {git} "$@"; exit 1; fi
{git} "$@"
code=$?
strike "$1"
exit $code
"""
ID = re.compile(r"[0-9a-f]{8}[0-9a-f-]{24,28}")
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "host"}


@dataclass(frozen=True)
class KillPoint:
    """At which of its requests a command gets a signal."""

    to: str
    """`cloudflare` or `git`."""
    nth: int
    after: bool
    """Whether the request is done by then; its answer is lost where the signal is SIGKILL."""
    signal: signal.Signals

    @property
    def when(self) -> str:
        """Return `before` or `after`."""
        return "after" if self.after else "before"


class KillPoints:
    """The kill points of commands, by the commands' names."""

    def __init__(self, edge: tuple[str, int]) -> None:
        self.edge = edge
        self.struck: Counter[str] = Counter()
        """How many commands got a signal at each point."""
        self.url = ""
        self.ahead = timedelta()
        """How much later than it is the `Date` of each answer is."""
        self._guard = threading.Lock()
        self._points: dict[str, tuple[KillPoint | None, Path]] = {}
        self._requests: Counter[str] = Counter()
        self._under_way: Counter[str] = Counter()

    def set(self, name: str, point: KillPoint | None, place: Path) -> dict[str, str]:
        """Take an order; return the variables that the command needs."""
        self._points[name] = (point, place)
        script = place / "bin/git"
        script.parent.mkdir(parents=True)
        git = point if point and point.to == "git" else None
        text = GIT.format(
            git=shutil.which("git"),
            place=place,
            nth=git.nth if git else 0,
            when=git.when if git else "before",
            signal=git.signal.name.removeprefix("SIG") if git else "KILL",
        )
        script.write_text(text)
        script.chmod(0o755)
        return {
            "CLOUDFLARE_API_BASE_URL": f"{self.url}/{name}/client/v4",
            "PATH": f"{script.parent}:{os.environ['PATH']}",
        }

    def ended(self, name: str) -> bool:
        """Count the point of a command that has ended; whether it got its signal."""
        point, place = self._points[name]
        place = place / "struck"
        if point is None or not place.exists():
            return False
        what = place.read_text().strip()
        self.struck[f"{point.signal.name} {point.when} {what}"] += 1
        return True

    def quiet(self, name: str) -> bool:
        """Whether no request of a command is under way any more."""
        return self._under_way[name] == 0

    def requests(self, name: str) -> tuple[int, int]:
        """Return how many requests a command made to Cloudflare, and to the git remote."""
        log = self._points[name][1] / "git.log"
        return self._requests[name], len(log.read_text().split()) if log.exists() else 0

    def begin(self, name: str) -> int:
        """Count a request that came; return its number."""
        with self._guard:
            self._requests[name] += 1
            self._under_way[name] += 1
            return self._requests[name]

    def goes_on(self, name: str, number: int, what: str, *, after: bool) -> bool:
        """Send the signal that is ordered here, if any; whether the exchange goes on."""
        point, place = self._points[name]
        if point is None or (point.to, point.nth, point.after) != ("cloudflare", number, after):
            return True
        (place / "struck").write_text(what)
        with suppress(ProcessLookupError):
            os.kill(int((place / "pid").read_text()), point.signal)
        return point.signal is not signal.SIGKILL

    def over(self, name: str) -> None:
        """Note that a request is over."""
        with self._guard:
            self._under_way[name] -= 1


@contextmanager
def kill_points(edge: tuple[str, int]) -> Iterator[KillPoints]:
    """Serve the proxy before a localedge, which listens at this host and port."""
    points = KillPoints(edge)

    class Handler(_Proxy):
        kills = points

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    points.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield points
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Proxy(BaseHTTPRequestHandler):
    """Hands requests on, one connection to localedge for each that a command opens."""

    protocol_version = "HTTP/1.1"
    kills: KillPoints
    _edge: HTTPConnection | None = None

    def _pass(self) -> None:
        name, _, path = self.path[1:].partition("/")
        what = f"{self.command} {_shape(path)}"
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        number = self.kills.begin(name)
        try:
            goes_on = self.kills.goes_on(name, number, what, after=False)
            if goes_on:
                status, headers, answer = self._done(f"/{path}", body)
        finally:
            self.kills.over(name)
        if not goes_on or not self.kills.goes_on(name, number, what, after=True):
            self.close_connection = True
            return
        self.send_response_only(status)
        for header, value in headers:
            if header.lower() not in {*HOP_BY_HOP, "content-length", "date"}:
                self.send_header(header, value)
        self.send_header("date", format_datetime(datetime.now(UTC) + self.kills.ahead, usegmt=True))
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _pass  # noqa: N815

    def _done(self, path: str, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        if self._edge is None:
            self._edge = HTTPConnection(*self.kills.edge, timeout=60)
        headers = {
            name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP
        }
        self._edge.request(self.command, path, body, headers)
        answer = self._edge.getresponse()
        return answer.status, answer.getheaders(), answer.read()

    def handle(self) -> None:
        """Serve a connection; a command that was killed leaves it."""
        with suppress(ConnectionError):
            super().handle()
        if self._edge:
            self._edge.close()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def _shape(path: str) -> str:
    """Return what is asked for, without ids and names."""
    parts = [part for part in path.partition("?")[0].split("/") if part]
    return "/".join(part for part in parts[-2:] if not ID.fullmatch(part))
