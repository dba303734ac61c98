"""Who is waited for before the first step, and who is restored with whom."""

from edgefleet.canary.pooled_steps import PooledSteps
from edgefleet.config.canary.policy import CanaryPolicy
from edgefleet.fleet.models import RingStep
from edgefleet.fleet.ring_canary.ring import RingCanary
from edgefleet.records.canary_steps import Verdict
from support.canaries import served
from support.clock import FakeClock

POLICY = CanaryPolicy.model_validate({"steps": [20], "soak": "1s", "minimumRequests": 0})
LONGER = POLICY.model_copy(update={"steps": (20.0, 50.0)})


class Begun(RingCanary):
    """A ring that tells a test what was judged."""

    def __init__(self, **policies: CanaryPolicy) -> None:
        self.told: list[RingStep] = []
        super().__init__(3, policies, FakeClock(), self.told.append)

    def looked(self, tenant: str, share: float, errors: int = 0) -> Verdict | None:
        """Look at a step whose time is over; return the verdict."""
        pool = self.pool(tenant)
        assert pool
        return pool.look(tenant, share, served(errors), 1).verdict


def all_here(ring: Begun, *tenants: str) -> list[PooledSteps | None]:
    for tenant in tenants:
        ring.begin(tenant)
        ring.arrive(tenant)
    return [ring.pool(tenant) for tenant in tenants]


def test_the_first_step_waits_for_every_tenant_with_a_canary() -> None:
    ring = Begun(acme=POLICY, birch=POLICY)

    assert all_here(ring, "acme") == [None]
    ring.begin("cedar")  # it has no canary

    acme, birch = all_here(ring, "acme", "birch")
    assert acme is birch is not None


def test_a_target_that_ended_before_its_steps_is_not_waited_for() -> None:
    ring = Begun(acme=POLICY, birch=POLICY)
    all_here(ring, "acme")

    ring.begin("birch")
    assert ring.pool("acme") is None
    ring.end("birch")

    assert ring.pool("acme")
    assert ring.looked("acme", 20) is Verdict.GOOD
    assert ring.told[0].pooled.targets == 1


def test_targets_that_are_not_begun_any_more_are_not_waited_for() -> None:
    ring = Begun(acme=POLICY, birch=POLICY)
    all_here(ring, "acme")

    ring.no_more()

    assert ring.pool("acme")


def test_other_policies_are_judged_apart() -> None:
    ring = Begun(acme=POLICY, birch=LONGER)

    acme, birch = all_here(ring, "acme", "birch")

    assert acme is not birch
    assert ring.looked("acme", 20) is Verdict.GOOD
    assert not ring.settled
    assert [ring.looked("birch", share) for share in (20, 50)] == [Verdict.GOOD] * 2
    assert ring.settled


def test_what_is_bad_at_some_is_refused_at_all() -> None:
    ring = Begun(acme=POLICY, birch=LONGER)
    all_here(ring, "acme", "birch")

    assert ring.looked("birch", 20, errors=30) is Verdict.BAD

    acme = ring.pool("acme")
    assert acme
    assert acme.refused.startswith("the ring goes back: at 20 % of others, its errors")
    assert ring.settled
    (step,) = ring.told
    assert (step.ring, step.verdict, step.pooled.alone) == (3, Verdict.BAD, "birch")


def test_a_pool_that_all_have_left_holds_nobody_up() -> None:
    ring = Begun(acme=POLICY, birch=LONGER)
    all_here(ring, "acme", "birch")
    ring.looked("acme", 20)

    ring.end("birch")

    assert ring.settled
