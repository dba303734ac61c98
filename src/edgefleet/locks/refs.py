"""Shared locks as refs of the fleet's git remote: `refs/edgefleet/locks/<target>`.

A ref is moved by compare-and-swap: `git push --force-with-lease=REF:OLD`, several with `--atomic`
(https://git-scm.com/docs/git-push). It points to a commit of the empty tree whose message is the
lock, so a reader of the ref reads a whole lock. The commit is made first and the ref last.
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from edgefleet.config.credentials.lock_credential import with_credential
from edgefleet.core.foreign.json import parse_json
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.process import GIT, Finished, ProgramMissing, child_environment, run
from edgefleet.errors import CloudflareError, ExternalError
from edgefleet.locks.models import Lock

PREFIX = "refs/edgefleet/locks/"
SECONDS = 60.0
"""The timeout of the remote."""
FOREIGN_FIELDS = ("action", "actor", "host", "run_url", "reason")
"""Fields of a lock that others wrote and that edgefleet prints."""
MOVED = ("stale info", "fetch first", "cannot lock ref", "reference already exists")
"""What git prints if a ref is not what the push expected."""
FORBIDDEN = (
    "permission",
    "denied",
    "error: 403",
    "authentication failed",
    "could not read username",
    "not authorized",
    "protected",
    "read-only",
)
"""What git and git servers print if the push is not allowed."""
NOTHING_ELSE = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance")
"""Options with which a fetch of a lock changes nothing else in the repository."""
IDENTITY = {
    f"GIT_{role}_{field}": value
    for role in ("AUTHOR", "COMMITTER")
    for field, value in (("NAME", "edgefleet"), ("EMAIL", "edgefleet@localhost"))
}


class SharedLockUnavailable(ExternalError):
    """There is no git remote that this machine may push to."""

    code = "no_shared_lock"


class GitRemoteError(CloudflareError):
    """The git remote did not answer, or git does not understand its answer.

    It is a `CloudflareError`, so that a change that could not check its lock is restored like one
    that Cloudflare refused.
    """

    code = "git_remote"


@dataclass(frozen=True, slots=True)
class HeldLock:
    """A lock as it stands at the remote."""

    commit: str
    lock: Lock | None
    """None if this version of edgefleet cannot read the commit's lock."""


class LockRefs:
    """The locks at one remote, as seen from the repository at `root`."""

    def __init__(
        self,
        root: Path,
        environ: Mapping[str, str],
        remote: str = "origin",
        *,
        seconds: float = SECONDS,
    ) -> None:
        self._root = root
        self._remote = remote
        self._given = environ
        self._seconds = seconds
        self._environ = {
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
            **child_environment(environ, *GIT),
            "LC_ALL": "C",  # its messages are parsed
            **IDENTITY,
        }

    def check(self) -> None:
        """Raise `SharedLockUnavailable` if there is no remote."""
        if self._git("remote", "get-url", self._remote).exit_code != 0:
            raise SharedLockUnavailable(
                f"the repository has no git remote '{self._remote}'",
                hint=f"git remote add {self._remote} URL",
            )

    def write(self, lock: Lock) -> str:
        """Create the commit of a lock, to which no ref points yet; return its id."""
        tree = self._output("hash-object", "-w", "-t", "tree", os.devnull)
        return self._output("commit-tree", tree, "-m", lock.model_dump_json())

    def read(
        self, targets: Iterable[str] = (), *, seconds: float | None = None
    ) -> dict[str, HeldLock]:
        """Return the locks of these targets, or of all; raises `GitRemoteError`."""
        patterns = [PREFIX + target for target in targets] or [f"{PREFIX}*"]
        listed = self._asked("ls-remote", "--quiet", self._remote, *patterns, seconds=seconds)
        found = {
            ref.removeprefix(PREFIX): commit
            for commit, _, ref in (line.partition("\t") for line in listed.splitlines())
            if ref.startswith(PREFIX)
        }
        self._fetch(set(found.values()), seconds)
        locks = {commit: self._lock(commit) for commit in set(found.values())}
        return {target: HeldLock(commit, locks[commit]) for target, commit in sorted(found.items())}

    def move(
        self,
        moves: Mapping[str, tuple[str | None, str | None]],
        *,
        seconds: float | None = None,
    ) -> bool:
        """Move the locks of targets from one commit to another, all of them or none.

        None is no lock. Returns whether they moved; after a push without response it reads them.
        Raises `SharedLockUnavailable` if this machine may not push, and `GitRemoteError`.
        """
        finished = self._push(moves, seconds)
        if finished.exit_code == 0:
            return True
        said = _reasons(finished)
        if any(words in said for words in MOVED):
            return False
        if any(words in said for words in FORBIDDEN):
            raise SharedLockUnavailable(
                f"the git remote '{self._remote}' may not be pushed to",
                hint=f"git push --dry-run {self._remote} HEAD",
            )
        there = {target: held.commit for target, held in self.read(moves, seconds=seconds).items()}
        if all(there.get(target) == old for target, (old, _) in moves.items()):
            raise self._failed("did not take a push", finished)
        return all(there.get(target) == new for target, (_, new) in moves.items())

    def _push(
        self, moves: Mapping[str, tuple[str | None, str | None]], seconds: float | None
    ) -> Finished:
        leases = [
            f"--force-with-lease={PREFIX}{target}:{old or ''}" for target, (old, _) in moves.items()
        ]
        refspecs = [f"{new or ''}:{PREFIX}{target}" for target, (_, new) in moves.items()]
        options = ("--porcelain", "--atomic", "--no-verify", "--quiet")
        return self._remotely("push", *options, *leases, self._remote, *refspecs, seconds=seconds)

    def _fetch(self, commits: Iterable[str], seconds: float | None) -> None:
        """Fetch the commits that are missing here, in one request."""
        missing = [one for one in commits if self._git("cat-file", "-e", one).exit_code != 0]
        if missing:
            self._asked("fetch", *NOTHING_ELSE, self._remote, *missing, seconds=seconds)

    def _lock(self, commit: str) -> Lock | None:
        text = self._git("show", "--no-patch", "--format=%B", commit)
        try:
            read = Lock.model_validate(parse_json(text.stdout))
        except ValueError:
            return None
        words = {
            name: foreign_text(str(value))
            for name, value in read
            if name in FOREIGN_FIELDS and value
        }
        return read.model_copy(update=words)

    def _asked(self, *arguments: str, seconds: float | None) -> str:
        """Return what git printed about the remote."""
        finished = self._remotely(*arguments, seconds=seconds)
        if finished.exit_code != 0:
            raise self._failed("did not answer", finished)
        return finished.stdout

    def _failed(self, what: str, finished: Finished) -> GitRemoteError:
        said = foreign_text(_last_line(finished))
        return GitRemoteError(
            f"the git remote '{self._remote}' {what}: {said}", hint=f"git ls-remote {self._remote}"
        )

    def _output(self, *arguments: str) -> str:
        finished = self._git(*arguments)
        if finished.exit_code != 0:
            raise SharedLockUnavailable(f"git {arguments[0]} failed: {_last_line(finished)}")
        return finished.stdout.strip()

    def _remotely(self, *arguments: str, seconds: float | None = None) -> Finished:
        """Run a command that contacts the remote; only such a command gets the credential."""
        return self._git(*arguments, seconds=seconds, environ=self._with_credential)

    @cached_property
    def _with_credential(self) -> Mapping[str, str]:
        url = self._git("remote", "get-url", self._remote).stdout.strip()
        return with_credential(self._environ, url, self._given)

    def _git(
        self,
        *arguments: str,
        seconds: float | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Finished:
        environ = environ or self._environ
        seconds = seconds or self._seconds
        try:
            return run(["git", *arguments], cwd=self._root, env=environ, timeout=seconds)
        except ProgramMissing as error:
            raise SharedLockUnavailable("git is not installed") from error
        except TimeoutError as error:
            raise GitRemoteError(
                f"the git remote '{self._remote}' did not answer within {seconds:.0f} s",
                hint=f"git ls-remote {self._remote}",
            ) from error


def _reasons(finished: Finished) -> str:
    """Return the reasons of a failed push, without names: a path may contain "protected"."""
    refused = re.findall(r"^!\t\S+\t(.*)$", finished.stdout, re.MULTILINE)
    said = re.sub(r"'[^'\n]*'|\S*[/:]\S+", "", finished.stderr)
    return "\n".join([*refused, said]).lower()


def _last_line(finished: Finished) -> str:
    lines = finished.stderr.strip().splitlines() or ["no reason given"]
    return foreign_text(next((line for line in lines if line.startswith("fatal:")), lines[-1]))
