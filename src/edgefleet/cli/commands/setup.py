"""`edgefleet setup`."""

import os

import click

from edgefleet.cli.options.shared import format_option
from edgefleet.cli.output.json_output import print_json
from edgefleet.cli.output.show import show
from edgefleet.core.clock import SystemClock
from edgefleet.core.output.progress import ConsoleProgress
from edgefleet.toolchain.install import install_tools


@click.command()
@format_option("text", "json")
def setup(*, output_format: str) -> None:
    """Install Node and wrangler, in locked versions, into the user's cache.

    For an edgefleet that pipx, uv or pip installed; in a checkout it is 'make setup'. Node comes
    from PyPI where PATH has none that is new enough. No package runs a script during its
    installation.
    """
    tools = install_tools(os.environ, ConsoleProgress(SystemClock()))
    if output_format == "json":
        print_json(tools.model_dump(mode="json"))
        return
    done = "installed" if tools.installed else "nothing to do: all is"
    show(f"{done} in {tools.folder}: wrangler {tools.wrangler}, Node {tools.node}")
