"""Compare what runs with what was last deployed on purpose, and say who changed it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edgefleet.errors import UsageError
from edgefleet.flows.access import Connect, Way, open_account
from edgefleet.flows.plan import Observe, plan_target
from edgefleet.model.bundle import Bundle
from edgefleet.model.drift import Drift, Expected
from edgefleet.model.history import Deployed
from edgefleet.model.live import Live
from edgefleet.model.record import Record
from edgefleet.model.target import DEPLOYABLE, Target
from edgefleet.model.tenant import Tenant
from edgefleet.ports.credentials import Credentials
from edgefleet.ports.git import checkout, resolve_commit, worktree
from edgefleet.ports.records import Records
from edgefleet.rules.drift import allowed, commit_of_tag, drifted, expected_record
from edgefleet.rules.environments import resolve


@dataclass(frozen=True, slots=True)
class DriftPorts:
    """The outside world, as a look needs it; nothing here writes to Cloudflare."""

    root: Path
    credentials: Credentials
    connect: Connect
    observe: Observe
    records: Records
    load: Callable[[Path, Target], Tenant]
    """Validates and loads a target's tenant in a checkout."""
    bundle: Callable[[Path, Tenant, Target], Bundle]
    """Builds the Worker of a checkout."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was found at one target, and the expected state that it was compared with."""

    drift: Drift
    tenant: Tenant
    bundle: Bundle


@contextmanager
def look(
    tenant: Tenant, target: Target, ports: DriftPorts, *, ref: str | None, allow_plain: bool
) -> Iterator[Look]:
    """Compare one target with its expected commit, which stays checked out while this is open.

    Raises `CredentialError` and `CloudflareError` where it could not look.
    """
    way = open_account(tenant, target, ports.credentials, ports.connect, allow_plain=allow_plain)
    script = str(resolve(tenant.wrangler, target.environment)["name"])
    records = ports.records.of(target)
    expected = _expected(script, way, ports, records, ref)
    with _checked_out(ports.root, expected.commit) as folder:
        meant = ports.load(folder, target) if folder != ports.root else tenant
        bundle = ports.bundle(folder, meant, target)
        planned = plan_target(meant, target, bundle, way, ports.observe)
        last = next(way.account.deployments(script), None)
        ours = last is not None and _made_by_us(last, records)
        exceptions = tenant.config.drift.ignore
        kept = [one for one in planned.plan.changes if not allowed(one, exceptions)]
        drift = Drift(
            target=target,
            script=script,
            expected=expected,
            findings=drifted(kept, last, ours=ours),
            ignored=tuple(one for one in planned.plan.changes if one not in kept),
            notes=(*_latest(planned.before), *_strangers(tenant, way, planned.before)),
            last_change=last,
        )
        yield Look(drift, meant, bundle)


def _expected(
    script: str, way: Way, ports: DriftPorts, records: Sequence[Record], ref: str | None
) -> Expected:
    head = checkout(ports.root).commit
    if ref is not None:
        commit = resolve_commit(ports.root, ref)
        if commit is None:
            raise UsageError(f"git knows no commit '{ref}'", hint="name a branch, tag or commit")
        return Expected(commit=commit, why=f"--ref {ref}", pending=commit != head)
    record = expected_record(records)
    named = (record.git_commit if record else None) or _commit_at_cloudflare(script, way)
    commit = resolve_commit(ports.root, named) if named else None
    if commit is None:
        why = f"commit {named} is not in this repository" if named else "no commit is on record"
        return Expected(commit=None, why=f"{why}: the working tree stands for it")
    why = f"the deploy of {record.started:%Y-%m-%d %H:%M} UTC" if record else "the version's tag"
    return Expected(commit=commit, why=why, pending=commit != head)


def _commit_at_cloudflare(script: str, way: Way) -> str | None:
    tags = way.account.version_tags(script)
    return next((commit for commit in map(commit_of_tag, tags) if commit), None)


@contextmanager
def _checked_out(root: Path, commit: str | None) -> Iterator[Path]:
    now = checkout(root)
    if commit is None or (commit == now.commit and not now.dirty):
        yield root
        return
    with worktree(root, commit) as folder:
        yield folder


def _made_by_us(last: Deployed, records: Sequence[Record]) -> bool:
    return any(record.version_id == last.main_version for record in records)


def _latest(live: Live) -> list[str]:
    newest, deployment = live.newest_version, live.deployment
    if deployment is None or newest is None or deployment.names(newest):
        return []
    words = "secrets cannot be changed until it is, or until another is deployed"
    return [f"the latest version {newest} is not live: {words}"]


def _strangers(tenant: Tenant, way: Way, live: Live) -> list[str]:
    base = str(tenant.wrangler["name"])
    known = {str(resolve(tenant.wrangler, one)["name"]) for one in DEPLOYABLE}
    scripts = live.scripts if live.deployment else way.account.script_names()
    return [
        f"the script {name} has a name of this fleet, and no file describes it"
        for name in sorted(scripts)
        if (name == base or name.startswith(f"{base}-")) and name not in known
    ]
