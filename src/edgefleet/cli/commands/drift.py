"""`edgefleet drift`."""

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import click

from edgefleet.build.build import Bundler
from edgefleet.cli.checkout_tenants import CheckoutTenants
from edgefleet.cli.held_targets import targets_of
from edgefleet.cli.locked_by import LockedBy
from edgefleet.cli.options.locks import lock_options
from edgefleet.cli.options.shared import (
    environments_of,
    parallel_option,
    replace_split_option,
    root_option,
    tenants_options,
)
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.show import show
from edgefleet.cli.output.target_errors import TargetErrors
from edgefleet.cli.tenant_selection import select_tenants
from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.core.parallel import map_in_processes
from edgefleet.core.worktrees import Worktrees
from edgefleet.deploy.checks.commits import check_merged
from edgefleet.deploy.pipeline import deploy
from edgefleet.deploy.request import DeployRequest
from edgefleet.drift.baseline import named_commit, require_here, require_merged
from edgefleet.drift.check import DriftCheck, DriftDependencies, check_targets
from edgefleet.drift.models import Drift
from edgefleet.drift.report import LEGEND, drift_github, drift_json, drift_sarif, drift_text
from edgefleet.errors import (
    ChangesFound,
    EdgefleetError,
    Interrupted,
    RestoreError,
    UsageError,
)
from edgefleet.locks.locking import LockMode
from edgefleet.plan.accounts import Accounts
from edgefleet.records.provenance import origin
from edgefleet.records.store import ListedRecords

Repair = Callable[[DriftCheck], bool]
"""Repairs what drifts at one target; returns whether it was wanted."""

WORTH_A_PROCESS = 50
"""Owners of tokens whose targets take so long to look at that it is worth another process."""


@click.command()
@tenants_options()
@click.option("--env", "environment", required=True, metavar="ENV|all", help="The environment.")
@click.option("--ref", help="Expect this branch, tag or commit, not the one last deployed.")
@click.option("--deployed", is_flag=True, help="It was deployed: a script that is gone is drift.")
@click.option("--repair", is_flag=True, help="Deploy the expected state again, after showing.")
@click.option("--yes", is_flag=True, help="Repair without asking.")
@replace_split_option
@parallel_option
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    show_default=True,
    help="How findings are written.",
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file, not stdout."
)
@lock_options
@root_option
def drift(
    *,
    selector: str,
    exclude: str | None,
    environment: str,
    ref: str | None,
    deployed: bool,
    repair: bool,
    yes: bool,
    replace_split: bool,
    parallel: int,
    output_format: str,
    wait: float,
    lock: str,
    output: Path | None,
    root: Path | None,
) -> None:
    """Compare what runs with what was last deployed on purpose; --repair deploys that again.

    The signs tell what happened: - is gone, + was added, ~ is another than expected. Exit 0 in sync
    (or not deployed, where nothing tells that it ever was), 3 where something differs and was not
    repaired. Where it could not look at a target, or not repair it, it goes on with the others and
    ends with the code of the first such error. A repair ends a traffic split that edgefleet
    did not begin only with --replace-split; it undoes a deploy of uncommitted changes only after a
    question, or with --ref.
    """
    if repair and not (yes or sys.stdin.isatty()):
        raise UsageError("--repair asks first, and here is nobody to ask", hint="add --yes")
    wiring = Wiring(root, lock_mode=LockMode(lock))
    environments = environments_of(environment)
    tenants = wiring.tenants(select_tenants(wiring.root, selector, exclude=exclude), environments)
    locked_by = LockedBy(
        wiring, [one for env in environments for one in targets_of([t.name for t in tenants], env)]
    )
    found, failures = _looked(
        wiring,
        tenants,
        environments,
        ref,
        deployed=deployed,
        repair=partial(_repair, wiring, ref=ref, yes=yes, replace_split=replace_split, wait=wait)
        if repair
        else None,
        parallel=parallel,
    )
    found = [one.model_copy(update={"locked_by": locked_by.of(one.target)}) for one in found]
    places = {one.name: place for place, one in enumerate(tenants)}
    found.sort(key=lambda one: places[one.target.tenant])  # they may come in groups of owners
    if output is None and output_format == "json":
        print_json([*drift_json(found), *failures.json()])
    elif output is None and output_format == "text":
        show(_written(found, failures, output_format))
    elif output is None:
        click.echo(_written(found, failures, output_format))
    else:
        output.write_text(_written(found, failures, output_format) + "\n")
    wiring.say_plain()
    failures.end()
    if any(one.left for one in found):
        raise ChangesFound("")


def _looked(
    wiring: Wiring,
    tenants: tuple[Tenant, ...],
    environments: tuple[Environment, ...],
    ref: str | None,
    *,
    deployed: bool,
    repair: Repair | None,
    parallel: int,
) -> tuple[list[Drift], TargetErrors]:
    """Look at every target, whatever becomes of the others; or repair them, one after the other."""
    owners = list(by_owner(tenants))
    alone = len(tenants) == 1

    def seen(
        part: Sequence[Sequence[Tenant]],
    ) -> Iterator[tuple[Target, DriftCheck | EdgefleetError]]:
        some = tuple(tenant for group in part for tenant in group)
        asked = [
            (tenant, Target(tenant=tenant.name, environment=environment))
            for tenant in some
            for environment in environments
        ]
        with Worktrees(wiring.root) as checkouts:
            if ref is not None:
                # A wrong one is said once, and not for each target.
                check_merged(wiring.lineage, named_commit(checkouts, ref), wiring.progress)
            ports = _ports(wiring, checkouts, some, environments)
            yield from check_targets(
                asked, ports, ref=ref, allow_plain=alone, deployed=deployed, parallel=parallel
            )

    if repair:
        return gathered(seen(owners), repair)
    parts = map_in_processes(
        lambda part: [_slight(one) for one in seen(part)], owners, WORTH_A_PROCESS
    )
    return gathered(chain.from_iterable(parts), None)


def by_owner(tenants: Iterable[Tenant]) -> Iterable[Sequence[Tenant]]:
    """Return tenants in groups, each with all of one owner's: its requests are counted together."""
    groups: dict[str, list[Tenant]] = defaultdict(list)
    for tenant in tenants:
        owner = tenant.config.owner
        groups[f"owner {owner}" if owner else tenant.name].append(tenant)
    return groups.values()


def _slight(
    one: tuple[Target, DriftCheck | EdgefleetError],
) -> tuple[Target, Drift | EdgefleetError]:
    """Leave out what only a repair needs."""
    target, found = one
    return target, found.drift if isinstance(found, DriftCheck) else found


def gathered(
    seen: Iterable[tuple[Target, DriftCheck | Drift | EdgefleetError]],
    repair: Repair | None,
) -> tuple[list[Drift], TargetErrors]:
    """Return what was found, and each failure to look or to repair, which is said as it comes.

    What drifts is repaired, where `repair` is given, and looks are; a target of which it says no
    stays as it is. Raises `Interrupted` and `RestoreError`, which end the whole run: nothing new is
    begun.
    """
    found: list[Drift] = []
    failures = TargetErrors()
    for target, one in seen:
        if isinstance(one, EdgefleetError):
            failures.note(target, "look", one)
            continue
        found.append(one.drift if isinstance(one, DriftCheck) else one)
        if repair and isinstance(one, DriftCheck) and one.drift.drifting:
            try:
                require_here(one.drift.expected)
                found[-1] = one.drift.model_copy(update={"repaired": repair(one)})
            except (Interrupted, RestoreError):
                raise
            except EdgefleetError as error:
                failures.note(target, "repair", error)
                if error.interrupted:
                    words = f"interrupted while {target} was restored: {error.message}"
                    raise Interrupted(words) from error
    return found, failures


def _ports(
    wiring: Wiring,
    checkouts: Worktrees,
    tenants: tuple[Tenant, ...],
    environments: tuple[Environment, ...],
) -> Callable[[], DriftDependencies]:
    """Return what makes the ports of one target: connections of its own, the rest shared."""
    elsewhere = CheckoutTenants(tuple(one.name for one in tenants), environments)
    bundler = Bundler(wiring.builder)
    records = ListedRecords(wiring.records.folder)

    def ports() -> DriftDependencies:
        accounts = Accounts(wiring.api)
        return DriftDependencies(
            checkouts=checkouts,
            credentials=wiring.credentials,
            connect=accounts.connect,
            observe=accounts.observe,
            records=records,
            lineage=wiring.lineage,
            load=elsewhere.tenant,
            bundle=lambda folder, tenant, target: bundler(folder, tenant, target.environment),
            now=wiring.clock.now(),
        )

    return ports


def _repair(
    wiring: Wiring,
    seen: DriftCheck,
    *,
    ref: str | None,
    yes: bool,
    replace_split: bool,
    wait: float,
) -> bool:
    """Deploy the expected state again; return whether that was wanted."""
    drift = seen.drift
    show(drift_text(drift), err=True)
    require_merged(drift.expected, wiring.lineage)
    if drift.expected.dirty and ref is None and yes:
        raise UsageError(
            "what runs was deployed with uncommitted changes, and a repair would undo them",
            hint="commit them and deploy, or name what is to be deployed: --ref GIT_REF",
        )
    if not yes and not click.confirm(
        f"Deploy the expected state of {drift.target} again?", err=True
    ):
        return False
    commit = drift.expected.commit
    here = origin(wiring.root, wiring.environ)
    there = here.model_copy(update={"git_commit": commit, "dirty": False}) if commit else here
    count = len(drift.findings)
    request = DeployRequest(
        target=drift.target,
        load=lambda: seen.tenant,
        bundle=lambda _: seen.bundle,
        origin=there,
        reason=f"repair of {count} difference{'' if count == 1 else 's'}",
        take_over=replace_split,
        allow_foreign=True,
        allow_older=True,
        heed_hold=False,
        wait=wait,
    )
    wiring.progress.heading(f"repair {drift.target}")
    deploy(request, wiring.ports())
    return True


def _written(found: list[Drift], failures: TargetErrors, output_format: str) -> str:
    if output_format == "json":
        return json.dumps([*drift_json(found), *failures.json()], indent=2)
    if output_format == "github":
        return drift_github(found)
    if output_format == "sarif":
        return json.dumps(drift_sarif(found, version("edgefleet")), indent=2)
    lines = [drift_text(one, legend=False) for one in found]
    return "\n".join([*lines, *[f"({LEGEND})"] * any(one.drifting for one in found)])
