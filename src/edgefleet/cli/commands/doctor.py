"""`edgefleet doctor`."""

import os
from importlib.metadata import version
from pathlib import Path

import click

from edgefleet.cli.options.shared import format_option, root_option
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.show import show
from edgefleet.cloudflare.client import DEFAULT_BASE_URL
from edgefleet.errors import ExitCode
from edgefleet.onboard.doctor import diagnose
from edgefleet.onboard.models import Diagnosis
from edgefleet.onboard.report import check_text, outcome


@click.command()
@format_option("text", "json")
@root_option
def doctor(*, output_format: str, root: Path | None) -> None:
    """Check this machine, the fleet, its tokens and the way to Cloudflare.

    Each line says what was found and what to do. Tokens are named and never shown or sent. It ends
    with 6 if something is missing without which edgefleet cannot work.
    """
    base_url = os.environ.get("CLOUDFLARE_API_BASE_URL") or DEFAULT_BASE_URL
    checks = []
    for check in diagnose(os.environ, Path.cwd(), root, base_url, version("edgefleet")):
        checks.append(check)
        if output_format == "text":
            show(check_text(check))
    diagnosis = Diagnosis(checks=tuple(checks))
    if output_format == "json":
        print_json(diagnosis)
    else:
        show(outcome(checks))
    if diagnosis.failed:
        raise click.exceptions.Exit(ExitCode.EXTERNAL)
