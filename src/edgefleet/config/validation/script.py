"""Rules for the script: its account, name, compatibility date and source file."""

import re
from collections.abc import Iterator
from datetime import date

from edgefleet.cloudflare.limits import SCRIPT_NAME_CHARACTERS
from edgefleet.config.reading.rule import Problem, Rule
from edgefleet.config.reading.views import TargetView

ACCOUNT_ID_MISMATCH = Rule(
    code="account-id-mismatch",
    means="The account in wrangler.jsonc (at the top level or in an environment) is not the "
    "accountId of tenant.config.json, or is missing. wrangler would deploy to any account that it "
    "finds.",
    example='"account_id": "b7b4..."          // accountId in tenant.config.json is "93c1..."',
    fix="write the account id of tenant.config.json in both files",
)
SCRIPT_NAME = Rule(
    code="script-name",
    means="The script's name (name, then a hyphen and the environment, unless the environment has "
    "its own name) is missing or cannot be a host name below workers.dev: lower-case "
    "letters, digits and inner hyphens, 63 at most.",
    example='"name": "Bluey_AI_Worker"',
    fix="choose a name of lower-case letters, digits and inner hyphens, 63 at most",
)
COMPATIBILITY_DATE = Rule(
    code="compatibility-date",
    means="compatibility_date is missing, is not a date, or lies in the future. Cloudflare "
    "refuses such a Worker, or runs it with the oldest behaviour.",
    example='"compatibility_date": "2026-02-30"',
    fix="write a past date as YYYY-MM-DD",
)
ENTRY_MISSING = Rule(
    code="entry-missing",
    means="main names the Worker's source file, from the folder of wrangler.jsonc. It is missing, "
    "or the repository has no such file.",
    example='"main": "../src/worker/index.ts"   // one "../" too few',
    fix='write the path of the source, such as "../../src/worker/index.ts"',
)
RULES = (ACCOUNT_ID_MISMATCH, SCRIPT_NAME, COMPATIBILITY_DATE, ENTRY_MISSING)

_HOST_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def account(target: TargetView) -> Iterator[Problem]:
    """Check that the account is that of tenant.config.json, in every environment."""
    wanted, found = target.tenant.config.keys.get("accountId"), target.worker.account_id
    if not isinstance(wanted, str) or found == wanted or "account_id" in target.unreadable:
        return
    if found is None:
        message = "there is no account_id"
    else:
        message = f"account_id is {found}, but accountId in {target.tenant.config.file} is {wanted}"
    yield ACCOUNT_ID_MISMATCH.broken(target.file, target.path("account_id"), message)


def script_name(target: TargetView) -> Iterator[Problem]:
    """Check that the script's name can be a host below workers.dev."""
    name = target.worker.name
    fits = len(name) <= SCRIPT_NAME_CHARACTERS and _HOST_LABEL.fullmatch(name)
    if "name" in target.unreadable or fits:
        return
    if name == f"-{target.environment}":
        message = "there is no name"
    else:
        message = f"the script would be named '{name}' ({len(name)} characters)"
    yield SCRIPT_NAME.broken(target.file, target.path("name"), message)


def compatibility_date(target: TargetView) -> Iterator[Problem]:
    """Check that the compatibility date is today or earlier."""
    text = target.worker.compatibility_date
    if "compatibility_date" in target.unreadable:
        return
    if text is None:
        message = "there is no compatibility_date"
    elif (day := _day(text)) is None:
        message = f"'{text}' is not a date"
    elif day > target.today:
        message = f"{day} is in the future: today is {target.today} (UTC)"
    else:
        return
    yield COMPATIBILITY_DATE.broken(target.file, target.path("compatibility_date"), message)


def entry(target: TargetView) -> Iterator[Problem]:
    """Check that the Worker's source file exists."""
    if target.entry.found or "main" in target.unreadable or target.assets_alone:
        return
    main = target.worker.main
    message = "there is no main" if main is None else f"there is no file '{main}' in the repository"
    yield ENTRY_MISSING.broken(target.file, target.path("main"), message)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None
