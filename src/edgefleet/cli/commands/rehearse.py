"""`edgefleet rehearse`."""

import os
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from edgefleet.cli.options.shared import format_option, root_option
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.show import show
from edgefleet.cli.rehearse_stage import rehearsed
from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import DEPLOYABLE
from edgefleet.config.tenant_files import tenant_names
from edgefleet.errors import UnhealthyError, UsageError
from edgefleet.rehearse.acts import accounts, environment_for
from edgefleet.rehearse.localedge import clear, embedded_cloudflare, exports_file, kept, note_kept
from edgefleet.rehearse.report import next_steps, rehearsal_text


@click.command()
@click.option("--keep", is_flag=True, help="Leave the embedded Cloudflare up; say what to try.")
@format_option("text", "json")
@root_option
def rehearse(*, keep: bool, output_format: str, root: Path | None) -> None:
    """Deploy all tenants to an embedded Cloudflare, on this machine.

    The real wrangler and the real Workers runtime, made-up accounts, no network: the API, and AI
    and Vectorize behind the Workers, are stand-ins.
    """
    outside = Wiring(root)
    tenants = outside.tenants(tenant_names(outside.root), DEPLOYABLE)
    with ExitStack() as stack:
        state = _state(outside.root, stack, keep=keep)
        opened = accounts(tenants)
        with outside.progress.step("localedge") as step:
            edge = stack.enter_context(
                embedded_cloudflare(
                    state,
                    opened,
                    [tenant.folder / "wrangler.jsonc" for tenant in tenants],
                    os.environ,
                    keep=keep,
                )
            )
            step.note = edge.api
        variables = environment_for(tenants, opened, edge) | {
            "EDGEFLEET_RECORDS": str(state / "deployments")
        }
        result = rehearsed(outside.root, tenants, variables, state)
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
        click.echo("\n" + next_steps(os.path.relpath(exports_file(state)), edge.pid), err=True)
    if not result.proved:
        raise UnhealthyError("the rehearsal did not prove what it was to prove")


def _state(root: Path, stack: ExitStack, *, keep: bool) -> Path:
    """Return an empty folder; raises `UsageError` where one is kept up already."""
    if not keep:
        return Path(stack.enter_context(TemporaryDirectory(prefix="edgefleet-rehearsal-")))
    state = root / ".edgefleet" / "rehearsal"
    up = kept(state)
    if up:
        click.echo(next_steps(os.path.relpath(exports_file(state)), up.pid), err=True)
        raise UsageError(
            f"one is up already: process {up.pid}, started by an earlier rehearse --keep",
            hint=f"kill {up.pid}",
        )
    clear(state)
    return state
