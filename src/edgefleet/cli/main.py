"""The command `edgefleet`: finds the subcommand, and ends with an exit code."""

import atexit
import gc
import os
import sys
from collections.abc import Sequence

import click

from edgefleet.cli.exit_handling import ended
from edgefleet.cli.lazy_group import LazyGroup
from edgefleet.cli.output.json_output import JsonOutput
from edgefleet.core.signals import ignore_stop_signals

COMMANDS = {
    "setup": "Install Node and wrangler, in locked versions, into the user's cache.",
    "doctor": "Check this machine, the fleet, its tokens and the way to Cloudflare.",
    "init": "Make a fleet of a repository with a Worker, or of an empty folder.",
    "upgrade": "Bring the files that 'edgefleet init' wrote to this version; keep your edits.",
    "tenant": "Add, list and remove tenants.",
    "adopt": "Write a tenant's files from a Worker that runs already.",
    "tenants": "List tenants, accounts, environments and the last record of each.",
    "validate": "Check the files of tenants; with --remote, what they name at Cloudflare too.",
    "build": "Build the Worker once, into modules and a digest.",
    "provision": "Make what tenants bind and their accounts lack, and write the ids down.",
    "render": "Write the complete wrangler configuration of one target.",
    "plan": "Show what a deploy would change; change nothing.",
    "dev": "Run one tenant's Worker on this machine, with wrangler dev.",
    "deploy": "Deploy one tenant to one environment, and prove it healthy.",
    "deploy-all": "Deploy many tenants to one environment, ring by ring.",
    "canary": "Explain a canary before it begins; continue, pause, abort and finish one.",
    "rollback": "Give an earlier version the traffic again, and prove it healthy.",
    "health": "Probe the Workers of tenants, without deploying.",
    "tail": "Show what a target's Worker logs, live.",
    "history": "List what was deployed, by edgefleet and by others.",
    "tag": "Print or make the git tag of a target's last successful deploy.",
    "drift": "Compare what runs with what was last deployed on purpose.",
    "locks": "List which runs hold which targets, on all machines.",
    "unlock": "Free a target from a lock that its run does not free.",
    "matrix": "Print targets, or shards of them, as a matrix for GitHub Actions.",
    "github": "Set the repository of a fleet up at GitHub: environments, secrets, ruleset.",
    "rehearse": "Deploy all tenants to an embedded Cloudflare, on this machine.",
}
"""Every command and its line in `edgefleet --help`; `cli/commands/<command>.py` holds it.

The lines stand here so that help imports no command: it answers at once.
"""


GARBAGE_AFTER = 50_000
"""Objects after which Python looks for garbage in cycles; its own number is 700."""


def _print_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's signature
    if wanted and not ctx.resilient_parsing:
        from edgefleet.toolchain.own_version import described  # starts git, needs its modules

        click.echo(described())
        ctx.exit()


edgefleet = LazyGroup(
    COMMANDS, help_text="Deploy one Cloudflare Worker to many tenants, each in its own account."
)
edgefleet.context_settings = {"help_option_names": ["-h", "--help"]}
click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Show the version and the commit, and exit.",
)(edgefleet)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (docs/reference/exit-codes.md)."""
    # A command is short, and keeps what it reads: to look for garbage at every 700th object is a
    # third of the time that a thousand tenants take.
    gc.set_threshold(GARBAGE_AFTER)
    # At the end the system takes all memory back; Python would first look for garbage in it.
    atexit.register(gc.freeze)
    # Python would take its handlers away first: a second Ctrl-C would replace the exit code.
    atexit.register(ignore_stop_signals)
    # pydantic would look for plugins in every installed package; none here has any.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # click gives back what ends a command early (`--help`), and what a command returns: nothing.
    output = JsonOutput(sys.argv[1:] if argv is None else argv)
    return ended(
        lambda: edgefleet.main(args=argv, prog_name="edgefleet", standalone_mode=False, obj=output),
        output,
    )


if __name__ == "__main__":
    sys.exit(main())
