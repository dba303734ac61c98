"""A canary under way, as the message of its deployment carries it from one command to the next.

    canary VERSION step 1 begun 20261128T180000Z since 20261128T181000Z steps 5/25/50 soak 600 ...

A machine without any record goes on from there: the policy of the start, which step it is, and what
all looks so far have left (`Looked`). Pairs of words that another edgefleet wrote are passed over.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from pydantic import AwareDatetime, Field, ValidationError

from edgefleet.cloudflare.models import TrafficShare
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.core.model import Model

TIME = "%Y%m%dT%H%M%SZ"
SHORT = 8
"""Characters of a version's id, and of a policy's digest."""
WHOLE = 100.0
PROVED = -1
"""The step at which the version has no traffic yet, and its health is checked."""
PAIRS = re.compile(r"canary [0-9a-zA-Z-]+(?: [a-z]+ [^ ,:]+)*")
NO_POLICY = "none"
YES_NO = ("no", "yes")


class Pause(StrEnum):
    """Why no step moves."""

    PERSON = "person"
    TOO_LITTLE_TRAFFIC = "too_little_traffic"
    SOURCE_FAILED = "source_failed"


class Looked(Model):
    """What the looks have left: at this step, and of the test of all steps."""

    old: tuple[int, int] = Field(default=(0, 0), description="Requests and errors at this step.")
    new: tuple[int, int] = (0, 0)
    slow: tuple[int, int] | None = Field(default=None, description="Slow answers: old, new.")
    looks: int = 0
    failed: int = 0
    interval: float = 1.0
    mark: tuple[float, ...] = Field(default=(), description="Where the source goes on.")
    judged: tuple[float, ...] = Field(default=(), description="Where the tests stand.")


class CanaryState(Model):
    """Where a canary stands; it is written anew with each deployment of it."""

    version: str = Field(description="How the id of the new version begins.")
    policy: CanaryPolicy = Field(description="The policy that holds, to its end.")
    digest: str = Field(default=NO_POLICY, description="Of the policy in the files at its start.")
    begun: AwareDatetime = Field(description="When its first step began.")
    step: int = Field(default=PROVED, description="Which step it is, from 0.")
    since: AwareDatetime = Field(description="When this step began.")
    dirty: bool | None = Field(
        default=None, description="Whether it was made from changes that no commit holds."
    )
    paused: Pause | None = None
    looked: Looked = Looked()

    @property
    def share(self) -> float:
        """The new version's share of the traffic, in percent."""
        if self.step < 0:
            return 0.0
        return self.policy.steps[self.step] if self.stepping else WHOLE

    @property
    def stepping(self) -> bool:
        """Whether the new version is not given everything yet."""
        return self.step < len(self.policy.steps)

    @property
    def kept(self) -> bool:
        """Whether the new version is live and healthy, and the old one stays for a while."""
        return self.step > len(self.policy.steps)

    @property
    def until(self) -> datetime:
        """When it is over, whatever was seen: the old version is restored, or no longer kept."""
        if self.kept:
            return self.since + timedelta(seconds=self.policy.keep)
        return self.begun + timedelta(seconds=self.policy.deadline)

    @property
    def step_until(self) -> datetime:
        """When its step is over, if there are enough requests."""
        late = 0.0 if self.policy.source == "worker" else self.policy.delay
        return self.since + timedelta(seconds=self.policy.soak + late)

    def at(self, step: int, now: datetime) -> Self:
        """Return the state at the beginning of a step; what the tests have seen stays."""
        kept = Looked(judged=self.looked.judged)
        begun = now if self.step < 0 else self.begun
        update = {"step": step, "since": now, "begun": begun, "paused": None, "looked": kept}
        return self.model_copy(update=update)

    def split(self, old: str, new: str) -> tuple[TrafficShare, ...]:
        """Return the traffic of the step; the old version comes first at each of them."""
        return (
            TrafficShare(version_id=old, percentage=WHOLE - self.share),
            TrafficShare(version_id=new, percentage=self.share),
        )

    def text(self) -> str:
        """Return the words of the message."""
        policy, looked = self.policy, self.looked
        pairs: dict[str, Any] = {
            "step": self.step,
            "begun": _time(self.begun),
            "since": _time(self.since),
            "dirty": None if self.dirty is None else YES_NO[self.dirty],
            "paused": self.paused,
            "steps": _numbers(policy.steps) if policy.steps else "-",
            "soak": f"{policy.soak:.0f}",
            "least": policy.minimum_requests,
            "warm": f"{policy.warm_up:.0f}",
            "deadline": f"{policy.deadline:.0f}",
            "source": policy.source,
            "delay": f"{policy.delay:.0f}",
            "little": policy.too_little_traffic,
            "failed": policy.source_failed,
            "keep": f"{policy.keep:.0f}",
            "policy": self.digest,
            "seen": _numbers((*looked.old, *looked.new, looked.looks, looked.failed)),
            "interval": f"{looked.interval:.6g}" if looked.interval > 1 else None,
            "slow": _numbers(looked.slow or ()),
            "mark": _numbers(looked.mark),
            "judged": _numbers(looked.judged),
        }
        words = (f" {name} {value}" for name, value in pairs.items() if value not in (None, ""))
        return f"canary {self.version}{''.join(words)}"


def canary_state(text: str | None) -> CanaryState | None:
    """Return the state that `CanaryState.text` wrote; None where it is none, or incomplete."""
    if text is None or not PAIRS.fullmatch(text):
        return None
    words = text.split()
    try:
        return _read(dict(zip(words[::2], words[1::2], strict=True)))
    except (KeyError, IndexError, ValueError, ValidationError):
        return None


def policy_digest(policy: CanaryPolicy | None) -> str:
    """Return what tells one policy of the files from another."""
    if policy is None:
        return NO_POLICY
    return hashlib.sha256(policy.model_dump_json().encode()).hexdigest()[:SHORT]


def _read(pairs: Mapping[str, str]) -> CanaryState:
    seen = [int(one) for one in pairs["seen"].split("/")]
    slow = [int(one) for one in pairs["slow"].split("/")] if "slow" in pairs else None
    steps = () if pairs["steps"] == "-" else _floats(pairs["steps"])
    said = CanaryPolicy.model_validate(
        {
            "steps": steps,
            "minimum_requests": int(pairs["least"]),
            "source": pairs.get("source"),
            "too_little_traffic": pairs["little"],
            "source_failed": pairs["failed"],
            "keep": "1s",
        }
    )
    lasting = {name: float(int(pairs[key])) for name, key in _DURATIONS.items()}
    state = CanaryState(
        version=pairs["canary"],
        policy=said.model_copy(update=lasting),
        digest=pairs["policy"],
        begun=_moment(pairs["begun"]),
        step=int(pairs["step"]),
        since=_moment(pairs["since"]),
        dirty=YES_NO.index(pairs["dirty"]) == 1 if "dirty" in pairs else None,
        paused=Pause(pairs["paused"]) if "paused" in pairs else None,
        looked=Looked(
            old=(seen[0], seen[1]),
            new=(seen[2], seen[3]),
            slow=(slow[0], slow[1]) if slow else None,
            looks=seen[4],
            failed=seen[5],
            interval=float(pairs.get("interval", "1")),
            mark=_floats(pairs.get("mark", "")),
            judged=_floats(pairs.get("judged", "")),
        ),
    )
    if not PROVED <= state.step <= len(steps) + 1:
        raise ValueError("no such step")
    return state


_DURATIONS = {
    "soak": "soak",
    "warm_up": "warm",
    "deadline": "deadline",
    "delay": "delay",
    "keep": "keep",
}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(TIME)


def _moment(text: str) -> datetime:
    return datetime.strptime(text, TIME).replace(tzinfo=UTC)


def _numbers(numbers: tuple[float, ...]) -> str:
    return "/".join(f"{one:.0f}" if one == int(one) else f"{one:.6g}" for one in numbers)


def _floats(text: str) -> tuple[float, ...]:
    return tuple(float(one) for one in text.split("/") if one)
