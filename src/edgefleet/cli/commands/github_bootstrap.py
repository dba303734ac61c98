"""`edgefleet github bootstrap`."""

from collections.abc import Sequence
from pathlib import Path

import click

from edgefleet.cli.options.github import github_named, repo_option
from edgefleet.cli.options.shared import env_option, root_option, tenants_options
from edgefleet.cli.output.show import show
from edgefleet.cli.tenant_selection import ALL, select_tenants
from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import Environment
from edgefleet.github.environments import Environments
from edgefleet.onboard.repository.bootstrap import EnvironmentRules, bootstrap


@click.command("bootstrap")
@tenants_options(default=ALL)
@env_option(required=True)
@click.option(
    "--reviewer",
    "reviewers",
    multiple=True,
    metavar="NAME",
    help="Who approves: a login or organization/team; may be given again.",
)
@click.option("--no-reviewers", is_flag=True, help="Require no approval.")
@click.option(
    "--wait", "wait_minutes", type=int, metavar="MINUTES", help="How long a deploy waits."
)
@click.option(
    "--prevent-self-review/--no-prevent-self-review",
    default=None,
    help="The person who started a run may not approve it.",
)
@click.option(
    "--branch",
    "branches",
    multiple=True,
    metavar="PATTERN",
    help="Branches whose runs may deploy; may be given again. [default: main, or those that are "
    "set]",
)
@click.option("--fleet", is_flag=True, help="fleet-ENV, too, in which shards are deployed.")
@click.option(
    "--approval", is_flag=True, help="Reviewers and wait in ENV-approval, once for a whole run."
)
@click.option(
    "--plans", is_flag=True, help="TENANT-ENV-plan, too, in which pull requests are planned."
)
@repo_option
@click.option("--apply", is_flag=True, help="Change the environments.")
@root_option
def github_bootstrap(
    *,
    selector: str,
    exclude: str | None,
    environment: Environment,
    reviewers: Sequence[str],
    no_reviewers: bool,
    wait_minutes: int | None,
    prevent_self_review: bool | None,
    branches: Sequence[str],
    fleet: bool,
    approval: bool,
    plans: bool,
    repo: str | None,
    apply: bool,
    root: Path | None,
) -> None:
    """Create GitHub's environments for tenants, and print which secrets a person must set.

    It changes nothing without --apply, and touches no value of a secret. Needs GITHUB_TOKEN with
    administration rights, which a job's own token lacks; `gh auth token` prints yours.
    """
    wiring = Wiring(root)
    rules = EnvironmentRules(
        tenants=select_tenants(wiring.root, selector, exclude=exclude),
        environment=environment,
        reviewers=reviewers or None,
        no_reviewers=no_reviewers,
        wait_minutes=wait_minutes,
        prevent_self_review=prevent_self_review,
        branches=branches or None,
        fleet=fleet,
        approval=approval,
        plans=plans,
        apply=apply,
    )
    asked = github_named(repo)
    for line in bootstrap(rules, Environments(asked), asked.repository):
        show(line)
