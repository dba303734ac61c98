"""`edgefleet provision`."""

import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote

import click

from edgefleet.cli.options.locks import lock_options
from edgefleet.cli.options.shared import (
    PARALLEL,
    changing_parallel_option,
    env_option,
    format_option,
    root_option,
    tenants_options,
)
from edgefleet.cli.output.provision_report import ProvisionReport
from edgefleet.cli.tenant_selection import refuse_dev, select_tenants
from edgefleet.cli.wiring import Wiring
from edgefleet.config.files.kept_tenants import names_of
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.signals import Cancellation
from edgefleet.errors import EdgefleetError, UsageError
from edgefleet.fleet.locking import hold_all, lock_owner, targets_of
from edgefleet.locks.locking import LockMode
from edgefleet.onboard.provision.models import Step, StepState
from edgefleet.onboard.provision.plan import ProvisionDependencies, ProvisionOptions, TargetPlan
from edgefleet.onboard.provision.reading import bound_in_accounts, read_tenants
from edgefleet.onboard.provision.run import (
    ChangeDependencies,
    apply_all,
    complete_before,
    plan_all,
)
from edgefleet.onboard.provision.store import NotesFolder
from edgefleet.records.provenance import origin

ACTION = "provision"
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
"""One label of a host's name."""


@click.command()
@tenants_options(former=None)
@env_option(required=True)
@click.option("--apply", is_flag=True, help="Make what is missing; without it, show the plan.")
@click.option(
    "--yes",
    is_flag=True,
    help="Take over, without a question, what has the right name already.",
)
@click.option("--resume", is_flag=True, help="Skip targets that an earlier run left complete.")
@click.option(
    "--subdomain",
    metavar="NAME",
    help="The account's name below workers.dev, where it has none. [default: the tenant's]",
)
@format_option("text", "json")
@changing_parallel_option(PARALLEL)
@lock_options
@root_option
def provision(
    *,
    selector: str,
    exclude: str | None,
    environment: Environment,
    apply: bool,
    yes: bool,
    resume: bool,
    subdomain: str | None,
    output_format: str,
    parallel: int,
    wait: float,
    lock: str,
    root: Path | None,
) -> None:
    """Make what the files of tenants bind and their accounts lack, and write the ids down.

    KV namespaces, D1 databases, Vectorize indexes, R2 buckets, queues, Hyperdrive configurations,
    AI Gateways, dispatch namespaces, and the account's name below workers.dev. Ids go into the
    tenant's own wrangler file. Nothing is made twice: the same command again does what is left.
    Nothing is deleted. Exit 10 where a part of several targets failed.
    """
    refuse_dev(environment, selector)
    if yes and not apply:
        raise UsageError("--yes answers the question that --apply asks: add --apply")
    wiring = Wiring(root, lock_mode=LockMode(lock))
    names = select_tenants(wiring.root, selector, exclude=exclude)
    _check_subdomain(subdomain, names, environment)
    tenants = read_tenants(wiring.root, names, (environment,), datetime.now(UTC).date())
    wiring.keep_budgets(tenants)
    again = f"edgefleet provision --tenants {quote(selector)} --env {environment}"
    report = ProvisionReport(again + _without(exclude), output_format)
    deps = ProvisionDependencies(
        wiring.root,
        wiring.credentials,
        wiring.api,
        NotesFolder(wiring.root / ".edgefleet" / "provision"),
        bound_in_accounts(wiring.root, {one.config.account_id for one in tenants}),
    )
    done = complete_before(tenants, environment, deps) if resume else []
    for tenant in done:
        report.skipped(Target(tenant=tenant.name, environment=environment))
    left = [tenant for tenant in tenants if tenant not in done]
    options = ProvisionOptions(subdomain, len(tenants) == 1, parallel)
    if apply and left:
        _apply(wiring, left, environment, deps, options, report, yes=yes, wait=wait)
    elif left:
        for plan in _plans(left, environment, deps, options, report):
            report.planned(plan)
    wiring.say_plain()
    report.finish(applied=apply)


def _apply(
    wiring: Wiring,
    tenants: Sequence[Tenant],
    environment: Environment,
    deps: ProvisionDependencies,
    options: ProvisionOptions,
    report: ProvisionReport,
    *,
    yes: bool,
    wait: float,
) -> None:
    """Hold the targets, look into their accounts, ask, and make what is missing."""
    owner = lock_owner(ACTION, origin(wiring.root, wiring.environ), None)
    targets = targets_of(names_of(tenants), environment)
    with hold_all(wiring, targets, owner, wait=wait) as locker:
        plans = _plans(tenants, environment, deps, options, report)
        taken = {plan.target: _taken(plan, yes=yes) for plan in plans}
        change = ChangeDependencies(
            provision=deps,
            open_api=wiring.api,
            locks=wiring.locks,
            locker=locker,
            owner=owner,
            clock=wiring.clock,
            halt=Cancellation(),
        )
        apply_all(plans, taken, change, report.ended, parallel=options.parallel)


def _without(exclude: str | None) -> str:
    return f" --exclude {quote(exclude)}" if exclude else ""


def _check_subdomain(subdomain: str | None, names: Sequence[str], environment: Environment) -> None:
    if subdomain is None:
        return
    if not LABEL.fullmatch(subdomain):
        raise UsageError(
            f"--subdomain {subdomain} is no name below workers.dev: it has 1 to 63 lower-case "
            "letters, digits and inner hyphens"
        )
    if len(names) > 1:
        raise UsageError(
            f"--subdomain is the name of one account, and --tenants selects {len(names)} tenants",
            hint=f"edgefleet provision --tenants {names[0]} --env {environment} "
            f"--subdomain {subdomain}",
        )


def _plans(
    tenants: Sequence[Tenant],
    environment: Environment,
    deps: ProvisionDependencies,
    options: ProvisionOptions,
    report: ProvisionReport,
) -> list[TargetPlan]:
    plans: list[TargetPlan] = []
    for target, found in plan_all(tenants, environment, deps, options):
        if isinstance(found, EdgefleetError):
            report.failed(target, found)
        else:
            plans.append(found)
    return plans


def _taken(plan: TargetPlan, *, yes: bool) -> Sequence[Step]:
    """Return what is taken over: all that has the right name, if you say so; else nothing."""
    there = [step for step in plan.steps if step.state is StepState.TAKE]
    if not there or yes:
        return there
    if not sys.stdin.isatty():
        return ()
    words = ", ".join(step.wanted.words for step in there)
    question = f"{plan.target}: the account has {words} already. Take it over?"
    return there if click.confirm(question, err=True) else ()
