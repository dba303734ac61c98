"""`edgefleet drift`."""

import json
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import click

from edgefleet.cli.locked_by import LockedBy
from edgefleet.cli.options.locks import lock_options
from edgefleet.cli.options.shared import (
    environments_of,
    no_cache_option,
    parallel_option,
    replace_split_option,
    root_option,
    tenants_options,
)
from edgefleet.cli.options.types import BuiltType
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.show import show
from edgefleet.cli.output.target_errors import TargetErrors, target_errors
from edgefleet.cli.tenant_selection import select_tenants
from edgefleet.cli.wiring import Wiring
from edgefleet.config.files.kept_tenants import names_of
from edgefleet.drift.check import DriftCheck
from edgefleet.drift.models import Drift
from edgefleet.drift.repair import RepairOptions
from edgefleet.drift.report import LEGEND, drift_github, drift_json, drift_sarif, drift_text
from edgefleet.drift.run import DriftOptions, check_fleet
from edgefleet.errors import ChangesFound, UsageError
from edgefleet.fleet.locking import targets_of
from edgefleet.locks.locking import LockMode
from edgefleet.locks.models import Lock


@click.command()
@tenants_options()
@click.option("--env", "environment", required=True, metavar="ENV|all", help="The environment.")
@click.option("--ref", help="Expect this branch, tag or commit, not the one last deployed.")
@click.option("--deployed", is_flag=True, help="Report a missing script as drift: it was deployed.")
@click.option(
    "--built",
    type=BuiltType(),
    multiple=True,
    metavar="COMMIT=SHA256",
    help="Take this bundle in .edgefleet/bundles for a commit, and build nothing; once for each "
    "commit. COMMIT=failed: it could not be built.",
)
@click.option("--repair", is_flag=True, help="Deploy the expected state again; asks first.")
@click.option("--yes", is_flag=True, help="Repair without a question.")
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
@no_cache_option
@root_option
def drift(
    *,
    selector: str,
    exclude: str | None,
    environment: str,
    ref: str | None,
    deployed: bool,
    built: tuple[tuple[str, str | None], ...],
    repair: bool,
    yes: bool,
    replace_split: bool,
    parallel: int,
    output_format: str,
    wait: float,
    lock: str,
    output: Path | None,
    no_cache: bool,
    root: Path | None,
) -> None:
    """Compare the live state with what was last deployed on purpose; --repair deploys that again.

    In the report - is gone, + was added, ~ has another value than expected. Exit 0: in sync, or
    not deployed, if no record says that it ever was. Exit 3: something differs and was not
    repaired. An error at one target does not stop the others: all errors are printed at the end,
    and the command ends with the exit code of the first. A repair ends a gradual deployment that
    edgefleet did not start only with --replace-split. It undoes a deploy of uncommitted changes
    only after a question, or with --ref. A script that edgefleet made and no target names any more
    is a difference, which no repair removes: the report has the command.
    """
    if repair and not (yes or sys.stdin.isatty()):
        raise UsageError(
            "--repair needs confirmation, but stdin is not a terminal", hint="pass --yes, too"
        )
    wiring = Wiring(root, lock_mode=LockMode(lock), cache=not no_cache)
    environments = environments_of(environment, wiring.fleet)
    names = select_tenants(wiring.root, selector, exclude=exclude)
    validation = wiring.validated(names, environments)
    tenants = validation.tenants
    locked_by = LockedBy(
        wiring, [one for env in environments for one in targets_of(names_of(tenants), env)]
    )
    repairs = RepairOptions(
        confirm=_show if yes else _confirm, unattended=yes, replace_split=replace_split, wait=wait
    )
    with target_errors() as errors:
        drifts = [
            _locked(drift, locked_by.of(drift.target))
            for drift in check_fleet(
                wiring,
                tenants,
                environments,
                DriftOptions(
                    ref=ref, deployed=deployed, parallel=parallel, built=dict(built) or None
                ),
                errors.add,
                repairs if repair else None,
                validation.scripts,
            )
        ]
        _print(drifts, errors, output_format, output)
        wiring.say_plain()
    if any(drift.left for drift in drifts):
        raise ChangesFound("")


def _show(check: DriftCheck) -> bool:
    show(drift_text(check.drift), err=True)
    return True


def _confirm(check: DriftCheck) -> bool:
    question = f"Deploy the expected state of {check.drift.target} again?"
    return _show(check) and click.confirm(question, err=True)


def _locked(drift: Drift, lock: Lock | None) -> Drift:
    # Nearly none is: a copy of each of thousands would take room.
    return drift.model_copy(update={"locked_by": lock}) if lock else drift


def _print(
    drifts: Sequence[Drift], errors: TargetErrors, output_format: str, output: Path | None
) -> None:
    if output is not None:
        output.write_text(_report(drifts, errors, output_format) + "\n")
    elif output_format == "json":
        print_json([*drift_json(drifts), *errors.json()])
    elif output_format == "text":
        show(_report(drifts, errors, output_format))
    else:
        click.echo(_report(drifts, errors, output_format))


def _report(drifts: Sequence[Drift], errors: TargetErrors, output_format: str) -> str:
    if output_format == "json":
        return json.dumps([*drift_json(drifts), *errors.json()], indent=2)
    if output_format == "github":
        return drift_github(drifts)
    if output_format == "sarif":
        return json.dumps(drift_sarif(drifts, version("edgefleet")), indent=2)
    lines = [drift_text(drift, legend=False) for drift in drifts]
    return "\n".join([*lines, *[f"({LEGEND})"] * any(drift.drifting for drift in drifts)])
