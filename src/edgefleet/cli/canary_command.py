"""What the commands of `edgefleet canary` have in common: options, and how they end."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import click

from edgefleet.cli.options.locks import lock_options
from edgefleet.cli.options.shared import env_option, format_option, root_option, tenants_options
from edgefleet.cli.options.types import well_formed_text
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.show import show
from edgefleet.cli.output.target_errors import TargetErrors, target_errors
from edgefleet.cli.tenant_selection import refuse_dev, select_tenants
from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.errors import EdgefleetError, UsageError
from edgefleet.locks.locking import LockMode
from edgefleet.records.models import Origin
from edgefleet.records.provenance import origin
from edgefleet.records.signature import LONGEST_REASON
from edgefleet.underway.fleet import act_on_canaries
from edgefleet.underway.models import CanaryResult
from edgefleet.underway.report import canary_json, canary_text
from edgefleet.underway.request import CanaryAction, CanaryRequest

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryOptions:
    """The options that all of these commands have."""

    selector: str
    exclude: str | None
    environment: Environment
    reason: str | None
    output_format: str
    wait: float
    lock: str
    root: Path | None


def canary_command_options(command: Command) -> Command:
    """Add the options of `CanaryOptions`, given to the command by these names."""
    reason = click.option(
        "--reason", callback=well_formed_text, help="Why; it stands in the record."
    )
    shown = format_option("text", "json")(lock_options(root_option(command)))
    return tenants_options(former=None)(env_option(required=True)(reason(shown)))


def act(
    options: CanaryOptions,
    action: CanaryAction,
    *,
    resume: bool = False,
    heed_hold: bool = True,
    health_timeout: float | None = None,
) -> None:
    """Do it with the canary of each target, print a row of each, and raise the worst error."""
    refuse_dev(options.environment, options.selector)
    if options.reason and len(options.reason.encode()) > LONGEST_REASON:
        raise UsageError(f"--reason is longer than {LONGEST_REASON} bytes", hint="shorten it")
    wiring = Wiring(options.root, lock_mode=LockMode(options.lock))
    names = select_tenants(wiring.root, options.selector, exclude=options.exclude)
    tenants = wiring.tenants(names, (options.environment,))
    here = origin(wiring.root, wiring.environ)
    requests = [
        replace(
            _request(wiring, tenant, options, action, here),
            resume=resume,
            heed_hold=heed_hold,
            health_deadline=health_timeout,
        )
        for tenant in tenants
    ]
    results: list[CanaryResult] = []
    with target_errors() as errors:
        worst = act_on_canaries(
            requests,
            lambda: replace(wiring.ports(), connect=wiring.connect_apart),
            lambda result: _each(results, result, options.output_format),
            lambda target, error: errors.add(target, f"{action} its canary", error),
        )
        if options.output_format == "json":
            print_json([*canary_json(results), *errors.json(f"{action} its canary")])
        wiring.say_plain()
        _raise(worst, results, errors)


def _request(
    wiring: Wiring, tenant: Tenant, options: CanaryOptions, action: CanaryAction, here: Origin
) -> CanaryRequest:
    return CanaryRequest(
        target=Target(tenant=tenant.name, environment=options.environment),
        load=lambda: tenant,
        load_at=wiring.tenant_in,
        root=wiring.root,
        origin=here,
        reason=options.reason,
        wait=options.wait,
        action=action,
    )


def _each(results: list[CanaryResult], result: CanaryResult, output_format: str) -> None:
    results.append(result)
    if output_format == "text":
        show(canary_text(result))


def _raise(worst: EdgefleetError | None, results: list[CanaryResult], errors: TargetErrors) -> None:
    """Raise the worst error; rows and the summary have said what happened, but not what to do."""
    if worst is None:
        return
    if len(results) + len(errors) > 1:
        worst.said = True
    raise worst
