"""Compare what runs with what was last deployed on purpose, and say who changed it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edgefleet.build.built import BuiltBundles
from edgefleet.build.render import rendered_config
from edgefleet.cloudflare.models import DeploymentEvent, DeploymentPage, LiveState
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.config.account_session import (
    AccountSession,
    ConnectAccount,
    NotedAt,
    open_account,
    verified_if_refused,
)
from edgefleet.config.credentials.lookup import Credentials
from edgefleet.config.credentials.token_notes import TokenNotes
from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.parallel import MAX_PARALLEL, in_parallel
from edgefleet.core.worktrees import Worktrees
from edgefleet.deploy.checks.holds import in_force
from edgefleet.drift.baseline import RemoteDeployment, expected_state, newest_elsewhere
from edgefleet.drift.models import Drift, DriftFinding
from edgefleet.drift.orphans import Orphans
from edgefleet.drift.rules import TRAFFIC, DeployedBy, allowed, drifted, gone, unmerged
from edgefleet.errors import EdgefleetError
from edgefleet.history.expected_record import expected_record, recorded
from edgefleet.plan.d1_migrations import declared_of
from edgefleet.plan.plan import Observe, plan_target
from edgefleet.plan.resources import Look
from edgefleet.records.canary_under_way import canary_of
from edgefleet.records.lineage import Lineage
from edgefleet.records.models import Record
from edgefleet.records.store import Records
from edgefleet.state.flat_state import desired_state


@dataclass(frozen=True, slots=True)
class DriftDependencies:
    """The outside world, as a look needs it; nothing here writes to Cloudflare."""

    checkouts: Worktrees
    credentials: Credentials
    connect: ConnectAccount
    observe: Observe
    records: Records
    lineage: Lineage
    """The history of the repository."""
    load: Callable[[Path, Target], Tenant]
    """Validates and loads a target's tenant in a checkout."""
    bundle: Callable[[Path, Tenant, Target], Bundle]
    """Builds the Worker of a checkout."""
    built: BuiltBundles | None = None
    """Gives the bundle of each commit in its place, where another job builds."""
    orphans: Orphans | None = None
    """Looks for scripts that no target names any more; None where it is not known which are named.
    """
    now: datetime | None = None
    """When it looks, UTC, to tell which pins and freezes are in force; None tells of none."""
    token_notes: TokenNotes | None = None
    """When tokens were verified last; None verifies each."""


@dataclass(frozen=True, slots=True)
class DriftCheck:
    """What was found at one target, and the expected state that it was compared with."""

    drift: Drift
    tenant: Tenant
    bundle: Bundle


def check_targets(
    asked: Sequence[tuple[Tenant, Target]],
    ports_of_one: Callable[[], DriftDependencies],
    *,
    ref: str | None,
    allow_plain: bool,
    deployed: bool = False,
    parallel: int = MAX_PARALLEL,
) -> Iterator[tuple[Target, DriftCheck | EdgefleetError]]:
    """Look at many targets in parallel; yield what was found, or why not, in their order.

    `ports_of_one` gives each target its own connections, which go with it. `allow_plain` is
    whether a token that names no tenant may be meant: where there is but one tenant. `deployed` is
    as for `check_target`.
    """

    def one(number: int) -> DriftCheck:
        ports = ports_of_one()
        pair = asked[number]
        return check_target(*pair, ports, ref=ref, allow_plain=allow_plain, deployed=deployed)

    found = in_parallel(range(len(asked)), one, parallel=parallel)
    for number, result in enumerate(found):
        if isinstance(result, DriftCheck):
            yield result.drift.target, result
        else:
            yield asked[number][1], result


def check_target(
    tenant: Tenant,
    target: Target,
    ports: DriftDependencies,
    *,
    ref: str | None,
    allow_plain: bool,
    deployed: bool = False,
) -> DriftCheck:
    """Compare one target with its expected commit, which stays checked out with `ports.checkouts`.

    A script that is not there has no differences but one: that it is gone, where a record, a `ref`
    or `deployed` tells that it was deployed. Elsewhere the script is `not deployed`.
    Raises `EdgefleetError` where it could not look: `CredentialError`, `CloudflareError`, and
    `ConfigError` where the files of that commit are not valid by the rules of today.
    """
    notes = NotedAt(ports.token_notes, ports.now) if ports.token_notes and ports.now else None
    way = open_account(
        tenant, target, ports.credentials, ports.connect, allow_plain=allow_plain, noted=notes
    )
    script = str(tenant.resolved(target.environment)["name"])
    records = ports.records.of(target)
    deployments = way.account.script(script).deployments
    with verified_if_refused(way.account):
        page = deployments.first_page()
    last = page[0][1] if page else None
    elsewhere = newest_elsewhere(script, way, last, _older(page, deployments.history), records)
    expected = expected_state(ports.checkouts, records, elsewhere, ref, ports.lineage)
    # Where another job builds, it builds merged commits alone.
    unbuilt = ports.built is not None and expected.unmerged
    meant, bundle = _files(tenant, target, None if unbuilt else expected.commit, ports)
    if expected.pending and not _differs(tenant, target, (meant, bundle), ports):
        expected = expected.model_copy(update={"pending": False})
    planned = plan_target(
        meant, target, bundle, way, ports.observe, look=Look.NONE, deployments=page
    )
    known = deployed or ref is not None or expected_record(records) is not None
    canary = canary_of(planned.before)
    goes_on = canary is not None and not (ports.now and canary.overdue(ports.now))
    differing = (one for one in planned.plan.changes if not (goes_on and one.path == TRAFFIC))
    found = (*differing, *planned.plan.secrets)
    changes = found if last else (gone(script),) * known
    if last and expected.unmerged:
        changes = (unmerged(str(expected.commit), expected.unmerged), *changes)
    ignored = tuple(one for one in changes if allowed(one, tenant.config.drift.ignore))
    left = [one for one in changes if one not in ignored]
    scripts = planned.before.scripts if last else tuple(way.account.script_names())
    orphans: tuple[DriftFinding, ...] = ()
    if ports.orphans is not None:
        # A rename that was not deployed yet: the script of the old name still serves.
        kept = () if last else (str(meant.resolved(target.environment)["name"]),)
        others = [one for one in scripts if one not in kept]
        orphans = tuple(ports.orphans.of(tenant, target, way.account, others))
    drift = Drift(
        target=target,
        script=script,
        expected=expected,
        deployed=known or last is not None,
        findings=(*drifted(left, last, _made(last, records, elsewhere)), *orphans),
        ignored=ignored,
        notes=(
            *planned.plan.unknown_migrations,
            *_notes(tenant, way, planned.before, ports.now),
            *_unmanaged_scripts(tenant, scripts, orphans),
        ),
        last_change=last,
        canary=planned.plan.canary,
    )
    return DriftCheck(drift, meant, bundle)


def _older(
    page: DeploymentPage, history: Callable[[], Iterator[DeploymentEvent]]
) -> Iterator[DeploymentEvent]:
    """Yield the deployments before the one in force; the list is read once the page has ended."""
    known = {event.id for _, event in page}
    yield from (event for _, event in page[1:])
    yield from (event for event in history() if event.id not in known)


def _files(
    tenant: Tenant, target: Target, commit: str | None, ports: DriftDependencies
) -> tuple[Tenant, Bundle]:
    """Return the tenant as a commit describes it, and the Worker that is built of that."""
    folder = ports.checkouts.folder(commit)
    meant = ports.load(folder, target) if folder != ports.checkouts.root else tenant
    if ports.built is not None:
        return meant, ports.built(commit or ports.checkouts.head)
    return meant, ports.bundle(folder, meant, target)


def _differs(
    tenant: Tenant, target: Target, expected: tuple[Tenant, Bundle], ports: DriftDependencies
) -> bool:
    """Whether a deploy of the checked-out commit would change what is expected at a target."""
    try:
        now = _files(tenant, target, ports.checkouts.head, ports)
    except EdgefleetError:  # its files are not valid: then it is another state in any case
        return True
    wanted = (
        (
            desired_state(rendered_config(one, target.environment, bundle), bundle),
            declared_of(one, target.environment),
        )
        for one, bundle in (expected, now)
    )
    return next(wanted) != next(wanted)


def _made(
    last: DeploymentEvent | None, records: Sequence[Record], elsewhere: RemoteDeployment | None
) -> DeployedBy:
    """Return who made the version that is live, here or elsewhere."""
    live = last.main_version if last else None
    newest = expected_record(records)
    if newest and newest.version_id == live and newest.dirty:
        return DeployedBy.DIRTY
    if recorded(live, records) or (elsewhere is not None and elsewhere.version_id == live):
        return DeployedBy.BY_EDGEFLEET
    return DeployedBy.BY_OTHERS


def _notes(tenant: Tenant, way: AccountSession, live: LiveState, now: datetime | None) -> list[str]:
    held = in_force(tenant.config, now) if now else None
    expiry = way.expiry_note(now) if now else ""
    return [*filter(None, (held, expiry)), *_latest(live)]


def _latest(live: LiveState) -> list[str]:
    newest, deployment = live.newest_version, live.deployment
    if deployment is None or newest is None or deployment.names(newest):
        return []
    words = "secrets cannot be changed until it is, or until another is deployed"
    return [f"the latest version {newest} is not live: {words}"]


def _unmanaged_scripts(
    tenant: Tenant, scripts: Iterable[str], orphans: Iterable[DriftFinding]
) -> list[str]:
    base = str(tenant.layers.name())
    known = {str(tenant.resolved(one)["name"]) for one in tenant.fleet.deployable}
    known |= {str(one.change.before) for one in orphans}
    return [
        f"the script {name} has a name of this fleet, and no file describes it"
        for name in sorted(scripts)
        if (name == base or name.startswith(f"{base}-")) and name not in known
    ]
