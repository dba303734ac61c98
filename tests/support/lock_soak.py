"""Many commands at once on the same targets, killed at any moment; then the books are read.

The books are the git remote's own log of its refs, the list of deployments at Cloudflare, and the
records of all clones. A command that was killed stays dead: its lock is made as old as it would be
after its lease, so that nobody waits for ten minutes.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from edgefleet.model.lock import Lock
from edgefleet.ports.lock_refs import PREFIX, LockRefs
from edgefleet.ports.npm import lend_tree
from integration.conftest import TENANTS, Stage, token
from support.bare_remote import BareRemote, git
from support.forked import Forked
from support.project import ROOT, Project

LOG = f"""#!/bin/sh
[ "$1" = prepared ] || exit 0
now=$(date +%s.%N)
while read -r old new ref; do
  case "$ref" in {PREFIX}*) echo "$now $old $new $ref" >> refs.log;; esac
done
"""
"""Written while git has the refs locked: no other change comes between."""
NOTHING = "0" * 40
KILLED = 0.5
"""The share of commands that are killed."""
LONGEST = 0.2
"""Seconds after which a command is killed at the latest, if it is, for each that runs beside it."""


@dataclass
class Worker:
    """A command under way."""

    name: str
    process: Forked
    dies: float | None
    """When it is killed, on the monotonic clock."""


@dataclass
class Books:
    """What commands did, and which of their books do not agree."""

    codes: dict[str, int] = field(default_factory=dict)
    """How each command ended; -9 where it was killed."""
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counted = {code: list(self.codes.values()).count(code) for code in {*self.codes.values()}}
        return f"{len(self.codes)} commands ended with {counted}; wrong: {self.wrong or 'nothing'}"


class Soak:
    """Some clones, one remote, one Cloudflare."""

    def __init__(self, stage: Stage, clones: Sequence[Project], remote: BareRemote) -> None:
        self._stage = stage
        self._clones = clones
        self._remote = remote
        self._refs = LockRefs(remote.path.parent / "watcher", {"PATH": "/usr/bin:/bin"})
        remote.clone("watcher")
        hook = remote.path / "hooks/reference-transaction"
        hook.write_text(LOG)
        hook.chmod(0o755)
        self.books = Books()

    def run(self, commands: int, at_once: int, seed: int, folder: Path, until: float) -> Books:
        """Run so many commands, so many at once, and read the books; it stops beginning at `until`.

        `until` is a time of the monotonic clock.
        """
        dice = random.Random(seed)
        going: list[Worker] = []
        number = 0
        while going or (number < commands and time.monotonic() < until):
            while len(going) < at_once and number < commands and time.monotonic() < until:
                going.append(self._begin(f"s{seed}-{number}", dice, folder, at_once))
                number += 1
            going = [worker for worker in going if not self._ended(worker)]
            time.sleep(0.01)
        self._last_words(folder)
        return self.books

    def _begin(self, name: str, dice: random.Random, folder: Path, at_once: int) -> Worker:
        project = self._clones[dice.randrange(len(self._clones))]
        tenant = TENANTS[dice.randrange(len(TENANTS))]
        target = ("--tenant", tenant, "--env", "staging")
        bundle = ("--bundle", str(self._stage.bundle))
        api = ("--engine", "api")
        deploy = ("deploy", *target, *bundle, *api, "--force", "--allow-foreign")
        words = dice.choice(
            [
                (*deploy, "--take-over"),
                (*deploy, "--take-over", "--wait", "3s"),
                ("deploy-all", "--env", "staging", *bundle, "--force", "--allow-foreign", *api),
                ("rollback", *target, "--take-over", "--wait", "3s"),
            ]
        )
        dies = dice.uniform(0, LONGEST * at_once) if dice.random() < KILLED else None
        place = folder / name
        place.mkdir(parents=True)
        process = Forked(
            "edgefleet",
            [*words, "--reason", name],
            cwd=project.root,
            env=project.environment({"EDGEFLEET_LOCK": "shared"}),
            out=place / "out",
            err=place / "err",
        )
        return Worker(name, process, time.monotonic() + dies if dies is not None else None)

    def _ended(self, worker: Worker) -> bool:
        if worker.process.poll() is None and worker.dies and time.monotonic() > worker.dies:
            worker.process.kill()
            worker.process.wait(30)
            time.sleep(0.2)  # what it started ends, too
            self._age(worker.name)
        code = worker.process.poll()
        if code is None:
            return False
        self.books.codes[worker.name] = code
        return True

    def _age(self, name: str) -> None:
        """Let the lease of a run that is dead be over."""
        held = {
            target: one
            for target, one in self._refs.read().items()
            if one.lock and one.lock.reason == name
        }
        for target, one in held.items():
            assert one.lock is not None
            over = one.lock.model_copy(update={"until": datetime.now(UTC) - timedelta(seconds=1)})
            self._refs.move({target: (one.commit, self._refs.write(over))})

    def _last_words(self, folder: Path) -> None:
        """Make sure that nothing is left over, and that all that was written down is so."""
        wrong = self.books.wrong
        left = self._refs.read()
        for target, held in left.items():
            name = held.lock.reason if held.lock else None
            if held.lock is None or self.books.codes.get(str(name)) != -9:
                wrong.append(f"{target} is still held by {held.lock}, which was not killed")
        done = self._clones[0].run(
            *("deploy-all", "--env", "staging", "--bundle", str(self._stage.bundle)),
            *("--force", "--allow-foreign", "--engine", "api", "--reason", "the last"),
        )
        if done.code != 0:
            wrong.append(f"the last deploy ended with {done.code}: {done.said}")
        if self._refs.read():
            wrong.append(f"left over: {self._refs.read()}")
        moves = self._moves()
        self._one_holder(moves)
        self._writes(moves)
        self._records(folder)

    def _moves(self) -> list[tuple[float, str, Lock | None, Lock | None]]:
        """Return each change of a lock: when, of which target, from what, to what."""
        found = []
        lines = (self._remote.path / "refs.log").read_text().splitlines()
        for line in lines:
            when, old, new, ref = line.split()
            found.append((float(when), ref, self._lock(old), self._lock(new)))
        return found

    def _lock(self, commit: str) -> Lock | None:
        if commit == NOTHING:
            return None
        text = git(self._remote.path, "show", "--no-patch", "--format=%B", commit)
        return Lock.model_validate_json(text)

    def _one_holder(self, moves: list[tuple[float, str, Lock | None, Lock | None]]) -> None:
        for _, ref, old, new in moves:
            if old and new and old.id != new.id and old.until > new.since:
                self.books.wrong.append(f"{ref} went from {old} to {new} before its lease was over")

    def _writes(self, moves: list[tuple[float, str, Lock | None, Lock | None]]) -> None:
        """Make sure that no deployment was made after the end of its run's lock."""
        for tenant in TENANTS:
            ref = f"{PREFIX}{tenant}-staging"
            held: dict[str, list[tuple[float, float]]] = {}
            began: dict[str, float] = {}
            for when, one, old, new in moves:
                if one != ref or (old and new and old.id == new.id):
                    continue
                if old:
                    held.setdefault(str(old.reason), []).append((began.pop(old.id, 0.0), when))
                if new:
                    began[new.id] = when
            for made in self._deployments(tenant):
                name = made["annotations"].get("workers/message", "").rpartition(": ")[2]
                at = datetime.fromisoformat(made["created_on"].replace("Z", "+00:00")).timestamp()
                spans = held.get(name)
                if spans and not any(begin <= at <= end for begin, end in spans):
                    self.books.wrong.append(f"{tenant}: {name} deployed at {at}, but held {spans}")

    def _deployments(self, tenant: str) -> list[dict[str, Any]]:
        file = self._stage.project.wrangler(tenant)
        scripts = f"{self._stage.edge.api}/accounts/{file['account_id']}/workers/scripts"
        url = f"{scripts}/{file['name']}-staging/deployments"
        key = {"Authorization": f"Bearer {token(tenant)}"}
        answer = requests.get(url, headers=key, timeout=30)
        found: list[dict[str, Any]] = answer.json()["result"]["deployments"]
        return found

    def _records(self, folder: Path) -> None:
        """Make sure that records say how their commands ended, and that each is whole."""
        for project in self._clones:
            for record in project.records():
                name, status = str(record.get("reason")), record.get("status")
                code = self.books.codes.get(name)
                if code is None or "members" in record or "lock" not in record:
                    continue
                if status == "in_progress" and code != -9:
                    self.books.wrong.append(f"{name} ended with {code}, and its record is open")
                if code == 0 and status not in {"succeeded", "unchanged"}:
                    self.books.wrong.append(f"{name} ended with 0, and its record says {status}")
                if code == 9 and status == "succeeded":
                    self.books.wrong.append(f"{name} ended with 9, and its record says {status}")
        for name, code in self.books.codes.items():
            if code not in {0, 2, 9, 10, -9}:
                said = (folder / name / "err").read_text()[-700:]
                self.books.wrong.append(f"{name} ended with {code}: {said}")


def soak(stage: Stage, folder: Path, clones: int) -> Soak:
    """Return a soak over the stage's project and clones of it, so many in all.

    Commands in one clone keep apart by the lock of their machine; those in two, by the remote's.
    """
    remote = BareRemote(folder)
    root = stage.project.root
    git(root, "remote", "add", "origin", str(remote.path))
    git(root, "push", "-q", "origin", "HEAD:refs/heads/main")
    git(remote.path, "symbolic-ref", "HEAD", "refs/heads/main")
    projects = [stage.project]
    for number in range(1, clones):
        home = folder / f"home{number}"
        home.mkdir()
        projects.append(Project(remote.clone(f"clone{number}"), home, stage.project.environ))
        lend_tree(ROOT, projects[-1].root)
    bundle = ("--bundle", str(stage.bundle), "--engine", "api")
    done = stage.project.run("deploy-all", "--env", "staging", *bundle, "--force")
    assert done.code == 0, done.said
    return Soak(stage, projects, remote)
