"""Many commands at once on the same targets, killed at their requests; then the books are read.

A command that was killed stays dead: its lock is made as old as it would be after its lease, so
that no command waits for ten minutes.
"""

import random
import shlex
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from edgefleet.core.node_modules import link_node_modules
from edgefleet.locks.refs import LockRefs
from integration.conftest import TENANTS, Stage
from support.bare_remote import BareRemote, git
from support.forked import Forked
from support.kill_points import KillPoint, KillPoints, kill_points
from support.lock_books import Auditor, Books
from support.project import ROOT, Project

KILLED = 0.7
"""The share of commands that get a signal."""
REQUESTS = {"cloudflare": 30, "git": 8}
"""How many requests of each kind a command makes, about; those after them are hit less often."""
AGED_EVERY_SECONDS = 0.3
WORDS = {
    "deploy": "deploy {target} {bundle} --replace-split",
    "deploy that waits": "deploy {target} {bundle} --replace-split --wait 3s",
    "deploy-all": "deploy-all --env staging {bundle} --wait 3s",
    "rollback": "rollback {target} --replace-split --wait 3s",
    "take-over": "rollback {target} --replace-split --take-over-lock",
}
BUNDLE = "--force --allow-foreign --engine api --bundle"


@dataclass
class Worker:
    """A command under way."""

    name: str
    process: Forked


class Soak:
    """Some clones, one remote, one Cloudflare."""

    def __init__(
        self, stage: Stage, clones: Sequence[Project], remote: BareRemote, points: KillPoints
    ) -> None:
        self._bundle = f"{BUNDLE} {stage.bundle}"
        self._clones = clones
        self._points = points
        self._refs = LockRefs(remote.clone("watcher"), {"PATH": "/usr/bin:/bin"})
        self._auditor = Auditor(stage, clones, remote)
        self._dead: set[str] = set()
        """Commands that were killed, and whose locks are not old yet."""
        self._aged = 0.0
        self._numbers = 0
        self.books = Books()

    @property
    def signals(self) -> Counter[str]:
        """How many commands got a signal at each point."""
        return self._points.struck

    def run(self, commands: int, at_once: int, dice: random.Random, folder: Path) -> Books:
        """Run so many commands, so many at once, and then one that is not killed; audit them."""
        going: list[Worker] = []
        left = commands
        while going or left:
            while len(going) < at_once and left:
                going.append(self._any(dice, folder))
                left -= 1
            going = [worker for worker in going if not self._ended(worker)]
            self._age()
            time.sleep(0.01)
        self.settle(folder, dice.randrange(len(self._clones)))
        return self.books

    def sweep(self, folder: Path) -> Books:
        """Kill a deploy at each of its requests, one after the other, from changing clones."""
        whole = self.command("deploy", folder, None, 0)
        assert whole == 0, self.books
        counts = dict(zip(REQUESTS, self._points.requests("0"), strict=True))
        for to, count in counts.items():
            for nth in range(1, count + 1):
                after = bool(nth % 2)
                number = signal.SIGTERM if nth % 3 == 0 else signal.SIGKILL
                self.command("deploy", folder, KillPoint(to, nth, after, number), nth % 2)
        self.settle(folder, 0)
        return self.books

    def command(self, action: str, folder: Path, point: KillPoint | None, clone: int) -> int:
        """Run one command to its end; return how it ended."""
        worker = self._begin(action, self._words(action, TENANTS[0]), point, folder, clone)
        worker.process.wait(60)
        while not self._ended(worker):
            time.sleep(0.01)
        while self._dead:
            self._age(at_once=True)
        return self.books.codes[worker.name]

    def settle(self, folder: Path, clone: int) -> None:
        """Make sure that the next run goes on, that nothing is left over, and all that is said."""
        while self._dead:
            self._age(at_once=True)
        wrong = self.books.wrong
        for target, held in self._refs.read().items():
            name = held.lock.reason if held.lock else None
            if self.books.codes.get(str(name)) != -9:
                file = folder / str(name) / "err"
                said = file.read_text()[-1500:] if file.is_file() else ""
                wrong.append(f"{target} is still held by {held.lock}, which was not killed: {said}")
        wrong += self._auditor.split(self.books, folder)
        last = Path(folder) / f"last-{self._numbers}"
        done = self._clones[clone].run(
            *shlex.split(self._words("deploy-all", "")), "--reason", last.name
        )
        if done.code != 0:
            wrong.append(f"the next run ended with {done.code}: {done.said}")
        if self._refs.read():
            wrong.append(f"left over: {self._refs.read()}")
        self._auditor.audit(self.books, folder)

    def _any(self, dice: random.Random, folder: Path) -> Worker:
        clone, tenant = dice.randrange(len(self._clones)), dice.choice(TENANTS)
        action = dice.choice([*WORDS, "unlock"])
        point = None
        if dice.random() < KILLED:
            to = dice.choice([*REQUESTS])
            kind = dice.choice([signal.SIGKILL, signal.SIGTERM])
            nth = dice.randint(1, REQUESTS[to])
            point = KillPoint(to, nth, dice.random() < 0.5, kind)
        if action == "unlock":
            held = [one.lock for one in self._refs.read().values() if one.lock]
            if held:
                lock_id = dice.choice(held).id
                self.books.unlocked.add(lock_id)
                return self._begin(action, f"unlock --run {lock_id}", point, folder, clone)
            action = "deploy"
        return self._begin(action, self._words(action, tenant), point, folder, clone)

    def _words(self, action: str, tenant: str) -> str:
        option = "--tenant" if action.startswith("deploy") else "--tenants"
        target = f"{option} {tenant} --env staging"
        return WORDS[action].format(target=target, bundle=self._bundle)

    def _begin(
        self, action: str, words: str, point: KillPoint | None, folder: Path, clone: int
    ) -> Worker:
        name = str(self._numbers)
        self._numbers += 1
        project = self._clones[clone]
        place = folder / name
        place.mkdir(parents=True)
        self.books.actions[name] = action
        environ = self._points.set(name, point, place)
        process = Forked(
            "edgefleet",
            [*shlex.split(words), "--reason", name],
            cwd=project.root,
            env=project.environment({"EDGEFLEET_LOCK": "shared", **environ}),
            out=place / "out",
            err=place / "err",
        )
        (place / "pid").write_text(str(process.pid))
        return Worker(name, process)

    def _ended(self, worker: Worker) -> bool:
        code = worker.process.poll()
        if code is None:
            return False
        self.books.codes[worker.name] = code
        self._points.ended(worker.name)
        if code == -signal.SIGKILL:
            self._dead.add(worker.name)
        return True

    def _age(self, *, at_once: bool = False) -> None:
        """Let the leases of runs that are dead be over, once nothing of theirs is under way."""
        if not self._dead or (time.monotonic() - self._aged < AGED_EVERY_SECONDS and not at_once):
            return
        self._aged = time.monotonic()
        quiet = {name for name in self._dead if self._points.quiet(name)}
        if not quiet:
            time.sleep(0.01)
            return
        for target, one in self._refs.read().items():
            if one.lock and one.lock.reason in quiet and one.lock.until > datetime.now(UTC):
                until = datetime.now(UTC) - timedelta(seconds=1)
                over = one.lock.model_copy(update={"until": until})
                self._refs.move({target: (one.commit, self._refs.write(over))})
        if at_once:
            self._dead -= quiet


def clones_of(stage: Stage, folder: Path, clones: int) -> tuple[BareRemote, list[Project]]:
    """Return a remote, and the stage's project and clones of it, so many in all."""
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
        link_node_modules(ROOT, projects[-1].root)
    return remote, projects


@contextmanager
def proxied(stage: Stage) -> Iterator[KillPoints]:
    """Serve a proxy before the stage's Cloudflare."""
    edge = urlsplit(stage.edge.url)
    assert edge.hostname
    assert edge.port
    with kill_points((edge.hostname, edge.port)) as points:
        yield points


@contextmanager
def soak(stage: Stage, folder: Path, clones: int) -> Iterator[Soak]:
    """Lend a soak over the stage's project and clones of it, so many in all.

    Commands in one clone keep apart by the lock of their machine; those in two, by the remote's.
    """
    remote, projects = clones_of(stage, folder, clones)
    words = f"deploy-all --env staging {BUNDLE} {stage.bundle}"
    done = stage.project.run(*shlex.split(words))
    assert done.code == 0, done.said
    with proxied(stage) as points:
        yield Soak(stage, projects, remote, points)
