"""`edgefleet github ruleset`."""

from pathlib import Path

import click

from edgefleet.cli.options.github import github_named, repo_option
from edgefleet.cli.options.shared import root_option
from edgefleet.cli.output.show import show
from edgefleet.config.files.tenant_files import find_root
from edgefleet.onboard.repository.protection import protect, ruleset_of


@click.command("ruleset")
@click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The ruleset. [default: .github/rulesets/main.json, or edgefleet's own]",
)
@repo_option
@click.option("--apply", is_flag=True, help="Make the ruleset, or bring it there.")
@root_option
def github_ruleset(*, file: Path | None, repo: str | None, apply: bool, root: Path | None) -> None:
    """Compare what protects the default branch with the ruleset that a fleet is to have.

    It ends with 3 where they differ. Needs GITHUB_TOKEN; with --apply one with administration
    rights, which a job's own token lacks; `gh auth token` prints yours.
    """
    wanted, name = ruleset_of(find_root(Path.cwd(), root), file)
    github = github_named(repo)
    for line in protect(wanted, name, github, apply=apply):
        show(line)
