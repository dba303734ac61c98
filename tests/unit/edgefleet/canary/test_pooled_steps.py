"""Tenants that are judged together: what adds up, who waits for whom, and what is said."""

from random import Random
from typing import Any

from edgefleet.canary.models import Counts, Table, Window
from edgefleet.canary.pooled_steps import PooledStep, PooledSteps, StepStanding
from edgefleet.canary.simulation import drawn
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.records.canary_steps import PooledCounts, Verdict
from support.canaries import ScriptedSource, served
from support.clock import FakeClock

FEW = served(new=2, old=8)
"""What one of the tenants serves between two looks."""


class Ring:
    """Tenants that look in turn, once a second."""

    def __init__(self, sources: dict[str, ScriptedSource], **policy: Any) -> None:
        given = {"soak": "10s", "deadline": "60s", "minimumRequests": 60, **policy}
        self.policy = CanaryPolicy.model_validate(given)
        self.clock = FakeClock()
        self.told: list[tuple[PooledStep, PooledCounts]] = []
        self.sources = sources
        self.served = dict.fromkeys(sources, Window())
        """What each has shown by now."""
        self.pool = PooledSteps(
            self.policy, list(sources), self.clock, lambda *step: self.told.append(step)
        )

    def look(self, name: str, share: float = 5) -> StepStanding:
        taken = self.sources[name].take()
        self.served[name] += taken.window
        return self.pool.look(name, share, taken.window, taken.covered)

    def judged(self, share: float = 5, most: int = 100) -> dict[str, StepStanding]:
        """Look until there is a verdict; return where each tenant's step stood then."""
        for source in self.sources.values():
            source.begin()
        for _ in range(most):
            steps = {name: self.look(name, share) for name in self.sources}
            if any(step.verdict for step in steps.values()):
                return {name: self.look(name, share) for name in self.sources}
            self.clock.elapsed += 1
        raise AssertionError("no verdict")


def alike(count: int, *looks: Window, **policy: Any) -> Ring:
    sources = {f"t{number:02d}": ScriptedSource(*looks) for number in range(count)}
    return Ring(sources, **policy)


def test_requests_of_all_tenants_make_the_minimum() -> None:
    ring = alike(4, FEW)

    steps = ring.judged(5)

    assert {step.verdict for step in steps.values()} == {Verdict.GOOD}
    pooled = steps["t00"].pooled
    assert (pooled.targets, pooled.alone) == (4, None)
    assert pooled.new.requests >= 60 > ring.served["t00"].errors.new.requests
    assert [(step.share, counts.targets) for step, counts in ring.told] == [(5, 4)]


def test_one_of_them_alone_has_too_little_traffic() -> None:
    ring = alike(1, served(new=0), deadline="30s")

    (step,) = ring.judged(5).values()

    assert (step.verdict, step.reason) == (
        Verdict.TOO_LITTLE_TRAFFIC,
        "0 requests of the 60 that it takes",
    )
    assert step.pooled.targets == 1


def test_fifty_small_tenants_end_a_bad_version_none_alone() -> None:
    random = Random(18)

    def looks(new_rate: float) -> list[Window]:
        return [
            Window(Table(Counts(90, drawn(random, 90, 0.005)), Counts(10, drawn(random, 10, rate))))
            for rate in [new_rate] * 4
        ]

    bad = Ring(
        {f"t{number:02d}": ScriptedSource(*looks(0.05)) for number in range(50)},
        soak="4s",
        minimumRequests=100,
    )
    good = Ring(
        {f"t{number:02d}": ScriptedSource(*looks(0.005)) for number in range(50)},
        soak="4s",
        minimumRequests=100,
    )

    steps = bad.judged(10)

    assert {step.verdict for step in steps.values()} == {Verdict.BAD}
    assert all(step.pooled.alone is None for step in steps.values())
    assert "at 50 targets together are no chance" in steps["t00"].reason
    assert {step.verdict for step in good.judged(10).values()} == {Verdict.GOOD}


def test_a_tenant_that_is_bad_alone_ends_all_of_them() -> None:
    """At the others the old version fails, so that all together speak against nothing."""
    sources = {name: ScriptedSource(served(0, 80)) for name in ("birch", "cedar")}
    ring = Ring({**sources, "acme": ScriptedSource(served(4, 0))})

    steps = ring.judged(20)

    assert {step.verdict for step in steps.values()} == {Verdict.BAD}
    assert steps["birch"].pooled.alone == "acme"
    assert "its errors at acme alone are no chance" in steps["birch"].reason
    assert ring.served["birch"].errors.new.errors == 0


def test_a_step_lasts_until_the_slowest_tenants_time_is_over() -> None:
    ring = Ring({"acme": ScriptedSource(served()), "birch": ScriptedSource(served(), seconds=0.5)})

    ring.judged()

    assert ring.clock.elapsed >= 19


def test_who_leaves_does_not_hold_the_others_up() -> None:
    ring = alike(2, served())
    for _ in range(15):
        assert ring.look("t00").verdict is None
        ring.pool.look("t01", 5, Window(), 0)  # its source is not read

    ring.pool.leave("t01")

    assert ring.look("t00").verdict is Verdict.GOOD


def test_what_the_leaving_tenant_showed_still_counts() -> None:
    ring = Ring({"acme": ScriptedSource(served(3)), "birch": ScriptedSource(served(3))})
    assert ring.look("acme").verdict is None
    ring.pool.leave("acme")

    after = ring.look("birch")

    assert after.verdict is Verdict.BAD
    assert after.pooled.new.errors == 6


def test_too_little_traffic_of_all_together_is_no_good_verdict() -> None:
    ring = alike(2, served(new=0, old=3))

    step = ring.judged(5)["t00"]

    assert step.verdict is Verdict.TOO_LITTLE_TRAFFIC
    assert step.reason == "0 requests of the 60 that it takes at 2 targets together"


def test_each_tenant_sends_its_part_of_the_probes() -> None:
    """They are asked for once the time of all is over."""
    ring = alike(3, served(new=0), tooLittleTraffic="probe")
    for _ in range(9):
        assert {ring.look(name).probes for name in ring.sources} == {0}
    asked = [ring.look(name).probes for name in ring.sources]
    asked = [ring.look(name).probes for name in ring.sources]
    assert asked == [20, 20, 20]

    verdicts = []
    for name in ring.sources:
        assert ring.pool.calls(name, 5)
        ring.pool.probed(name, 5)
        verdicts.append(ring.pool.look(name, 5, served(new=20, old=20), 20).verdict)

    assert verdicts == [None, None, Verdict.GOOD]
    assert ring.look("t00").reason == "decided by 20 probes of each target"


def test_a_pause_comes_once_the_time_of_all_is_over() -> None:
    ring = alike(2, served(new=0), tooLittleTraffic="pause")

    steps = ring.judged()

    assert {step.verdict for step in steps.values()} == {Verdict.TOO_LITTLE_TRAFFIC}
    assert ring.clock.elapsed < 12


def test_a_refused_version_is_bad_at_every_step() -> None:
    ring = alike(2, served())
    ring.judged(5)

    ring.pool.refuse("the ring goes back")

    later = ring.look("t00", 25)
    assert (later.verdict, later.reason) == (Verdict.BAD, "the ring goes back")
    assert ring.look("t01", 5).verdict is Verdict.BAD
    assert ring.pool.over


def test_evidence_adds_up_over_steps_and_tenants() -> None:
    ring = alike(2, *[served(1, 4)] * 11, served(3, 0))

    first = ring.judged(5)["t00"]
    second = ring.judged(25)["t00"]

    assert (first.verdict, second.verdict) == (Verdict.GOOD, Verdict.BAD)
    assert len(ring.told) == 2
    assert ring.pool.over is False
