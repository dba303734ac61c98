"""Check many targets for drift, and repair those that drift."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from edgefleet.build.build import Bundler
from edgefleet.build.built import Built, BuiltBundles
from edgefleet.config.files.fleet_file import read_by_deploys
from edgefleet.config.files.kept_tenants import TenantTargets, names_of, those
from edgefleet.config.fleet_config import NO_FLEET
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.model import lean
from edgefleet.core.parallel import MAX_PARALLEL, map_in_processes
from edgefleet.core.worktrees import Worktrees
from edgefleet.deploy.checks.commits import check_merged
from edgefleet.drift.baseline import named_commit, require_here
from edgefleet.drift.canaries import OverdueCanaries
from edgefleet.drift.check import DriftCheck, DriftDependencies, check_targets
from edgefleet.drift.checkout_tenants import CheckoutTenants
from edgefleet.drift.context import DriftContext
from edgefleet.drift.models import Drift, ErrorDetails
from edgefleet.drift.orphans import Orphans, searched
from edgefleet.drift.repair import RepairOptions, repair_target
from edgefleet.errors import EdgefleetError, Interrupted, RestoreError
from edgefleet.plan.accounts import Accounts
from edgefleet.records.provenance import origin
from edgefleet.records.store import ListedRecords

Repair = Callable[[DriftCheck], bool]
"""Repairs a target that drifts; returns whether the operator agreed."""

OnError = Callable[[Target, str, EdgefleetError], None]
"""Takes the target, the task (`check` or `repair`) and the error that stopped it."""

MIN_OWNERS_PER_PROCESS = 50
"""Token owners below which one more process costs more time than it saves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftOptions:
    """How targets are checked."""

    ref: str | None = None
    """The branch, tag or commit to expect; None expects what was last deployed."""
    deployed: bool = False
    """Whether every target is known to have been deployed."""
    parallel: int = MAX_PARALLEL
    """How many targets are checked at once."""
    built: Built | None = None
    """The bundles that another job built; None builds them."""


def check_fleet(
    context: DriftContext,
    tenants: Sequence[Tenant],
    environments: tuple[Environment, ...],
    options: DriftOptions,
    on_error: OnError,
    repair: RepairOptions | None = None,
    named: frozenset[tuple[str, str]] | None = None,
) -> list[Drift]:
    """Check every target, and go on where one fails; return the results in the order of tenants.

    Many targets are checked in several processes; with `repair` in this one, each that drifts is
    repaired before the next is. `named` are account and script of each target of the fleet: other
    scripts of edgefleet's in these accounts are findings.

    Raises `Interrupted` and `RestoreError`, which end the run.
    """
    owners = list(by_owner(tenants))
    alone = len(tenants) == 1
    orphans = searched(tenants, environments, named)

    def checks(part: Sequence[Sequence[Tenant]]) -> Iterator[tuple[Target, Checked]]:
        names = [name for owned in part for name in names_of(owned)]
        return _checks(
            context, those(tenants, names), environments, options, orphans, allow_plain=alone
        )

    canaries = OverdueCanaries(
        context,
        tenants,
        lambda: origin(context.root, context.environ),
        context.clock.now(),
    )
    if repair:
        drifts = gather(
            checks(owners),
            on_error,
            lambda it: repair_target(context, it, options.ref, repair),
            end=canaries.end,
        )
    else:
        parts = map_in_processes(
            lambda part: [_without_files(one) for one in checks(part)],
            owners,
            MIN_OWNERS_PER_PROCESS,
        )
        drifts = gather(chain.from_iterable(parts), on_error, end=canaries.end)
    positions = {name: position for position, name in enumerate(names_of(tenants))}
    return sorted(drifts, key=lambda drift: positions[drift.target.tenant])


Checked = DriftCheck | EdgefleetError
"""The result of one check, or the error that stopped it."""


def by_owner(tenants: Sequence[Tenant]) -> Iterable[Sequence[Tenant]]:
    """Return tenants in groups, each with all of one owner's: they share a rate limit."""
    groups: dict[str, list[str]] = defaultdict(list)
    for tenant in tenants:
        owner = tenant.config.owner
        groups[f"owner {owner}" if owner else tenant.name].append(tenant.name)
    return [those(tenants, names) for names in groups.values()]


def gather(
    checks: Iterable[tuple[Target, Checked | Drift]],
    on_error: OnError,
    repair: Repair | None = None,
    end: Callable[[Drift], Drift] = lambda drift: drift,
) -> list[Drift]:
    """Return the result of every check; give each error to `on_error`, and go on.

    `end` ends the canary of a target where its time is over, before anything is repaired.
    `repair` runs for each target that drifts. Raises `Interrupted` and `RestoreError`, which end
    the run: no other target is repaired.
    """
    drifts: list[Drift] = []
    for target, result in checks:
        if isinstance(result, EdgefleetError):
            on_error(target, "check", result)
            continue
        drift = end(result.drift if isinstance(result, DriftCheck) else result)
        if repair and isinstance(result, DriftCheck) and drift.repairable:
            drift = _repaired(replace(result, drift=drift), repair, on_error)
        drifts.append(drift)
    return drifts


def _repaired(check: DriftCheck, repair: Repair, on_error: OnError) -> Drift:
    drift = check.drift
    try:
        require_here(drift.expected)
        return drift.model_copy(update={"repaired": repair(check)})
    except (Interrupted, RestoreError):
        raise
    except EdgefleetError as error:
        on_error(drift.target, "repair", error)
        if error.interrupted:
            words = f"interrupted while {drift.target} was restored: {error.message}"
            raise Interrupted(words, hint=error.hint) from error
        return drift.model_copy(update={"repair_error": ErrorDetails.of(error)})


def _checks(
    context: DriftContext,
    tenants: Sequence[Tenant],
    environments: tuple[Environment, ...],
    options: DriftOptions,
    orphans: Orphans | None,
    *,
    allow_plain: bool,
) -> Iterator[tuple[Target, Checked]]:
    with Worktrees(context.root, read_by_deploys(context.root)) as checkouts:
        if options.ref is not None:
            # Before the first target: a wrong --ref is one error, not one of each target.
            check_merged(context.lineage, named_commit(checkouts, options.ref), context.progress)
        yield from check_targets(
            TenantTargets(tenants, environments),
            _dependencies(context, checkouts, tenants, environments, orphans, options.built),
            ref=options.ref,
            allow_plain=allow_plain,
            deployed=options.deployed,
            parallel=options.parallel,
        )


def _without_files(one: tuple[Target, Checked]) -> tuple[Target, Drift | EdgefleetError]:
    """Drop the tenant and the bundle, which only a repair needs: processes send less."""
    target, result = one
    return target, lean(result.drift) if isinstance(result, DriftCheck) else result


def _dependencies(
    context: DriftContext,
    checkouts: Worktrees,
    tenants: Sequence[Tenant],
    environments: tuple[Environment, ...],
    orphans: Orphans | None,
    built: Built | None,
) -> Callable[[], DriftDependencies]:
    """Return what makes the dependencies of one target: its own connections, the rest shared."""
    names = names_of(tenants)
    now = tenants[0].fleet if tenants else NO_FLEET
    checkout_tenants = CheckoutTenants(names, environments, now)
    bundler = Bundler(context.builder)
    given = None if built is None else BuiltBundles(built, context.bundles.of)
    records = ListedRecords(context.records.folder)

    def dependencies() -> DriftDependencies:
        accounts = Accounts(context.api, seen=context.seen)
        return DriftDependencies(
            checkouts=checkouts,
            credentials=context.credentials,
            connect=accounts.connect,
            observe=accounts.observe,
            records=records,
            lineage=context.lineage,
            load=checkout_tenants.tenant,
            bundle=lambda folder, tenant, target: bundler(folder, tenant, target.environment),
            built=given,
            now=context.clock.now(),
            orphans=orphans,
            token_notes=context.token_notes,
        )

    return dependencies
