"""`edgefleet health`."""

from collections.abc import Sequence
from pathlib import Path

import click

from edgefleet.cli.locked_by import LockedBy
from edgefleet.cli.options.shared import (
    env_option,
    format_option,
    parallel_option,
    root_option,
    tenants_options,
)
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.show import show
from edgefleet.cli.output.target_errors import CHECK, target_errors
from edgefleet.cli.tenant_selection import refuse_dev, select_tenants
from edgefleet.cli.wiring import Wiring
from edgefleet.config.files.kept_tenants import names_of
from edgefleet.config.target import Environment
from edgefleet.config.tenant import Tenant
from edgefleet.deploy.checks.holds import in_force
from edgefleet.errors import EdgefleetError, UnhealthyError
from edgefleet.fleet.locking import targets_of
from edgefleet.health.check import Test, check_health
from edgefleet.health.models import SmokeResult
from edgefleet.health.report import HealthResult, health_json, health_text
from edgefleet.health.smoke import secrets_of_all
from edgefleet.health.smoke import smoke as run_smoke
from edgefleet.records.models import Health


@click.command()
@tenants_options()
@env_option(required=True)
@click.option(
    "--timeout",
    type=click.FloatRange(min=1, max=3600),
    default=10.0,
    show_default=True,
    help="Seconds within which each Worker must prove itself.",
)
@click.option(
    "--smoke",
    is_flag=True,
    help="Try each healthy Worker with the smoke test of fleet.jsonc too; it needs the secrets "
    "that it names.",
)
@format_option("text", "json")
@parallel_option
@root_option
def health(
    *,
    selector: str,
    exclude: str | None,
    environment: Environment,
    timeout: float,
    smoke: bool,
    output_format: str,
    parallel: int,
    root: Path | None,
) -> None:
    """Probe the Workers of tenants: the version that is live must answer as fleet.jsonc says.

    A Worker that answers `ready: false` is not healthy. Exit 7 where one is not healthy, or is
    gone though it was deployed; a target that was never deployed is `not deployed`, and no failure.
    Where it could not look at one, it goes on with the others and ends with the code of the first
    such error, unless one is not healthy.
    """
    refuse_dev(environment, selector)
    wiring = Wiring(root)
    tenants = wiring.tenants(select_tenants(wiring.root, selector, exclude=exclude), (environment,))
    held = {one.name: in_force(one.config, wiring.clock.now()) for one in tenants}
    locked_by = LockedBy(wiring, targets_of(names_of(tenants), environment))
    results: list[HealthResult] = []
    with target_errors() as errors:
        for target, found in check_health(
            tenants,
            environment,
            wiring.health_ports,
            deadline=timeout,
            test=_smoke_test(wiring, tenants, environment) if smoke else _no_test,
            parallel=parallel,
        ):
            if isinstance(found, EdgefleetError):
                errors.add(target, CHECK, found)
                continue
            results.append(HealthResult(target, *found, held[target.tenant], locked_by.of(target)))
            if output_format == "text":
                show(health_text(results[-1]))
        if output_format == "json":
            print_json([*health_json(results), *errors.json()])
        wiring.say_plain()
        _require_healthy(results)


def _no_test(_tenant: Tenant, _health: Health) -> None:
    return None


def _smoke_test(wiring: Wiring, tenants: Sequence[Tenant], environment: Environment) -> Test:
    secrets = secrets_of_all(tenants, environment, wiring.credentials)
    deps = wiring.smoke_ports()
    if any(tenant.fleet.smoke is None for tenant in tenants):
        wiring.progress.say("note: no smoke test: fleet.jsonc names none")

    def test(tenant: Tenant, found: Health) -> SmokeResult | None:
        contract, own = tenant.fleet.smoke, secrets[tenant.name]
        if contract is None:
            return None
        return run_smoke(contract, tenant, environment, found, secrets=own, deps=deps)

    return test


def _require_healthy(results: list[HealthResult]) -> None:
    unhealthy = [
        str(one.target) for one in results if not one.health.healthy and one.health.deployed
    ]
    failed = [
        f"smoke test of {one.target}: {one.smoke.reason}"
        for one in results
        if one.smoke and not one.smoke.passed
    ]
    if unhealthy:
        failed = [f"not healthy: {', '.join(unhealthy)}", *failed]
    if failed:
        raise UnhealthyError("; ".join(failed))
