"""`edgefleet adopt`."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from edgefleet.cli.options.project import dry_run_option
from edgefleet.cli.options.shared import format_option, parallel_option, root_option
from edgefleet.cli.options.types import EnvironmentType
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.show import show
from edgefleet.cli.output.target_errors import TargetErrors, target_errors
from edgefleet.cli.tenant_selection import refuse_dev
from edgefleet.cli.wiring import Wiring
from edgefleet.cloudflare.timing.rate_limiter import RateLimiters
from edgefleet.config.target import Environment, target_entry
from edgefleet.errors import ConfigError, UsageError
from edgefleet.onboard.adopt.adopt import AdoptDependencies, Drafted
from edgefleet.onboard.adopt.drafts import TenantDrafts
from edgefleet.onboard.adopt.models import AdoptedTarget
from edgefleet.onboard.adopt.ready import INIT, open_drafts
from edgefleet.onboard.adopt.report import adopted_text, codes_text, difference_text, files_text
from edgefleet.onboard.adopt.requests import (
    AdoptAccount,
    AdoptSelection,
    distinct,
    parse_account,
    read_accounts,
)
from edgefleet.onboard.adopt.run import (
    ADOPT,
    all_requests,
    compared,
    described,
    draft_all,
    has_errors,
)
from edgefleet.plan.accounts import Accounts


@click.command()
@click.option(
    "--account",
    "account_words",
    multiple=True,
    metavar="ID[=TENANT]",
    help="The Cloudflare account, and its tenant's name; may be repeated.",
)
@click.option(
    "--accounts",
    "accounts_file",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="A file with an account a line: ID, or ID=TENANT.",
)
@click.option("--script", metavar="NAME", help="The Worker's name at Cloudflare.")
@click.option(
    "--all", "every", is_flag=True, help="All Workers that are named as the fleet's would be."
)
@click.option(
    "--tenant",
    metavar="NAME",
    help="The tenant that the Worker becomes. [default: the account's, or the script's name "
    "without its environment]",
)
@click.option(
    "--env",
    "environment",
    type=EnvironmentType(),
    help="The environment that it becomes. [default: the end of the script's name; with --all "
    "each one]",
)
@click.option(
    "--download", is_flag=True, help="Store the live modules as a bundle, and plan with it."
)
@dry_run_option
@click.option(
    "--overwrite", is_flag=True, help="Replace what files say of the environment, unasked."
)
@format_option("text", "json")
@parallel_option
@root_option
def adopt(
    *,
    account_words: tuple[str, ...],
    accounts_file: Path | None,
    script: str | None,
    every: bool,
    tenant: str | None,
    environment: Environment | None,
    download: bool,
    dry_run: bool,
    overwrite: bool,
    output_format: str,
    parallel: int,
    root: Path | None,
) -> None:
    """Take in a Worker that runs today: write the tenant's files from what is live.

    It writes nothing to Cloudflare. The first plan then finds no change but the modules, whose
    bytes depend on the wrangler that built them; with --download it finds none. What no file can
    say is listed. Where a file says something else already, it asks, or needs --overwrite.
    """
    if environment is not None:
        refuse_dev(environment, tenant or "NAME")
    accounts = _accounts(account_words, accounts_file, tenant)
    if every == (script is not None):
        raise UsageError("name one Worker with --script NAME, or take --all")
    if dry_run and (download or overwrite):
        raise UsageError("--dry-run writes nothing: leave out --download and --overwrite")
    wiring = _wiring(root)
    drafts = open_drafts(wiring.root)
    needs = AdoptDependencies(
        wiring.credentials, lambda: Accounts(wiring.api), wiring.bundles, wiring.manifests
    )
    wanted = AdoptSelection(accounts, script, environment)
    alone = len(accounts) == 1
    if not alone:
        wiring.budgets = RateLimiters(wiring.environ, wiring.clock)
    with target_errors() as errors:
        requests = all_requests(wanted, drafts, needs, errors.add)
        drafted = draft_all(
            requests, drafts, needs, errors.add, allow_plain=alone, parallel=parallel
        )
        if dry_run:
            found = [described(one, texts=True) for one in drafted]
            if output_format == "text" and drafts.changed:
                show(files_text(drafts.changed))
        else:
            _write(drafts, overwrite=overwrite)
            found = _compared(
                wiring, drafts, drafted, needs, errors, download=download, parallel=parallel
            )
        _print(found, errors, output_format, planned=not dry_run)
        wiring.say_plain()
    if any(map(has_errors, found)):
        raise ConfigError(
            "the files are written, and validation refuses them for what is named above",
            hint="correct it in the files; docs/reference/validation.md explains each code",
        )


def _accounts(
    words: Sequence[str], file: Path | None, tenant: str | None
) -> tuple[AdoptAccount, ...]:
    named = [parse_account(word, "--account") for word in words]
    found = distinct([*named, *(read_accounts(file) if file else ())])
    if not found:
        raise UsageError("name the account with --account ID", hint="npx wrangler whoami lists it")
    if tenant is None:
        return found
    if len(found) > 1 or found[0].tenant not in (None, tenant):
        raise UsageError(
            "--tenant is the tenant of one account", hint="write --account ID=TENANT for each"
        )
    return (parse_account(f"{found[0].account_id}={tenant}", "--tenant"),)


def _wiring(root: Path | None) -> Wiring:
    try:
        return Wiring(root)
    except UsageError as error:
        raise error.amended(hint=f"{error.hint}; or make a fleet: {INIT}") from error


def _write(drafts: TenantDrafts, *, overwrite: bool) -> None:
    """Write the files; ask before something is replaced, and show how files change."""
    existing = [one for one in drafts.changed if one.before is not None]
    if existing:
        show(difference_text(existing), err=True)
    replaced = ", ".join(one.path for one in existing if one.replaces)
    if replaced and not overwrite:
        if not sys.stdin.isatty():
            raise UsageError(
                f"{replaced} says something else of what is adopted; nothing was written",
                hint="pass --overwrite, too, to replace it",
            )
        if not click.confirm(f"Replace what {replaced} says?", err=True):
            raise UsageError("nothing was written")
    drafts.write()


def _compared(
    wiring: Wiring,
    drafts: TenantDrafts,
    drafted: Sequence[Drafted],
    needs: AdoptDependencies,
    errors: TargetErrors,
    *,
    download: bool,
    parallel: int,
) -> list[AdoptedTarget]:
    bundlers = {one: wiring.bundler(one, None) for one in drafts.fleet.deployable}
    found = compared(
        drafted,
        drafts,
        needs,
        lambda tenant, environment: bundlers[environment](tenant),
        errors.add,
        today=datetime.now(UTC).date(),
        download=download,
        parallel=parallel,
    )
    return list(found)


def _print(
    found: Sequence[AdoptedTarget], errors: TargetErrors, output_format: str, *, planned: bool
) -> None:
    if output_format == "json":
        entries = [target_entry(one.target, one.model_dump(mode="json")) for one in found]
        print_json([*entries, *errors.json(ADOPT)])
        return
    for one in found:
        show(adopted_text(one, planned=planned))
    if words := codes_text(found):
        show(words)
