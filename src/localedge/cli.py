"""`localedge serve`: a local Cloudflare on one port of this machine."""

import ipaddress
import os
import re
import sqlite3
import sys
from pathlib import Path

import click

from localedge.app import AccountSettings, Settings, create_app
from localedge.control.provision import ProvisionedResource, UnreadableFile, read_resources
from localedge.control.rate_limit import QUOTA
from localedge.runtime.instances.node_discovery import RuntimeUnavailable, check_runtime
from localedge.server import ADDRESS, listen, serve_app
from localedge.state.database import StateInUse
from localedge.wire.errors import ApiError

ACCOUNT = re.compile(
    r"(?P<id>[0-9a-f]{32})"
    r":(?P<subdomain>[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)"
    r":(?P<token>\S+)"
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="edgefleet", prog_name="localedge")
def main() -> None:
    """Run a local Cloudflare: wrangler deploys to it, and it runs the deployed Workers.

    It listens on 127.0.0.1 only and never connects to Cloudflare.
    """


@main.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8799,
    show_default=True,
    help="Port to listen on; 0 selects a free port.",
)
@click.option(
    "--state",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="Folder for all state; created if it does not exist.",
)
@click.option(
    "--account",
    "accounts",
    multiple=True,
    metavar="ID:SUBDOMAIN:TOKEN",
    help="Open an account: 32 hex digits, its workers.dev subdomain, a token or env:NAME for the "
    "token in that variable. Repeat it for more accounts, or for more tokens of one.",
)
@click.option(
    "--provision",
    "files",
    multiple=True,
    metavar="WRANGLER_FILE",
    type=click.Path(path_type=Path),
    help="Make the KV namespaces, D1 databases, Vectorize indexes, R2 buckets, queues and "
    "Hyperdrive configurations that this wrangler.json(c) names. Repeat it for more files.",
)
@click.option(
    "--runtime",
    type=click.Choice(["workerd", "none"]),
    default="workerd",
    show_default=True,
    help="Run Workers in workerd; or run none: serve the API, and answer each Worker's GET /health "
    "from the vars of its deployed version, saying so.",
)
@click.option(
    "--allow-network",
    "networks",
    multiple=True,
    metavar="CIDR",
    help="Let Workers connect to these addresses (10.0.0.0/8) besides the public internet's; "
    "without it they reach neither this machine nor private networks. Repeat it for more.",
)
@click.option(
    "--run-crons",
    is_flag=True,
    help="Run Cron Triggers on their schedules; without it they run on request alone.",
)
@click.option(
    "--rate-limit",
    type=click.IntRange(min=1),
    default=QUOTA,
    show_default=True,
    metavar="N",
    help="API requests that one token may make in five minutes; Cloudflare allows 1200.",
)
def serve(
    port: int,
    folder: Path,
    accounts: tuple[str, ...],
    files: tuple[Path, ...],
    runtime: str,
    networks: tuple[str, ...],
    rate_limit: int,
    *,
    run_crons: bool,
) -> None:
    """Serve until interrupted.

    Prints `ready`, its addresses and the token of its admin API when it is ready. Accounts and
    deployments survive a restart with the same --state; the latest --account options replace the
    tokens of an account.
    """
    os.umask(0o077)  # deployed versions hold secrets in plain text
    opened = _accounts(accounts)
    resources = _resources(files, {account.id for account in opened})
    if runtime == "workerd":
        _check_runtime()
    listener = listen(port)
    url = f"http://{ADDRESS}:{listener.getsockname()[1]}"
    settings = Settings(
        folder,
        url,
        opened,
        resources,
        workerd=runtime == "workerd",
        quota=rate_limit,
        networks=_networks(networks),
        run_crons=run_crons,
    )
    try:
        app = create_app(settings)
    except (StateInUse, ApiError, OSError, sqlite3.Error) as refused:
        raise click.UsageError(str(refused)) from refused
    serve_app(app, listener, url, settings.control_token)


def _accounts(given: tuple[str, ...]) -> tuple[AccountSettings, ...]:
    found: dict[str, AccountSettings] = {}
    for text in given:
        match = ACCOUNT.fullmatch(text)
        if match is None:
            # The message must not repeat the text: it contains a token.
            raise click.UsageError(
                "--account needs ID:SUBDOMAIN:TOKEN: 32 lowercase hex digits, a name of lowercase "
                "letters, digits and dashes, and a token without spaces."
            )
        known = found.get(match["id"])
        if known and known.subdomain != match["subdomain"]:
            raise click.UsageError(
                f"--account names two subdomains for {match['id']}: "
                f"{known.subdomain} and {match['subdomain']}."
            )
        tokens = (*(known.tokens if known else ()), _token(match["token"]))
        found[match["id"]] = AccountSettings(match["id"], match["subdomain"], tokens)
    return tuple(found.values())


def _token(given: str) -> str:
    """Return the token, or the value of the variable that `env:NAME` names (hidden from `ps`)."""
    name = given.removeprefix("env:")
    if name == given:
        return given
    if not os.environ.get(name):
        raise click.UsageError(f"--account names the variable {name}, which is not set.")
    return os.environ[name]


def _networks(given: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(str(ipaddress.ip_network(block)) for block in given)
    except ValueError as broken:
        raise click.UsageError(f"--allow-network: {broken}") from broken


def _resources(files: tuple[Path, ...], accounts: set[str]) -> tuple[ProvisionedResource, ...]:
    found = []
    for path in files:
        try:
            resources = read_resources(path)
        except UnreadableFile as broken:
            raise click.UsageError(f"--provision {broken}") from broken
        for account in {item.account_id for item in resources} - accounts:
            raise click.UsageError(
                f"--provision {path}: no --account names the account {account or '(none given)'}; "
                "name it so that a token opens it."
            )
        found += resources
    return tuple(found)


def _check_runtime() -> None:
    try:
        check_runtime()
    except RuntimeUnavailable as unavailable:
        raise click.UsageError(f"{unavailable}, or use --runtime none.") from unavailable


if __name__ == "__main__":
    sys.exit(main())
