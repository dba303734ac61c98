"""What GitHub's deployments tell: the commit that is live, and which bundle was proved.

A deployment's status is `success` only after its job was. The job's address ends in a fragment:
`bundle=DIGEST` after a deploy, with `;tenants=POSITIONS` after that of a shard, and `rollback`, or
`rollback=COMMIT`, after a rollback. After a deploy that leaves a canary under way it is
`canary;bundle=DIGEST`, after a look at it `canary`, and `finished=COMMIT` once it got
all of the traffic; a last part `canary` says that the old version is kept for a while. A job
without an address deployed nothing.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edgefleet.config.identifiers import UNATTENDED
from edgefleet.github.models import (
    BUNDLE,
    CANARY,
    FINISHED,
    ROLLBACK,
    TENANTS,
    DeploymentStatus,
    GitHubDeployment,
)

UNDECIDED = frozenset({"queued", "pending", "in_progress", "waiting"})
"""States of a deployment that has not come to an end."""

STEPPING = "its canary there does not have all of the traffic"
NOT_BEGUN = "no deploy of this commit began the canary that ended there"

SUCCESS = "success"
INACTIVE = "inactive"
"""Says only that a newer job ended well, which may have deployed nothing."""

PAGE = re.compile(
    r"https?://[^/?#]+/(?P<repository>[^/?#]+/[^/?#]+)"
    r"/actions/runs/(?P<run>[0-9]{1,18})/job/(?P<job>[0-9]{1,18})(?:[?#].*)?"
)
"""The page of a job."""


@dataclass(frozen=True, slots=True)
class End:
    """What became of a deployment."""

    deployment: GitHubDeployment
    status: DeploymentStatus

    @property
    def well(self) -> bool:
        """Whether its job ended well."""
        return self.status.state == SUCCESS

    @property
    def fragment(self) -> list[str]:
        """The parts of its address's fragment."""
        return self.status.url.partition("#")[2].split(";")

    @property
    def unattended(self) -> bool:
        """Whether the job was a rollback, or went on with a canary."""
        return self.deployment.environment.endswith(UNATTENDED)

    @property
    def stepping(self) -> bool:
        """Whether two versions have a share of the traffic since."""
        return self.well and self.fragment[0] == CANARY

    @property
    def canary(self) -> bool:
        """Whether someone has to look after a canary since."""
        return self.well and CANARY in self.fragment

    @property
    def finished(self) -> bool:
        """Whether a canary got all of the traffic."""
        return self.well and self.fragment[0].startswith(FINISHED)

    @property
    def commit(self) -> str:
        """The commit that was deployed."""
        first = self.fragment[0]
        return first.removeprefix(FINISHED) if self.finished else self.deployment.commit

    @property
    def back_to(self) -> str | None:
        """The commit that a rollback went back to, empty where it is not known; None: a deploy."""
        word, _, commit = self.fragment[0].partition("=")
        if word == ROLLBACK:
            return commit
        return "" if self.unattended and not (self.stepping or self.finished) else None

    @property
    def digest(self) -> str:
        """The digest of the bundle that the job deployed; empty where it deployed none."""
        named = (one.removeprefix(BUNDLE) for one in self.fragment if one.startswith(BUNDLE))
        return next(named, "") if self.well else ""

    @property
    def positions(self) -> str | None:
        """Which tenants a shard deployed; None where it was no shard."""
        parts = (part for part in self.fragment[1:] if part.startswith(TENANTS))
        found = next(parts, None)
        return None if found is None else found.removeprefix(TENANTS)


@dataclass(frozen=True, slots=True)
class Proof:
    """The job that proved a bundle; `why` says why there is none."""

    end: End | None
    why: str = ""
    finish: End | None = None
    """The job that gave its canary all of the traffic, if it had one."""


def ends(deployments: Iterable[GitHubDeployment]) -> list[End]:
    """Return the deployments that came to an end, in the order in which they did.

    Only deployments by a job of GitHub Actions count: anyone who can push can make another one.
    """
    found = []
    for one in deployments:
        told = [status for status in one.statuses if status.state != INACTIVE]
        last = max(told, key=lambda it: (it.created, it.state not in UNDECIDED), default=None)
        if one.by_actions and last is not None and _decided(last):
            found.append(End(one, last))
    found.reverse()  # of two that ended in the same second, the newer one comes last
    return sorted(found, key=lambda end: end.status.created)


def live_commit(deployments: Iterable[GitHubDeployment]) -> str | None:
    """Return the commit that is live in an environment; None where these cannot tell.

    It is the commit of the deployment that came to an end last, whenever it was made. After a
    failure, and after a rollback (for its own commit is not the one that runs), nothing tells what
    is live, and a deploy of what is live does no harm. While a canary is under way, two are.
    """
    last = last_end(deployments)
    if last is None or not last.well or last.stepping or last.back_to is not None:
        return None
    return last.commit


def last_end(deployments: Iterable[GitHubDeployment]) -> End | None:
    """Return what came to an end last."""
    return next(reversed(ends(deployments)), None)


def was_deployed(deployments: Iterable[GitHubDeployment]) -> bool:
    """Whether a job ever brought something into an environment."""
    return any(end.well for end in ends(deployments))


def proof(found: Sequence[End], commit: str, digest: str | None) -> Proof:
    """Return the job that proved this bundle of this commit; None: any bundle of it.

    What a later deploy of the same commit failed with, and what a later rollback went back from,
    is not proved. `found` is as `ends` gives it.
    """
    proved, started = Proof(None, "no deploy of this commit ended well there"), None
    for end in found:
        if end.back_to is not None:
            if proved.end and end.well and end.back_to != commit:
                when = f"{end.status.created:%Y-%m-%d %H:%M} UTC"
                proved = Proof(None, f"a rollback went back from it at {when}")
        elif end.commit != commit or (end.stepping and end.unattended):
            continue
        elif end.finished:
            proved = _judged(started, digest, end) if started else Proof(None, NOT_BEGUN)
        else:
            started = end
            proved = Proof(None, STEPPING) if end.stepping else _judged(end, digest)
    return proved


def _judged(end: End, digest: str | None, finish: End | None = None) -> Proof:
    if not end.well:
        return Proof(None, "the last deploy of this commit failed there")
    if not end.digest or digest not in (None, end.digest):
        return Proof(None, "another bundle of this commit was deployed there")
    return Proof(end, finish=finish)


def run_and_job(log_url: str, repository: str) -> tuple[int, int] | None:
    """Return the run and the job that a page's address names, if it is of this repository."""
    match = PAGE.fullmatch(log_url)
    if match is None or match["repository"].casefold() != repository.casefold():
        return None
    return int(match["run"]), int(match["job"])


def positions(names: Iterable[str], of: Sequence[str]) -> str:
    """Return where names stand in a sorted list, as `0-4,7`: short enough for an address.

    Both sides read the list of tenants of the same commit, so that the positions name tenants.
    """
    at = {name: number for number, name in enumerate(of)}
    runs: list[list[int]] = []
    for number in sorted(at[name] for name in names):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(f"{first}-{last}" if first != last else f"{first}" for first, last in runs)


def at_positions(text: str, of: Sequence[str]) -> frozenset[str]:
    """Return the names at positions, as `positions` writes them; of a damaged text, none."""
    found: set[str] = set()
    for part in text.split(","):
        match = re.fullmatch(r"([0-9]{1,6})(?:-([0-9]{1,6}))?", part)
        if match is None:
            return frozenset()
        found.update(of[int(match[1]) : int(match[2] or match[1]) + 1])
    return frozenset(found)


def _decided(status: DeploymentStatus) -> bool:
    nothing_deployed = status.state == SUCCESS and not status.url
    return status.state not in UNDECIDED and not nothing_deployed
