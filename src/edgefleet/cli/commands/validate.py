"""`edgefleet validate`."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from edgefleet.cli.options.shared import (
    env_option,
    format_option,
    parallel_option,
    root_option,
    tenants_options,
)
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.target_errors import TargetErrors, target_errors
from edgefleet.cli.tenant_selection import ALL, select_tenants
from edgefleet.config.files.fleet_file import fleet_of
from edgefleet.config.files.tenant_files import find_root
from edgefleet.config.report import (
    findings_github,
    findings_json,
    findings_sarif,
    findings_text,
    summary,
)
from edgefleet.config.target import Environment
from edgefleet.config.validate import Validation
from edgefleet.config.validate import validate as check
from edgefleet.config.validation.registry import RULES
from edgefleet.core.model import Json
from edgefleet.errors import ConfigError


@click.command()
@tenants_options(default=ALL)
@env_option(required=False)
@click.option("--remote", is_flag=True, help="Compare with Cloudflare too; needs tokens.")
@format_option("text", "json", "github", "sarif")
@parallel_option
@root_option
def validate(
    *,
    selector: str,
    exclude: str | None,
    environment: Environment | None,
    remote: bool,
    output_format: str,
    parallel: int,
    root: Path | None,
) -> None:
    """Check the files of tenants; with --remote, what they name at Cloudflare too.

    Prints every problem as FILE:LINE:COLUMN: CODE: what is wrong; what to do. Exit 4 if one is an
    error; docs/reference/validation.md explains each code. Where --remote could not look at a
    target, it goes on with the others; without errors it ends with the code of the first failure.
    """
    home = find_root(Path.cwd(), root)
    environments = (environment,) if environment else fleet_of(home).deployable
    names = select_tenants(home, selector, exclude=exclude)
    today = datetime.now(UTC).date()
    result = check(home, names, environments, today=today, keep=remote)
    with target_errors() as errors:
        if remote and result.ok:
            # It loads the HTTP modules, which takes longer than to check a tenant's files.
            from edgefleet.cli.validate_remote import with_remote

            result = with_remote(result, home, errors, parallel=parallel)
        elif remote:
            click.echo("not compared with Cloudflare: correct the files first", err=True)
        _print(result, errors, output_format)
        if not result.ok:
            raise ConfigError("")


def _print(result: Validation, errors: TargetErrors, output_format: str) -> None:
    if output_format == "json":
        print_json({**findings_json(result), "unchecked": errors.json()})
    elif output_format == "sarif":
        click.echo(json.dumps(_sarif(result), indent=2))
    elif result.findings:
        render = findings_github if output_format == "github" else findings_text
        click.echo(render(result.findings))
    click.echo(summary(result), err=True)


def _sarif(result: Validation) -> Json:
    from importlib.metadata import version  # slow to load, and needed here alone

    return findings_sarif(result.findings, RULES, version("edgefleet"))
