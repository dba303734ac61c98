"""A fleet whose Workers run and have few callers, and whose canaries are judged together."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from support import loopback
from support.canaries import KEY, PLAIN, calling, let_callers_in, worker
from support.many import ManyScene, edge_of, make_many, names_of, token
from support.ports import wait_for
from support.project import Ran

NAMES = names_of(4)
FIRST, *RING = NAMES
"""One tenant without a canary in ring 0, three with one in ring 1."""
ALONE = 16
"""The minimum of requests, which none of them has by itself in the time of a step."""
POLICY = {"soak": "3s", "minimumRequests": ALONE, "steps": [20, 50]}


class RingScene(ManyScene):
    """A fleet whose Workers run and have few callers."""

    good: Path

    def worker(self, main: str) -> str:
        """Store a version of the Worker that was never deployed; return its folder."""
        return worker(self.good, self.bundles, main)

    def command(self, main: str) -> tuple[str, ...]:
        """Return the arguments that deploy a version to all."""
        how = ("--bundle", self.worker(main), "--parallel", "4", "--format", "json")
        return ("deploy-all", "--env", "staging", *how)

    def deploy(self, main: str, *more: str) -> tuple[Ran, dict[str, Any]]:
        """Deploy a version to all while they have callers; return the run's record, too."""
        with self.callers():
            ran = self.project.run(*self.command(main), *more)
        return ran, json.loads(ran.out)

    @contextmanager
    def callers(self) -> Iterator[None]:
        """Call each tenant of the ring some six times a second."""
        with ExitStack() as stack:
            for name in RING:
                host = f"{name}-worker-staging.{name}.workers.localhost:{self.edge.port}"
                stack.enter_context(calling(self.edge.url, host, threads=1, per_second=6))
            yield

    def live(self) -> dict[str, list[tuple[str, float]]]:
        """Return the split of each tenant's traffic."""
        return {name: self.split(name) for name in NAMES}

    def split(self, name: str) -> list[tuple[str, float]]:
        """Return which versions of a tenant have which share."""
        account = self.project.wrangler(name)["account_id"]
        path = f"accounts/{account}/workers/scripts/{name}-worker-staging/deployments"
        headers = {"Authorization": f"Bearer {token(name)}"}
        answer = loopback.request("GET", f"{self.edge.api}/{path}", headers=headers, timeout=60)
        found = answer.json()["result"]["deployments"][0]["versions"]
        return [(one["version_id"], one["percentage"]) for one in found]

    def at_first_step(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command; return it once each target of the ring is at its first step."""
        process = subprocess.Popen(
            self.project.command(*arguments),
            cwd=self.project.root,
            env=self.project.environment({}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            wait_for(lambda: all(self.split(name)[-1][1] == 20 for name in RING), "a step of all")
        except BaseException:
            process.kill()
            process.communicate()
            raise
        return process

    def records_of(self, run: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Return the record of each target of a run."""
        found = (one for one in self.project.records() if one.get("kind") != "fleet")
        return {one["tenant"]: one for one in found if one["started"] >= run["started"]}


def ring_scene(folder: Path) -> Iterator[RingScene]:
    """Make the fleet, with a first version live everywhere."""
    rings = {name: {"ring": int(name != FIRST)} for name in NAMES}
    project = make_many(folder / "project", len(NAMES), rings)
    for name in NAMES:
        let_callers_in(project.root, name, **POLICY)
    _drop_canary(project.root / "tenants" / FIRST / "tenant.config.json")
    project.commit()
    built = project.run("build")
    assert built.code == 0, built.said
    with edge_of(project, folder / "edge", "workerd") as edge:
        found = RingScene(project, edge, folder / "bundles", count())
        found.good = project.root / built.out.split()[-1]
        project.environ |= {f"EDGEFLEET_SMOKE_KEY_{name.upper()}": KEY for name in NAMES}
        first = project.run(*found.command(PLAIN))
        assert first.code == 0, first.said
        yield found


def _drop_canary(file: Path) -> None:
    config = json.loads(file.read_text())
    file.write_text(json.dumps({**config, "canary": None}))
