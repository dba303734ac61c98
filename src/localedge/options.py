"""What the options of localedge's commands say: accounts, networks, files."""

import ipaddress
import json
import os
import re
import secrets
from pathlib import Path

import click

from localedge.app import AccountSettings, Settings
from localedge.control.provision import ProvisionedResource, UnreadableFile, read_resources
from localedge.model import Json

ACCOUNT_ID = "10ca1ed9" + 24 * "0"
"""The made-up account; the same at each start, so that --state keeps what is deployed."""
SUBDOMAIN = "local"
ACCOUNT = re.compile(
    r"(?P<id>[0-9a-f]{32})"
    r":(?P<subdomain>[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)"
    r":(?P<token>\S+)"
)


def accounts_of(given: tuple[str, ...]) -> tuple[AccountSettings, ...]:
    """Return the accounts that `--account` names. Raises `click.UsageError`."""
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


def made_up(files: tuple[Path, ...]) -> tuple[AccountSettings, ...]:
    """Return accounts of the ids that the files name, or one of an id that is always the same."""
    named = {item.account_id for item in _read(files)} - {""}
    token = secrets.token_urlsafe(24)
    return tuple(
        AccountSettings(account, SUBDOMAIN if number == 1 else f"{SUBDOMAIN}-{number}", (token,))
        for number, account in enumerate(sorted(named) or [ACCOUNT_ID], 1)
    )


def environment(settings: Settings) -> list[str]:
    """Return NAME=VALUE for wrangler and Cloudflare's SDKs."""
    account = settings.accounts[0]
    variables = {
        "CLOUDFLARE_API_BASE_URL": f"{settings.url}/client/v4",
        "CLOUDFLARE_BASE_URL": f"{settings.url}/client/v4",
        "CLOUDFLARE_API_TOKEN": account.tokens[0],
        "CLOUDFLARE_ACCOUNT_ID": account.id,
    }
    return [f"{name}={value}" for name, value in variables.items()]


def _token(given: str) -> str:
    """Return the token, or the value of the variable that `env:NAME` names (hidden from `ps`)."""
    name = given.removeprefix("env:")
    if name == given:
        return given
    if not os.environ.get(name):
        raise click.UsageError(f"--account names the variable {name}, which is not set.")
    return os.environ[name]


def networks_of(given: tuple[str, ...]) -> tuple[str, ...]:
    """Return the networks that `--allow-network` names. Raises `click.UsageError`."""
    try:
        return tuple(str(ipaddress.ip_network(block)) for block in given)
    except ValueError as broken:
        raise click.UsageError(f"--allow-network: {broken}") from broken


def resources_of(files: tuple[Path, ...], accounts: set[str]) -> tuple[ProvisionedResource, ...]:
    """Return what the files name; one of the `accounts` must have it. Raises `click.UsageError`."""
    found = _read(files)
    for item in found:
        if item.account_id not in accounts:
            raise click.UsageError(
                f"--provision: no --account names the account {item.account_id or '(none given)'}; "
                "name it so that a token opens it."
            )
    return tuple(found)


def health_template(runtime: str, file: Path | None) -> Json:
    """Return the JSON that `--health-template` names, None without; says what that means.

    Raises `click.BadParameter`.
    """
    if runtime == "none" and file is None:
        click.echo(
            "no --health-template: GET /health of a Worker answers with its deployed version "
            "alone, and not as its code would",
            err=True,
        )
    try:
        return json.loads(file.read_text("utf-8")) if file else None
    except ValueError as error:
        raise click.BadParameter(f"{file} is no JSON: {error}") from None


def _read(files: tuple[Path, ...]) -> list[ProvisionedResource]:
    try:
        return [item for path in files for item in read_resources(path)]
    except UnreadableFile as broken:
        raise click.UsageError(f"--provision {broken}") from broken
