"""Targets of a ring, each in its thread, that go from step to step together."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from edgefleet.canary.models import Window
from edgefleet.canary.sources import SourceUnread
from edgefleet.canary.watch import Watched
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.deploy.canaries.verdicts import CanaryWorse
from edgefleet.fleet.models import RingStep
from edgefleet.fleet.ring_canary.member import RingMember
from edgefleet.fleet.ring_canary.ring import RingCanary
from edgefleet.fleet.ring_canary.turns import Turns
from edgefleet.records.canary_steps import CanaryStep, Verdict
from support.canaries import ScriptedSource, served
from support.clock import FastClock

POLICY = CanaryPolicy.model_validate(
    {"steps": [5, 50], "soak": "4s", "minimumRequests": 100, "deadline": "30s", "warmUp": "0s"}
)
SHORT = POLICY.model_copy(update={"steps": (5.0,)})
FEW = served(new=5, old=20)


@dataclass
class Ring:
    """A ring whose targets show what a test says."""

    policies: dict[str, CanaryPolicy]
    told: list[RingStep] = field(default_factory=list)
    clock: FastClock = field(default_factory=FastClock)
    turns: Turns = field(default_factory=lambda: Turns(1))
    looks: dict[str, Callable[[CanaryStep], None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.canary = RingCanary(1, self.policies, self.clock, self.told.append)

    def run(self, **sources: ScriptedSource) -> dict[str, list[CanaryStep] | Exception]:
        """Let each target take its steps; return them, or what ended it."""
        with ThreadPoolExecutor(len(sources)) as pool:
            found = {name: pool.submit(self.go, name, one) for name, one in sources.items()}
        return {name: _ended(future) for name, future in found.items()}

    def go(self, name: str, source: ScriptedSource) -> list[CanaryStep]:
        self.turns.deploy()
        self.canary.begin(name)
        policy = self.policies[name]
        member = RingMember(
            Watched(policy, source, lambda count: served(new=count, old=count), self.clock, name),
            ring=self.canary,
            turns=self.turns,
            look_wait=1.0,
            rest=0.1,
        )
        steps: list[CanaryStep] = []
        try:
            member.begin()
            for share in policy.steps:
                steps.append(member.step(share, self.looks.get(name, lambda _: None)))
                if steps[-1].verdict is not Verdict.GOOD:
                    return steps
            member.finish()
            return steps
        finally:
            self.canary.end(name)
            self.turns.end()


def _ended(future: "Future[list[CanaryStep]]") -> list[CanaryStep] | Exception:
    error = future.exception()
    return error if isinstance(error, Exception) else future.result()


def ring_of(*names: str) -> Ring:
    return Ring(dict.fromkeys(names, POLICY))


def verdicts(found: list[CanaryStep] | Exception) -> list[Verdict | None]:
    assert isinstance(found, list), found
    return [step.verdict for step in found]


def sources(*names: str, look: Window | SourceUnread = FEW) -> dict[str, ScriptedSource]:
    return {name: ScriptedSource(look) for name in names}


def test_all_take_each_step_together_one_deployed_at_a_time() -> None:
    names = [f"t{number:02d}" for number in range(20)]
    ring = ring_of(*names)

    ended = ring.run(**sources(*names))

    assert all(verdicts(found) == [Verdict.GOOD] * 2 for found in ended.values())
    assert [(step.share, step.pooled.targets) for step in ring.told] == [(5, 20), (50, 20)]


def test_a_bad_version_ends_all_of_them() -> None:
    ring = ring_of("acme", "birch", "cedar")

    ended = ring.run(**sources("acme", "birch"), cedar=ScriptedSource(served(30)))

    assert all(verdicts(found) == [Verdict.BAD] for found in ended.values())
    assert len(ring.told) == 1


def test_a_target_whose_source_failed_leaves_the_others() -> None:
    ring = ring_of("acme", "birch")
    many = served()

    ended = ring.run(acme=ScriptedSource(SourceUnread("no")), birch=ScriptedSource(many))

    assert verdicts(ended["acme"]) == [Verdict.SOURCE_FAILED]
    assert verdicts(ended["birch"]) == [Verdict.GOOD] * 2


def test_probes_stand_for_a_source_that_failed_where_they_may() -> None:
    policy = POLICY.model_copy(update={"source_failed": "probe"})
    ring = Ring(dict.fromkeys(["acme", "birch"], policy))

    ended = ring.run(acme=ScriptedSource(SourceUnread("no")), birch=ScriptedSource(served()))

    assert all(verdicts(found) == [Verdict.GOOD] * 2 for found in ended.values())
    assert isinstance(ended["acme"], list)
    assert [step.probes for step in ended["acme"]] == [50, 50]


def test_a_target_has_its_counts_beside_those_of_all() -> None:
    ring = ring_of("acme", "birch")

    ended = ring.run(**sources("acme", "birch", look=served(1, 4)))

    assert isinstance(ended["acme"], list)
    step = ended["acme"][0]
    assert step.pooled
    assert step.pooled.new.requests > step.new.requests > 0
    assert step.pooled.targets == 2


def test_a_target_that_is_lost_on_the_way_leaves_the_others() -> None:
    ring = ring_of("acme", "birch")

    def lose(_: CanaryStep) -> None:
        raise ConnectionError("another run deployed")

    ring.looks["acme"] = lose

    ended = ring.run(**sources("acme", "birch", look=served()))

    assert isinstance(ended["acme"], ConnectionError)
    assert verdicts(ended["birch"]) == [Verdict.GOOD] * 2


def test_too_little_traffic_ends_all_of_them() -> None:
    ring = ring_of("acme", "birch")

    ended = ring.run(**sources("acme", "birch", look=served(new=0, old=1)))

    assert all(verdicts(found) == [Verdict.TOO_LITTLE_TRAFFIC] for found in ended.values())


def test_probes_of_all_targets_decide_where_the_policy_says_so() -> None:
    policy = POLICY.model_copy(update={"too_little_traffic": "probe", "deadline": 8})
    ring = Ring(dict.fromkeys(["acme", "birch"], policy))

    ended = ring.run(**sources("acme", "birch", look=served(new=0, old=0)))

    assert all(verdicts(found) == [Verdict.GOOD] * 2 for found in ended.values())
    assert ring.told[0].reason == "decided by 50 probes of each target"


def test_who_is_done_waits_for_those_with_more_steps() -> None:
    ring = Ring({"acme": SHORT, "birch": POLICY})
    at_half = threading.Event()
    ring.looks["birch"] = lambda step: at_half.set() if step.share == 50 else None
    bad_at_half = ScriptedSource(*[served()] * 5, served(30))

    ended = ring.run(acme=ScriptedSource(served()), birch=bad_at_half)

    assert verdicts(ended["birch"]) == [Verdict.GOOD, Verdict.BAD]
    assert isinstance(ended["acme"], CanaryWorse)
    assert "the ring goes back: at 50 % of others" in str(ended["acme"])


def test_a_wait_that_is_interrupted_takes_a_turn_before_it_ends() -> None:
    ring = ring_of("acme", "birch")

    class Stopped(FastClock):
        def sleep(self, seconds: float) -> None:
            raise KeyboardInterrupt

    ring.clock = Stopped()
    ring.turns.deploy()
    member = RingMember(
        Watched(POLICY, ScriptedSource(FEW), lambda _: FEW, ring.clock, "acme"),
        ring=ring.canary,
        turns=ring.turns,
        look_wait=1.0,
        rest=0.1,
    )

    with pytest.raises(KeyboardInterrupt):
        member.begin()

    assert ring.turns.held is not None
    ring.turns.end()
    assert ring.turns.held is None
