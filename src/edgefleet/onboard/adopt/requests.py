"""Which scripts to adopt, and as which targets: from accounts, names and the base's own name."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from edgefleet.config.files.tenant_files import account_of
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.identifiers import is_reserved
from edgefleet.config.shared_keys import ACCOUNT_ID, NAME, PATTERNS
from edgefleet.config.target import Environment, Target
from edgefleet.core.regular_files import read_regular
from edgefleet.errors import UsageError
from edgefleet.onboard.adopt.adopt import AdoptRequest
from edgefleet.onboard.adopt.drafts import TenantDrafts

LARGEST_LIST = 4 * 1024 * 1024
"""Bytes of a list of accounts."""


class AdoptAccount(NamedTuple):
    """An account, and the tenant that it belongs to, where that was said."""

    account_id: str
    tenant: str | None = None


class AdoptSelection(NamedTuple):
    """What a command line asks to adopt."""

    accounts: Sequence[AdoptAccount]
    script: str | None
    """None for every script that is named as the base is."""
    environment: Environment | None


def parse_account(word: str, where: str) -> AdoptAccount:
    """Return an account that is written as ID or ID=TENANT; `where` begins a message."""
    account_id, equals, tenant = (part.strip() for part in word.partition("="))
    if not re.fullmatch(ACCOUNT_ID, account_id):
        raise UsageError(
            f"{where}: '{account_id}' is no account id",
            hint=f"write {PATTERNS[ACCOUNT_ID]}; npx wrangler whoami lists yours",
        )
    if equals and not re.fullmatch(NAME, tenant):
        raise UsageError(f"{where}: '{tenant}' is no tenant's name: {PATTERNS[NAME]}")
    return AdoptAccount(account_id, tenant or None)


def read_accounts(file: Path) -> Iterator[AdoptAccount]:
    """Yield the accounts of a list, one a line; a line may be empty, or a comment after #."""
    try:
        text = read_regular(file, LARGEST_LIST, follow=True).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{file} cannot be read: {why}") from error
    for number, line in enumerate(text.splitlines(), 1):
        word = line.partition("#")[0].strip()
        if word:
            yield parse_account(word, f"{file}:{number}")


def distinct(accounts: Iterable[AdoptAccount]) -> tuple[AdoptAccount, ...]:
    """Return the accounts; raises `UsageError` for one or for a tenant that occurs twice."""
    found = tuple(accounts)
    for words in ([one.account_id for one in found], [one.tenant for one in found if one.tenant]):
        for word in words:
            if words.count(word) > 1:
                raise UsageError(f"{word} is named twice", hint="name each account once")
    return found


def tenants_of(drafts: TenantDrafts, names: Iterable[str]) -> dict[str, list[str]]:
    """Return the tenants of each account, by its id."""
    found: dict[str, list[str]] = {}
    for name in names:
        account = account_of(drafts.root, name)
        if account is not None:
            found.setdefault(account, []).append(name)
    return found


def request_of(
    account: AdoptAccount,
    wanted: AdoptSelection,
    known: Mapping[str, list[str]],
    drafts: TenantDrafts,
) -> AdoptRequest:
    """Return the request of one named script in one account.

    Its environment is the end of its name unless it is given; its tenant is that of the account,
    or else what stands before the environment.
    """
    assert wanted.script is not None  # noqa: S101 - one name is given
    script, fleet = wanted.script, drafts.fleet
    environment = wanted.environment or _environment_of(script, fleet)
    if environment is None:
        ends = " or ".join(f"-{one}" for one in fleet.deployable)
        raise UsageError(
            f"the script {script} does not end in {ends}, so its environment is not known",
            hint=f"add --env {fleet.deployable[0]}, or another environment of fleet.jsonc",
        )
    stem = script.removesuffix(f"-{environment}")
    tenant = tenant_of(account, known) or (stem if re.fullmatch(NAME, stem) else None)
    if tenant is None:
        raise UsageError(
            f"'{stem}' cannot be a tenant's name: {PATTERNS[NAME]}",
            hint="add --tenant NAME",
        )
    return AdoptRequest(target_of(tenant, environment, fleet), script, account.account_id)


def requests_of(
    account: AdoptAccount,
    tenant: str,
    names: Iterable[str],
    wanted: AdoptSelection,
    drafts: TenantDrafts,
) -> tuple[AdoptRequest, ...]:
    """Return a request for each script that is named as a target of the tenant would be.

    Raises `UsageError` where there is none.
    """
    files, fleet, there = drafts.tenant(tenant), drafts.fleet, set(names)
    environments = [wanted.environment] if wanted.environment else fleet.deployable
    found = []
    for environment in environments:
        layers = files.layers
        if layers.has(environment):
            script = str(layers.resolve(environment)["name"])
            if script in there:
                target = target_of(tenant, environment, fleet)
                found.append(AdoptRequest(target, script, account.account_id))
    if not found:
        name = files.layers.name()
        named = " or ".join(f"{name}-{one}" for one in environments)
        raise UsageError(
            f"account {account.account_id} has no script {named}",
            hint=f"name it: edgefleet adopt --account {account.account_id} --script NAME "
            f"{target_of(tenant, environments[0], fleet).as_option}",
        )
    return tuple(found)


def tenant_of(account: AdoptAccount, known: Mapping[str, list[str]]) -> str | None:
    """Return the tenant of an account: the one that was said, or the one whose files name it."""
    if account.tenant:
        return account.tenant
    names = known.get(account.account_id, [])
    if len(names) > 1:
        raise UsageError(
            f"account {account.account_id} is that of {', '.join(names)}",
            hint="say which one is meant with --tenant",
        )
    return names[0] if names else None


def _environment_of(script: str, fleet: FleetConfig) -> Environment | None:
    return next((one for one in fleet.deployable if script.endswith(f"-{one}")), None)


def target_of(tenant: str, environment: Environment, fleet: FleetConfig) -> Target:
    """Return a target; raises `UsageError` for a tenant's name that means something else."""
    if is_reserved(tenant, fleet):
        raise UsageError(
            f"'{tenant}' is reserved and cannot be a tenant's name", hint="add --tenant NAME"
        )
    return Target(tenant=tenant, environment=environment)
