"""`edgefleet tail`."""

from pathlib import Path

import click

from edgefleet.build.wrangler import WranglerAuth
from edgefleet.cli.options.shared import env_option, root_option, tenant_option
from edgefleet.cli.tenant_selection import select_one
from edgefleet.cli.wiring import Wiring
from edgefleet.config.account_session import open_account, reads_alone
from edgefleet.config.target import Environment, Target
from edgefleet.errors import ExternalError, UsageError

STATUSES = ("ok", "error", "canceled")


@click.command()
@tenant_option
@env_option(required=True)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["pretty", "json"]),
    default="pretty",
    show_default=True,
    help="How events are written: for people, or one JSON document after the other.",
)
@click.option(
    "--status",
    "statuses",
    type=click.Choice(STATUSES),
    multiple=True,
    help="Only events that ended so; may be repeated.",
)
@click.option("--search", metavar="TEXT", help="Only events with this text in a log message.")
@root_option
def tail(
    *,
    tenant: str,
    environment: Environment,
    output_format: str,
    statuses: tuple[str, ...],
    search: str | None,
    root: Path | None,
) -> None:
    """Show what a target's Worker logs, live, until Ctrl-C.

    wrangler opens the tail, with the target's own token, and Cloudflare keeps nothing of it. A busy
    Worker is sampled: Cloudflare says so among the events.
    """
    wiring = Wiring(root)
    name = select_one(wiring.root, tenant, "tail")
    target = Target(tenant=name, environment=environment)
    (loaded,) = wiring.tenants((name,), (environment,))
    session = open_account(loaded, target, wiring.credentials, wiring.accounts.connect)
    wiring.say_plain()
    script = str(loaded.resolved(environment)["name"])
    with reads_alone(session.account.id):
        live = session.account.script(script).deployments.current()
    if live is None:
        raise UsageError(
            f"{script} is not deployed: it logs nothing",
            hint=f"edgefleet deploy {target.as_option}",
        )
    options = ["--format", output_format, *(word for one in statuses for word in ("--status", one))]
    options += ["--search", search] if search else []
    auth = WranglerAuth(
        account_id=session.account.id, token=session.credential.token, base_url=wiring.base_url
    )
    code = wiring.wrangler.tail(script, auth, options)
    if code != 0:
        raise ExternalError(f"wrangler tail ended with {code}")
