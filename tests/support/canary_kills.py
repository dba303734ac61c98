"""Canaries whose commands are killed at a request, and continued on a machine without records."""

import json
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from integration.conftest import Stage
from support.canary_deploys import ONE, shares
from support.forked import Forked
from support.kill_points import KillPoint, KillPoints, kill_points
from support.ports import wait_for

TARGET = ("--tenants", ONE, "--env", "staging")
MOST_SECONDS = 60.0


@dataclass
class CanaryKills:
    """Kills commands of one stage."""

    stage: Stage
    points: KillPoints
    folder: Path
    count: int = 0

    def begin(self, *more: str) -> tuple[str, list[str]]:
        """Return the version that is live, and the command that deploys to a first step."""
        old = shares(self.stage)[0][0][0]
        bundle = ("--bundle", str(self.stage.bundle), "--engine", "api", "--force")
        return old, ["deploy", "--tenant", ONE, "--env", "staging", "--first-step", *bundle, *more]

    def killed(self, command: Sequence[str], nth: int | None, *, after: bool = False) -> int | None:
        """Run a command that is killed at its nth request.

        Returns how many requests it made to Cloudflare by itself; None where it was killed.
        """
        self.count += 1
        name = f"run{self.count}"
        place = self.folder / name
        place.mkdir()
        point = KillPoint("cloudflare", nth, after, signal.SIGKILL) if nth else None
        environ = self.points.set(name, point, place)
        process = Forked(
            "edgefleet",
            list(command),
            cwd=self.stage.project.root,
            env=self.stage.project.environment(environ),
            out=place / "out",
            err=place / "err",
        )
        (place / "pid").write_text(str(process.pid))
        code = process.wait(100)
        wait_for(lambda: self.points.quiet(name), "requests under way to end")
        if self.points.ended(name):
            return None
        assert code == 0, (place / "err").read_text()
        return self.points.requests(name)[0]

    def go_on(self) -> dict[str, Any]:
        """Continue without any record until nothing is under way; return the last entry."""
        records = {"EDGEFLEET_RECORDS": str(self.folder / f"records{self.count}")}
        until = time.monotonic() + MOST_SECONDS
        while time.monotonic() < until:
            arguments = ("canary", "continue", *TARGET, "--format", "json")
            ran = self.stage.project.run(*arguments, **records)
            assert ran.code == 0, ran.said
            (entry,) = json.loads(ran.out)
            if entry["state"] not in ("under_way", "kept"):
                return dict(entry)
        raise AssertionError("the canary did not end")

    def steps(self, old: str, before: int) -> list[float]:
        """Return the new version's shares since there were `before` deployments, each once."""
        made = shares(self.stage)
        seen = [0.0]
        for split in reversed(made[: len(made) - before]):
            new = sum(share for version, share in split if version != old)
            seen += [new] if new != seen[-1] else []
        return seen


@contextmanager
def canary_kills(stage: Stage, folder: Path) -> Iterator[CanaryKills]:
    """Serve the proxy before the stage's Cloudflare."""
    edge = urlsplit(stage.edge.url)
    assert edge.hostname
    assert edge.port
    with kill_points((edge.hostname, edge.port)) as points:
        yield CanaryKills(stage, points, folder)
