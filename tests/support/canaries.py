"""A Worker whose new version fails now and then, and callers that ask it all the time."""

import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyjson5

from edgefleet.canary.models import Counts, Table, Window
from edgefleet.canary.sources import Mark, SourceUnread, Taken
from support.bundles import broken_bundle
from support.one_connection import CUT_OFF, OneConnection, one_connection

KEY = "canary-caller-key-7d1e55"
REST = """
import * as good from "./good.js";
export const { ChatSession, RateLimiter } = good;
const { default: worker } = good;
"""
PLAIN = "export default worker;"
"""A version that is as good as the one before."""
HANDLED = """
export default {
  fetch(request, env, context) {
    const fails = request.url.includes("/chat/") && Math.random() < 0.5;
    return worker.fetch(request, fails ? { ...env, CHAT_SESSION: undefined } : env, context);
  },
  scheduled() {},
};
"""
"""It answers half of the requests for a session with 500, which Cloudflare takes for an answer."""
REFUSED = HANDLED.replace("Math.random() < 0.5", "true")
"""It answers all of them so."""
THROWN = """
export default {
  fetch(request, env, context) {
    if (request.url.includes("/chat/")) throw new Error("oh");
    return worker.fetch(request, env, context);
  },
  scheduled() {},
};
"""
"""It throws at each request for a session: Cloudflare counts that, the Worker itself cannot."""
SEEN_BY_ALL = """
export default {
  async fetch(request, env, context) {
    if (!request.url.includes("/chat/")) return worker.fetch(request, env, context);
    await worker.fetch(request, { ...env, CHAT_SESSION: undefined }, context);
    throw new Error("oh");
  },
  scheduled() {},
};
"""
"""It throws once the Worker has counted its error: every source sees the same fault."""

THREADS, PER_SECOND = 2, 12


def worker(good: Path, folder: Path, main: str) -> str:
    """Store a bundle of the Worker with this entry; return its folder."""
    return str(broken_bundle(good, folder, f"{REST}// {uuid4()}\n{main}"))


def let_callers_in(root: Path, tenant: str, **policy: Any) -> None:
    """Let a tenant's Worker tell callers apart, and have a canary in staging."""
    file = root / "tenants" / tenant / "tenant.config.json"
    config = pyjson5.loads(file.read_text())
    config["apiKeyDigests"] = [hashlib.sha256(KEY.encode()).hexdigest()]
    config["featureFlags"]["trustUserId"] = True
    config["rateLimit"] = {"perMinute": 100_000, "burst": 100_000, "windowSec": 60}
    config["canary"] = {
        "environments": ["staging"],
        "steps": [20, 50],
        "soak": "1s",
        "minimumRequests": 4,
        "warmUp": "0s",
        "deadline": "60s",
        **policy,
    }
    file.write_text(json.dumps(config))


class Callers:
    """What callers of a session's history saw."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.broken: list[str] = []

    def ask(self, connection: OneConnection, host: str) -> None:
        headers = {"Host": host, "x-api-key": KEY, "x-user-id": uuid4().hex[:12]}
        try:
            status, _ = connection.get(f"/chat/{uuid4()}/history", headers)
            self.statuses[status] += 1
        except CUT_OFF as error:
            self.broken.append(repr(error))


@contextmanager
def calling(
    url: str, host: str, threads: int = THREADS, per_second: float = PER_SECOND
) -> Iterator[Callers]:
    """Ask all the time, each time as another caller, until the block ends."""
    callers, over = Callers(), threading.Event()

    def keep_asking() -> None:
        with one_connection(url) as connection:
            due = time.monotonic()
            while not over.is_set():
                callers.ask(connection, host)
                due += threads / per_second
                over.wait(max(due - time.monotonic(), 0))

    started = [threading.Thread(target=keep_asking) for _ in range(threads)]
    for thread in started:
        thread.start()
    try:
        yield callers
    finally:
        over.set()
        for thread in started:
            thread.join()


class ScriptedSource:
    """A source that tells what a test says, look by look; the last one again and again."""

    def __init__(self, *looks: Window | SourceUnread, seconds: float = 1.0, delay: float = 0.0):
        self.name, self.delay = "worker", delay
        self.seconds = seconds
        """By how much each look covers more of the step."""
        self._looks = list(looks)
        self._covered = 0.0

    def begin(self) -> None:
        self._covered = 0.0

    def take(self) -> Taken:
        look = self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]
        if isinstance(look, SourceUnread):
            raise look
        self._covered += self.seconds
        return Taken(look, self._covered)

    def mark(self) -> Mark:
        return (self._covered,)

    def resume(self, began: datetime, mark: Mark) -> None:
        self._covered = mark[0] if mark else 0.0


def served(new_errors: int = 0, old_errors: int = 0, *, new: int = 40, old: int = 160) -> Window:
    """Return a window with these errors."""
    return Window(Table(Counts(old, old_errors), Counts(new, new_errors)))
