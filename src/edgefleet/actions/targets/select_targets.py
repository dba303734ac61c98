"""Which targets a run works on: asked for, not held, set up at GitHub, and with something to do."""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from edgefleet.actions.promotion.deployments import ends, live_commit
from edgefleet.cli.options.types import named_environment
from edgefleet.cli.tenant_selection import ALL, select_tenants
from edgefleet.cli.wiring import Wiring
from edgefleet.config.files.fleet_file import fleet_of
from edgefleet.config.identifiers import APPROVAL, READONLY, UNATTENDED
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.git import is_ancestor
from edgefleet.core.ids import short_digest
from edgefleet.deploy.checks.canaries import policy_of_files
from edgefleet.deploy.checks.holds import hold
from edgefleet.errors import UsageError
from edgefleet.github.deployments import recent_deployments
from edgefleet.github.environments import Environments
from edgefleet.github.repository import GitHub
from edgefleet.github.workflow_files import workflow_file
from edgefleet.records.provenance import origin

HELD, NOT_SET_UP = "held", "not set up"
GUARDED = "guarded"
"""Why a target is left out whose environment has reviewers or a timer."""

PACKAGES = ("package.json", "package-lock.json")
"""What decides the bundle besides the Worker; the rest of a target is its tenant's folder."""

Differs = Callable[[str, Sequence[str]], bool]
"""Whether any of some paths differs between a commit and the one that is checked out."""


@dataclass(frozen=True)
class SkippedTarget:
    """A target that the inputs name and the run skips; `outcome` is one of these words.

    `why` does not name the target, so that many targets can share one reason.
    """

    target: Target
    outcome: str
    why: str


@dataclass(frozen=True)
class SelectedTargets:
    """The targets that a run works on, and those that it skips."""

    targets: Sequence[Target]
    unchanged: Sequence[Target] = ()
    plan_only: Sequence[Target] = ()
    """Targets with a job that shows the plan, in the environment with the read-only token."""
    skipped: Sequence[SkippedTarget] = ()
    unreadable: Sequence[Target] = ()
    """Targets that can be deployed, but have no environment with a read-only token."""
    waves: Sequence[Sequence[dict[str, object]]] = ()
    """The jobs of each ring, in their order."""
    sharded: bool = False
    """Whether a job works on many targets."""
    approval: str = ""
    """The environment in which the whole run is approved, if there is one."""
    canaries: bool = False
    """Whether the files have a policy by which a target has a canary."""
    attended: Collection[Target] = ()
    """What has no environment for rollbacks, and waits for its reviewers."""
    warnings: Sequence[str] = ()
    superseded: str = ""
    """Why there is nothing to do: the commit that was meant is no longer the newest one."""


def asked_for(root: Path, tenants: str, environment: str) -> list[Target]:
    """Return the targets that the inputs name; raises `UsageError` for one that does not exist."""
    fleet = fleet_of(root)
    if environment == ALL:
        environments: Sequence[Environment] = fleet.deployable
    else:
        environments = [named_environment(environment, fleet)]
    if not environments[0].deployable:
        raise UsageError("dev runs on a developer's machine and is never deployed")
    names = select_tenants(root, tenants)
    return [Target(tenant=name, environment=one) for name in names for one in environments]


def loaded(root: Path, targets: Sequence[Target]) -> Sequence[Tenant]:
    """Validate and return the tenants of these targets."""
    names = tuple(dict.fromkeys(target.tenant for target in targets))
    environments = tuple(dict.fromkeys(target.environment for target in targets))
    return Wiring(root).tenants(names, environments)


def with_canary(tenants: Sequence[Tenant], targets: Collection[Target]) -> list[Target]:
    """Return the targets whose deploys have a canary by a policy of the files."""
    environments = {target.environment for target in targets}
    having = {
        Target(tenant=tenant.name, environment=environment)
        for tenant in tenants
        for environment in environments
        if policy_of_files(tenant, environment) is not None
    }
    return [target for target in targets if target in having]


def held(
    root: Path, targets: Sequence[Target], tenants: Sequence[Tenant]
) -> Iterator[SkippedTarget]:
    """Yield the targets whose tenants are pinned or frozen."""
    here, now = origin(root, os.environ), datetime.now(UTC)
    words = {tenant.name: hold(tenant.config, now, here) for tenant in tenants}
    for target in targets:
        if said := words[target.tenant]:
            yield SkippedTarget(target, HELD, said)


def superseded(root: Path, asked: str, here: str) -> str:
    """Say why a run that is meant for a commit has nothing to do; empty where it has.

    A push starts a run of the branch, which may have moved on by then: the run of the push that
    moved it deploys what is newer. Raises `UsageError` for a commit that the branch never had.
    """
    if not asked or asked == here:
        return ""
    if not is_ancestor(root, asked, here):
        raise UsageError(
            f"this run is of commit {short_digest(here)}, which does not contain "
            f"{short_digest(asked)}",
            hint="start the run on the branch that has the commit: gh workflow run "
            f"{workflow_file(root, 'deploy')} --ref BRANCH",
        )
    return (
        f"commit {short_digest(asked)} was meant, and this run is of {short_digest(here)}, "
        "which contains it"
    )


def approval_of(environment: str, github: GitHub | None) -> str:
    """Return the environment in which a whole run is approved, if the repository has it."""
    name = f"{environment}{APPROVAL}"
    return name if github and name in environments_of(github) else ""


def deploy_targets(
    targets: Sequence[Target],
    github: GitHub | None,
    differs: Differs,
    *,
    tenants: str,
    worker: Sequence[str] = (),
    force: bool = False,
    dry_run: bool = False,
) -> SelectedTargets:
    """Select the targets that have an environment at GitHub and changed since their live commit.

    `tenants` is the selector of the run: a tenant that it names must have its environments.
    `worker` holds git's pathspecs of what decides the deploys of all tenants.
    """
    if github is None:
        return SelectedTargets(targets)
    known = environments_of(github)
    ready, skipped = _set_up(targets, known, "", tenants)
    live = {} if force else live_commits(github, ready)
    unchanged = [one for one, commit in live.items() if not changed(one, commit, differs, worker)]
    left = [one for one in ready if one not in unchanged]
    plan_only = [one for one in left if f"{one}{READONLY}".casefold() in known]
    # A dry run needs no more than the unprotected environment.
    work = [one for one in left if one not in plan_only] if dry_run else left
    return SelectedTargets(work, unchanged, plan_only, skipped)


def drift_targets(
    targets: Sequence[Target], github: GitHub | None, *, tenants: str
) -> SelectedTargets:
    """Select the targets that have an environment with a read-only token."""
    if github is None:
        return SelectedTargets(targets)
    known = environments_of(github)
    ready, skipped = _set_up(targets, known, READONLY, tenants)
    unreadable = [one.target for one in skipped if str(one.target).casefold() in known]
    return SelectedTargets(ready, skipped=skipped, unreadable=unreadable)


def rollback_targets(
    targets: Sequence[Target], github: GitHub | None, *, tenants: str
) -> SelectedTargets:
    """Select the targets that have an environment, and those whose rollback waits for reviewers.

    A target without an unattended environment uses its own: a late rollback is better than none.
    """
    if github is None:
        return SelectedTargets(targets, attended=targets)
    targets, skipped = _set_up(targets, environments_of(github), "", tenants)
    live = Environments(github).known(f"{one}{UNATTENDED}" for one in targets)
    attended = frozenset(one for one in targets if f"{one}{UNATTENDED}" not in live)
    hint = "edgefleet github bootstrap makes it right"
    warnings = [
        f"{one} has no environment {one}{UNATTENDED}: its rollback waits for reviewers; {hint}"
        for one in sorted(attended, key=str)
    ]
    for name, protection in live.items():
        if protection.reviewers or protection.wait_minutes:
            warnings.append(f"a rollback waits in {name}, which has reviewers or a timer; {hint}")
        if not protection.branches:
            warnings.append(f"a job of any branch can use the token of {name}; {hint}")
    return SelectedTargets(targets, skipped=skipped, attended=attended, warnings=warnings)


def environments_of(github: GitHub) -> frozenset[str]:
    """Return the names of GitHub's environments, which it compares in lower case."""
    return frozenset(name.casefold() for name in github.environments())


def no_environment(names: Sequence[str]) -> UsageError:
    """Return what is raised where one is missing.

    GitHub would create it on first use: without reviewers, and without a secret.
    """
    return UsageError(
        f"GitHub has no environment {', '.join(names)}",
        hint="create it: edgefleet github bootstrap --env ENV",
    )


def _set_up(
    targets: Sequence[Target], known: frozenset[str], suffix: str, tenants: str
) -> tuple[list[Target], list[SkippedTarget]]:
    """Return the targets with and without an environment: a tenant is merged before it is set up.

    Raises `UsageError` if `tenants` names a tenant without one, or if no target has one.
    """
    missing = [one for one in targets if f"{one}{suffix}".casefold() not in known]
    named = {term.strip() for term in tenants.split(",")}
    refused = [one for one in missing if one.tenant in named or len(missing) == len(targets)]
    if refused:
        raise no_environment([f"{one}{suffix}" for one in refused])
    which = f"of this name with {suffix}" if suffix else "of this name"
    why = f"GitHub has no environment {which} (docs/adding-a-tenant.md)"
    skipped = [SkippedTarget(one, NOT_SET_UP, why) for one in missing]
    return [one for one in targets if one not in missing], skipped


def live_commits(github: GitHub, targets: Sequence[Target]) -> dict[Target, str | None]:
    """Return the commit that is live at each target; None where GitHub cannot tell.

    A rollback stands in another environment, and counts as whatever ended last does.
    """
    names = [name for one in targets for name in (str(one), f"{one}{UNATTENDED}")]
    told = recent_deployments(github, names, lambda some: bool(ends(some)))
    return {one: live_commit(told[str(one)] + told[f"{one}{UNATTENDED}"]) for one in targets}


def changed(target: Target, live: str | None, differs: Differs, worker: Sequence[str]) -> bool:
    """Whether a target's files are not those of the commit that is live in its environment."""
    return live is None or differs(live, (*worker, *PACKAGES, f"tenants/{target.tenant}"))
