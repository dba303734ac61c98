"""`edgefleet github ruleset`."""

import os
from pathlib import Path

import click

from edgefleet.cli.options.shared import root_option
from edgefleet.cli.output.show import show
from edgefleet.config.files.tenant_files import find_root
from edgefleet.github.repository import github_of
from edgefleet.onboard.repository.protection import protect, ruleset_of


@click.command("ruleset")
@click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The ruleset. [default: .github/rulesets/main.json, or edgefleet's own]",
)
@click.option(
    "--repo",
    metavar="OWNER/NAME",
    help="The repository. [default: that of the variable GITHUB_REPOSITORY]",
)
@click.option("--apply", is_flag=True, help="Make the ruleset, or bring it there.")
@root_option
def github_ruleset(*, file: Path | None, repo: str | None, apply: bool, root: Path | None) -> None:
    """Compare what protects the default branch with the ruleset that a fleet is to have.

    It ends with 3 where they differ. Needs GITHUB_TOKEN; with --apply one with administration
    rights, which a job's own token lacks; `gh auth token` prints yours.
    """
    wanted, name = ruleset_of(find_root(Path.cwd(), root), file)
    github = github_of({**os.environ, **({"GITHUB_REPOSITORY": repo} if repo else {})})
    for line in protect(wanted, name, github, apply=apply):
        show(line)
