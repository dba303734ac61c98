"""Provision many targets: look into all accounts, then make what each lacks, several at once."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.creation.client import CreatableResources
from edgefleet.config.credentials.lookup import Credential
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.clock import Clock
from edgefleet.core.foreign.text import foreign_text
from edgefleet.core.parallel import in_parallel
from edgefleet.core.signals import Cancellation, cancel_on_signals, cancellation_check
from edgefleet.errors import EdgefleetError, Interrupted
from edgefleet.fleet.cancellation import TargetCancellation
from edgefleet.http.retry import Sleep
from edgefleet.locks.lease import LockOwner
from edgefleet.locks.local import LocalLocks
from edgefleet.locks.locking import Locker
from edgefleet.onboard.provision.apply import ApplyDependencies, apply_plan
from edgefleet.onboard.provision.models import ProvisionState, Step, StepState
from edgefleet.onboard.provision.plan import (
    ProvisionDependencies,
    ProvisionOptions,
    TargetPlan,
    is_complete,
    plan_target,
)

FINAL = (StepState.PRESENT, StepState.DONE)


@dataclass(frozen=True, slots=True)
class ChangeDependencies:
    """The outside world, as a run that changes targets needs it."""

    provision: ProvisionDependencies
    open_api: Callable[[Credential, str, Sleep], Cloudflare]
    """Opens the API with new connections; its waits end when the run is to stop."""
    locks: LocalLocks
    locker: Locker
    owner: LockOwner
    clock: Clock
    halt: Cancellation


@dataclass(frozen=True, slots=True)
class ProvisionEnd:
    """How a target ended: its steps as they stand, and the error that ended it, if any."""

    plan: TargetPlan
    steps: tuple[Step, ...]
    state: ProvisionState
    error: EdgefleetError | None = None


def complete_before(
    tenants: Sequence[Tenant], environment: Environment, deps: ProvisionDependencies
) -> list[Tenant]:
    """Return the tenants that an earlier run left complete, by their files and its notes."""

    def complete(tenant: Tenant) -> bool:
        target = Target(tenant=tenant.name, environment=environment)
        return is_complete(tenant, target, deps.notes.read(target, tenant.config.account_id))

    return [tenant for tenant in tenants if complete(tenant)]


def plan_all(
    tenants: Sequence[Tenant],
    environment: Environment,
    deps: ProvisionDependencies,
    options: ProvisionOptions,
) -> Iterator[tuple[Target, TargetPlan | EdgefleetError]]:
    """Yield the plan of each target, or why edgefleet could not look."""
    targets = [Target(tenant=tenant.name, environment=environment) for tenant in tenants]

    def one(pair: tuple[Tenant, Target]) -> TargetPlan:
        return plan_target(*pair, deps, options)

    pairs = list(zip(tenants, targets, strict=True))
    yield from zip(targets, in_parallel(pairs, one, parallel=options.parallel), strict=True)


def apply_all(
    plans: Sequence[TargetPlan],
    taken: Mapping[Target, Collection[Step]],
    deps: ChangeDependencies,
    ended: Callable[[ProvisionEnd], None],
    *,
    parallel: int,
) -> list[ProvisionEnd]:
    """Change each target; what goes wrong at one is in its end, and is not raised.

    `ended` gets each end in the order of `plans`. On Ctrl-C no target is begun any more, and those
    that are under way stop after the resource that they are making.
    """
    ends: list[ProvisionEnd] = []

    def one(plan: TargetPlan) -> ProvisionEnd:
        if deps.halt.requested:
            return ProvisionEnd(plan, plan.steps, ProvisionState.WAITING)
        return _applied(plan, taken.get(plan.target, ()), deps)

    with cancel_on_signals(deps.halt), ThreadPoolExecutor(parallel) as pool:
        for end in pool.map(one, plans):
            ended(end)
            ends.append(end)
    return ends


def _applied(plan: TargetPlan, taken: Collection[Step], deps: ChangeDependencies) -> ProvisionEnd:
    done: dict[tuple[str, str, str], Step] = {}
    error: EdgefleetError | None = None
    state = ProvisionState.FAILED
    try:
        for step in _changed(plan, taken, deps):
            done[_key(step)] = step
    except KeyboardInterrupt:
        state, error = ProvisionState.INTERRUPTED, Interrupted("interrupted")
    except EdgefleetError as failed:
        error = failed
    except Exception as fault:  # noqa: BLE001 - one target must not stop the others
        words = foreign_text(str(fault))
        error = EdgefleetError(f"a fault in edgefleet itself: {type(fault).__name__}: {words}")
    steps = tuple(done.get(_key(step), step) for step in plan.steps)
    if error is None:
        final = all(step.state in FINAL for step in steps)
        state = ProvisionState.COMPLETE if final else ProvisionState.LEFT
    return ProvisionEnd(plan, steps, state, error)


def _key(step: Step) -> tuple[str, str, str]:
    return step.wanted.kind, step.wanted.name, step.wanted.jurisdiction


def _changed(plan: TargetPlan, taken: Collection[Step], deps: ChangeDependencies) -> Iterator[Step]:
    """Change one target under its locks; yield each step that is done."""
    target, owner = plan.target, deps.owner
    stop = TargetCancellation(deps.halt, deps.clock)
    api = deps.open_api(plan.credential, plan.account_id, stop.wait)
    with (
        cancellation_check(stop.check),
        deps.locks.hold(target, owner.action, owner.actor, deps.clock.now()),
        deps.locker.hold([str(target)], owner) as fence,
    ):

        def check() -> None:
            stop.check()
            fence.check()

        resources = CreatableResources(api, plan.account_id)
        known = ApplyDependencies(
            deps.provision.root, resources, deps.provision.notes, stop.wait, check
        )
        yield from apply_plan(plan, taken, known)
