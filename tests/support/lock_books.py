"""What is true of shared locks after any number of commands that were killed anywhere.

The books are the git remote's own log of its refs, the list of deployments at Cloudflare, and the
records of all clones.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from edgefleet.locks.models import Lock
from edgefleet.locks.refs import PREFIX
from integration.conftest import TENANTS, Stage, token
from support.bare_remote import BareRemote, git
from support.project import Project

LOG = f"""#!/bin/sh
[ "$1" = prepared ] || exit 0
now=$(date +%s.%N)
while read -r old new ref; do
  case "$ref" in {PREFIX}*) echo "$now $old $new $ref" >> refs.log;; esac
done
"""
"""Written while git has the refs locked: no other change comes between."""
NOTHING = "0" * 40
LONGEST_WINDOW = 20.0
"""Seconds between a look at the lock and its write, on a machine where 64 commands run."""
ENDS = {0, 2, 9, 10, 130, -9}


@dataclass(frozen=True)
class Move:
    """A change of a lock's ref."""

    when: float
    target: str
    old: Lock | None
    new: Lock | None

    @property
    def taken_over(self) -> bool:
        """Whether a rollback took the lock of a deploy."""
        if not self.old or not self.new:
            return False
        return self.new.action == "rollback" and self.new.took_over == self.old.id


@dataclass
class Books:
    """What commands did, and which of their books do not agree."""

    codes: dict[str, int] = field(default_factory=dict)
    """How each command ended; -9 where it was killed."""
    actions: dict[str, str] = field(default_factory=dict)
    unlocked: set[str] = field(default_factory=set)
    """Ids of runs whose lock a command freed, or tried to."""
    wrong: list[str] = field(default_factory=list)
    taken_over: int = 0
    late: list[float] = field(default_factory=list)
    """Seconds after which a run wrote that had lost its lock, for each such write."""

    def __str__(self) -> str:
        ends = Counter((self.actions[name], code) for name, code in self.codes.items())
        said = ", ".join(f"{what} {code}: {many}" for (what, code), many in sorted(ends.items()))
        late = f"{len(self.late)} late writes, {max(self.late, default=0):.2f} s at most"
        return (
            f"{len(self.codes)} commands ended with {said}; {self.taken_over} locks taken over; "
            f"{len(self.unlocked)} unlocks; {late}; wrong: {self.wrong or 'nothing'}"
        )


class Auditor:
    """Reads the books of some clones, one remote and one Cloudflare, and says what is wrong."""

    def __init__(self, stage: Stage, clones: Sequence[Project], remote: BareRemote) -> None:
        self._stage, self._clones, self._remote = stage, clones, remote
        self._locks: dict[str, Lock | None] = {NOTHING: None}
        hook = remote.path / "hooks/reference-transaction"
        hook.write_text(LOG)
        hook.chmod(0o755)

    def audit(self, books: Books, folder: Path) -> None:
        """Note what is wrong, once all commands have ended."""
        moves = self._moves()
        books.taken_over = sum(move.taken_over for move in moves)
        books.wrong += self._two_holders(moves, books)
        books.late.clear()
        for tenant in TENANTS:
            made = self.deployments(tenant)
            mine = [move for move in moves if move.target == f"{tenant}-staging"]
            books.wrong += self._writes(tenant, mine, made, books)
            books.wrong += self._ends(tenant, mine, made, books)
        books.wrong += self._records(books)
        for name, code in books.codes.items():
            if code not in ENDS:
                said = (folder / name / "err").read_text()[-1500:]
                books.wrong.append(f"{name} {books.actions[name]} ended with {code}: {said}")

    def split(self, books: Books, folder: Path) -> list[str]:
        """Return targets between two states that no run since the last success explains.

        A killed run does, and one that ended before its first write after it got the lock of a
        run that still worked: by a take-over, which it must say, or because of an unlock.
        """
        moves, found = self._moves(), []
        for tenant in TENANTS:
            newest = self.deployments(tenant)[0]
            if len(newest["versions"]) == 1:
                continue
            name = _name(newest)
            mine = [move for move in moves if move.target == f"{tenant}-staging"]
            names = [str(move.new.reason) for move in mine if move.new]
            since = names[names.index(name) :] if name in names else []
            ends = [books.codes.get(holder) for holder in since]
            # A run that ended with 0 ended the split, too: what died before it explains nothing.
            last_success = max((place for place, end in enumerate(ends) if end == 0), default=-1)
            after = since[last_success + 1 :]
            if -9 not in ends[last_success + 1 :] and not self._taken(after, mine, books, folder):
                holders = dict(zip(since, ends, strict=True))
                found.append(f"{tenant} is split by {name}; holders since: {holders}")
        return found

    def _taken(self, names: list[str], moves: list[Move], books: Books, folder: Path) -> bool:
        """Whether one of these runs got the lock of another that still worked."""
        unlocked = {
            str(move.old.reason) for move in moves if move.old and move.old.id in books.unlocked
        }
        takers = {str(move.new.reason) for move in moves if move.new and move.taken_over}
        said = [
            name
            for name in takers.intersection(names)
            if "restores nothing" in (folder / name / "err").read_text()
        ]
        freed = unlocked.intersection(names)
        return bool(said or (freed and set(names) - freed))

    def deployments(self, tenant: str) -> list[dict[str, Any]]:
        """Return a target's deployments, newest first."""
        file = self._stage.project.wrangler(tenant)
        scripts = f"{self._stage.edge.api}/accounts/{file['account_id']}/workers/scripts"
        url = f"{scripts}/{file['name']}-staging/deployments"
        key = {"Authorization": f"Bearer {token(tenant)}"}
        answer = requests.get(url, headers=key, timeout=30)
        found: list[dict[str, Any]] = answer.json()["result"]["deployments"]
        return found

    def _moves(self) -> list[Move]:
        lines = (self._remote.path / "refs.log").read_text().splitlines()
        read = (line.split() for line in lines)
        return [
            Move(float(when), ref.removeprefix(PREFIX), self._lock(old), self._lock(new))
            for when, old, new, ref in read
        ]

    def _lock(self, commit: str) -> Lock | None:
        if commit not in self._locks:
            text = git(self._remote.path, "show", "--no-patch", "--format=%B", commit)
            self._locks[commit] = Lock.model_validate_json(text)
        return self._locks[commit]

    def _two_holders(self, moves: list[Move], books: Books) -> list[str]:
        return [
            f"{move.target} went from {move.old} to {move.new} before its lease was over"
            for move in moves
            if move.old and move.new and move.old.id != move.new.id and not move.taken_over
            if move.old.until > move.new.since and move.old.id not in books.unlocked
        ]

    def _writes(
        self, tenant: str, moves: list[Move], made: list[dict[str, Any]], books: Books
    ) -> list[str]:
        """Say which deployments were made without the lock; a run that lost it may be late."""
        held: dict[str, list[tuple[float, float]]] = {}
        lost: dict[str, float] = {}
        began: dict[str, float] = {}
        for move in moves:
            if move.old and move.new and move.old.id == move.new.id:
                continue
            if move.old:
                name = str(move.old.reason)
                held.setdefault(name, []).append((began.pop(move.old.id, 0.0), move.when))
                if move.taken_over or move.old.id in books.unlocked:
                    lost.setdefault(name, move.when)
            if move.new:
                began[move.new.id] = move.when
        wrong = []
        for one in made:
            name, at = _name(one), _time(one)
            spans = held.get(name)
            if not spans or any(begin <= at <= end for begin, end in spans):
                continue
            late = at - lost[name] if name in lost else None
            if late is not None and 0 < late < LONGEST_WINDOW:
                books.late.append(late)
            else:
                wrong.append(f"{tenant}: {name} deployed at {at}, but held {spans}; late {late}")
        return wrong

    def _ends(
        self, tenant: str, moves: list[Move], made: list[dict[str, Any]], books: Books
    ) -> list[str]:
        """Say which runs freed their lock after a success that was not live then."""
        wrong = []
        records = {
            str(one.get("reason")): one
            for project in self._clones
            for one in project.records()
            if one.get("tenant") == tenant and one.get("status") == "succeeded"
        }
        for move in moves:
            record = records.get(str(move.old.reason)) if move.old and not move.new else None
            if not record or books.codes.get(str(record["reason"])) != 0:
                continue
            live = next(one for one in made if _time(one) <= move.when)
            if [share["version_id"] for share in live["versions"]] != [record["version_id"]]:
                wrong.append(f"{tenant}: {record['reason']} ended with 0, but {live} was live")
        return wrong

    def _records(self, books: Books) -> list[str]:
        """Say which records do not tell how their commands ended."""
        wrong = []
        for project in self._clones:
            for record in project.records():
                name, status = str(record.get("reason")), record.get("status")
                code = books.codes.get(name)
                if code is None or "members" in record or "lock" not in record:
                    continue
                if status == "in_progress" and code != -9:
                    wrong.append(f"{name} ended with {code}, and its record is open")
                if code == 0 and status not in {"succeeded", "unchanged"}:
                    wrong.append(f"{name} ended with 0, and its record says {status}")
                if code == 9 and status == "succeeded":
                    wrong.append(f"{name} ended with 9, and its record says {status}")
        return wrong


def _name(deployment: dict[str, Any]) -> str:
    message = str(deployment["annotations"].get("workers/message", ""))
    return message.rpartition(": ")[2]


def _time(deployment: dict[str, Any]) -> float:
    return datetime.fromisoformat(deployment["created_on"].replace("Z", "+00:00")).timestamp()
