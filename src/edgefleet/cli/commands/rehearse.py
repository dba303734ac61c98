"""`edgefleet rehearse`."""

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from edgefleet.cli.options.shared import format_option, root_option
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.show import show
from edgefleet.cli.wiring import Wiring
from edgefleet.config.credentials.lookup import token_names
from edgefleet.config.files.tenant_files import tenant_names
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.target import Environment, Target
from edgefleet.config.tenant import Tenant
from edgefleet.errors import UnhealthyError, UsageError
from edgefleet.locks.local import LocalLocks
from edgefleet.locks.locking import LockMode
from edgefleet.rehearse.accounts import (
    accounts,
    environment_for,
    secret_variables,
    with_secrets,
)
from edgefleet.rehearse.acts import environments_of
from edgefleet.rehearse.commands import rehearse_commands
from edgefleet.rehearse.localedge import clear, embedded_cloudflare, exports_file, kept, note_kept
from edgefleet.rehearse.report import next_steps, rehearsal_text
from edgefleet.rehearse.resources import resource_files


@click.command()
@click.option(
    "--keep", is_flag=True, help="Leave the embedded Cloudflare running, and print what to try."
)
@format_option("text", "json")
@root_option
def rehearse(*, keep: bool, output_format: str, root: Path | None) -> None:
    """Deploy all tenants to an embedded Cloudflare, on this machine.

    The real wrangler and the real Workers runtime, made-up accounts, no network: the API, and AI
    and Vectorize behind the Workers, are stand-ins. Among its acts are a broken release, a
    canary that fails under traffic, and one that goes through.
    """
    outside = Wiring(root)
    tenants = outside.tenants(tenant_names(outside.root), environments_of(outside.fleet))
    with ExitStack() as stack:
        both = environments_of(outside.fleet)
        state = _state(outside.root, stack, both, keep=keep)
        opened = accounts(tenants)
        with outside.progress.step("localedge") as step:
            edge = stack.enter_context(
                embedded_cloudflare(
                    state,
                    opened,
                    resource_files(tenants, state / "resources"),
                    os.environ,
                    keep=keep,
                )
            )
            step.note = edge.api
        variables = environment_for(tenants, opened, edge) | {
            "EDGEFLEET_RECORDS": str(state / "deployments")
        }
        inside = RehearsalWiring(
            outside.root, _environment(tenants, variables), lock_mode=LockMode.LOCAL
        )
        inside.locks = LocalLocks(state / "locks")
        result = rehearse_commands(inside, tuple(tenants))
        if keep:
            variables |= {
                "LOCALEDGE_CONTROLS": edge.controls,
                "LOCALEDGE_TOKEN": edge.control_token,
            }
            note_kept(state, edge, variables)
    click.echo("" if keep else "\nNothing is left running.\n", err=True)
    if output_format == "text":
        show(rehearsal_text(result, up=keep))
    else:
        print_json(result)
    if keep:
        click.echo(
            "\n" + next_steps(os.path.relpath(exports_file(state)), edge.pid, *both), err=True
        )
    if not result.proved:
        raise UnhealthyError("an act of the rehearsal failed")


def _state(
    root: Path, stack: ExitStack, both: tuple[Environment, Environment], *, keep: bool
) -> Path:
    """Return an empty folder; raises `UsageError` while an earlier rehearsal is kept running."""
    if not keep:
        return Path(stack.enter_context(TemporaryDirectory(prefix="edgefleet-rehearsal-")))
    state = root / ".edgefleet" / "rehearsal"
    up = kept(state)
    if up:
        click.echo(next_steps(os.path.relpath(exports_file(state)), up.pid, *both), err=True)
        raise UsageError(
            f"an embedded Cloudflare is running: process {up.pid}, from an earlier rehearse --keep",
            hint=f"kill {up.pid}",
        )
    clear(state)
    return state


class RehearsalWiring(Wiring):
    """The real dependencies, but production knows the rehearsal's own secrets."""

    @cached_property
    def fleet(self) -> FleetConfig:
        """What fleet.jsonc says; no other machine sees the targets of a rehearsal."""
        return super().fleet.model_copy(update={"lock": "auto"})

    def tenants(
        self, names: tuple[str, ...], environments: tuple[Environment, ...]
    ) -> Sequence[Tenant]:
        """Validate these tenants and return them."""
        found = super().tenants(names, environments)
        if environments != environments_of(self.fleet)[1:]:
            return found
        return tuple(with_secrets(tenant, self.environ) for tenant in found)


def _environment(tenants: Sequence[Tenant], variables: Mapping[str, str]) -> dict[str, str]:
    # A rehearsal must not reach a real token, whatever the shell or .env.deploy has: the variable
    # of one environment would take precedence over that of the tenant.
    secret = secret_variables(tenants)
    mine = {
        name: value
        for name, value in os.environ.items()
        if name not in secret
        and not name.startswith(("CLOUDFLARE_", "EDGEFLEET_CREDENTIAL_", "EDGEFLEET_SMOKE_"))
    }
    for tenant in tenants:
        for environment in tenant.fleet.deployable:
            *narrow, wide = token_names(Target(tenant=tenant.name, environment=environment))
            mine |= dict.fromkeys(narrow, variables[wide])
    return {**mine, **variables}
