"""`localedge serve` and `localedge exec`: a local Cloudflare on one port of this machine."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click
from starlette.types import ASGIApp

from localedge.app import Settings, create_app
from localedge.control.rate_limit import QUOTA
from localedge.options import (
    accounts_of,
    environment,
    health_template,
    made_up,
    networks_of,
    resources_of,
)
from localedge.runtime.instances.node_discovery import RuntimeUnavailable, check_runtime
from localedge.server import ADDRESS, listen, serve_app, serve_meanwhile
from localedge.state.database import StateInUse
from localedge.wire.errors import ApiError

Command = TypeVar("Command", bound=Callable[..., Any])

CREDENTIALS = ("CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL", "CLOUDFLARE_API_TOKEN")


def runtime_options(command: Command) -> Command:
    """Add `--runtime` and `--health-template`."""
    runtime = click.option(
        "--runtime",
        type=click.Choice(["workerd", "none"]),
        default="workerd",
        show_default=True,
        help="Run Workers in workerd; or run none: serve the API, and answer each Worker's GET "
        "/health from its deployed version, saying so.",
    )
    template = click.option(
        "--health-template",
        "template",
        metavar="FILE",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="With --runtime none: the JSON that answers GET /health, in which a text such as "
        "{version.id} or {vars.REGION} stands for what is deployed.",
    )
    return runtime(template(command))


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
    metavar="DIR",
    help="Folder for all state; created if it does not exist. Without it a new one, which goes "
    "with the server.",
)
@click.option(
    "--account",
    "accounts",
    multiple=True,
    metavar="ID:SUBDOMAIN:TOKEN",
    help="Open an account: 32 hex digits, its workers.dev subdomain, a token or env:NAME for the "
    "token in that variable. Repeat it for more accounts, or for more tokens of one. Without it "
    "there is a made-up account, and what to export for it is printed.",
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
@runtime_options
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
    help=f"API requests that one token may make in five minutes; Cloudflare allows {QUOTA}.",
)
def serve(
    port: int,
    folder: Path | None,
    accounts: tuple[str, ...],
    files: tuple[Path, ...],
    runtime: str,
    template: Path | None,
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
    opened = accounts_of(accounts) or made_up(files)
    if runtime == "workerd":
        _check_runtime()
    with _folder(folder) as state:
        listener = listen(port)
        settings = Settings(
            state,
            f"http://{ADDRESS}:{listener.getsockname()[1]}",
            opened,
            resources_of(files, {account.id for account in opened}),
            workerd=runtime == "workerd",
            quota=rate_limit,
            networks=networks_of(networks),
            run_crons=run_crons,
            health=health_template(runtime, template),
        )
        page = f"# {settings.url}/__localedge__/#{settings.control_token} shows what is here"
        made_up_account = [*(f"export {it}" for it in environment(settings)), page]
        exports = [] if accounts else made_up_account
        serve_app(_app(settings), listener, settings.url, settings.control_token, exports)


@main.command("exec", context_settings={"ignore_unknown_options": True})
@click.option(
    "--provision",
    "files",
    multiple=True,
    metavar="WRANGLER_FILE",
    type=click.Path(path_type=Path),
    help="Make what this wrangler.json(c) names, in the account that it names.",
)
@runtime_options
@click.option(
    "--allow-network",
    "networks",
    multiple=True,
    metavar="CIDR",
    help="Let Workers connect to these addresses, as `serve --allow-network` does.",
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def execute(
    files: tuple[Path, ...],
    runtime: str,
    template: Path | None,
    networks: tuple[str, ...],
    command: tuple[str, ...],
) -> None:
    """Run one command against a fresh local Cloudflare, and end with its exit code.

    The command finds the address, a made-up account and its token in its environment, in place of
    any credentials of yours: localedge exec -- npx wrangler deploy
    """
    if runtime == "workerd":
        _check_runtime()
    opened = made_up(files)
    with _folder(None) as state:
        listener = listen(0)
        url = f"http://{ADDRESS}:{listener.getsockname()[1]}"
        resources = resources_of(files, {account.id for account in opened})
        settings = Settings(
            state,
            url,
            opened,
            resources,
            workerd=runtime == "workerd",
            networks=networks_of(networks),
            health=health_template(runtime, template),
        )
        with serve_meanwhile(_app(settings), listener):
            code = _run(command, environment(settings))
    sys.exit(code)


def _app(settings: Settings) -> ASGIApp:
    try:
        return create_app(settings)
    except (StateInUse, ApiError, OSError, sqlite3.Error) as refused:
        raise click.UsageError(str(refused)) from refused


@contextlib.contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    """Give the folder for the state: the one that is named, or one that is removed afterwards."""
    os.umask(0o077)  # deployed versions hold secrets in plain text
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="localedge-") as made:
        yield Path(made)


def _run(command: tuple[str, ...], environment: list[str]) -> int:
    """Run a command to its end; return its exit code, as a shell would."""
    kept = {name: value for name, value in os.environ.items() if name not in CREDENTIALS}
    variables = dict(item.split("=", 1) for item in environment)
    try:
        process = subprocess.Popen(command, env=kept | variables)
    except OSError as failed:
        raise click.UsageError(f"{command[0]} cannot be run: {failed.strerror}.") from failed
    # Ctrl-C reaches the command too, which decides what to do; SIGTERM is passed on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    code = process.wait()
    return code if code >= 0 else 128 - code


def _check_runtime() -> None:
    try:
        check_runtime()
    except RuntimeUnavailable as unavailable:
        raise click.UsageError(f"{unavailable}, or use --runtime none.") from unavailable


if __name__ == "__main__":
    sys.exit(main())
