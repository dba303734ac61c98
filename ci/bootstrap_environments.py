"""Create GitHub's environments for tenants, and say which secrets a person must set.

Three for each tenant: `<tenant>-<environment>` for deploys, with reviewers, a wait and branches as
asked for; `<tenant>-<environment>-readonly` for plans and drift, with branches alone; and
`<tenant>-<environment>-unattended` for rollbacks from main, which wait for nobody. With --approval
reviewers and the wait stand in `<environment>-approval`, once for a whole run. It changes nothing
without --apply, and doing it twice changes nothing more; rules that are not asked for stay
as they are. Needs GITHUB_REPOSITORY, and a GITHUB_TOKEN with `administration: write`: a job's own
token cannot have that. Values of secrets it never touches.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from edgefleet.cli.exit_handling import ended
from edgefleet.cli.options.types import EnvironmentType
from edgefleet.cli.tenant_selection import ALL, select_tenants
from edgefleet.config.credentials.lookup import PLAIN
from edgefleet.config.github_environments import (
    MAX_REVIEWERS,
    MAX_WAIT_MINUTES,
    READONLY,
    UNATTENDED,
    RequestedEnvironment,
    differences,
    environment_names,
    wanted,
)
from edgefleet.config.target import Environment
from edgefleet.config.tenant_files import find_root
from edgefleet.errors import UsageError
from edgefleet.github.environments import Environments
from edgefleet.github.models import Protection
from edgefleet.github.repository import github_of


def main(argv: Sequence[str] | None = None) -> int:
    """Show what is to be done; with --apply, do it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenant", default=ALL, help="tenants, as everywhere [default: all]")
    parser.add_argument("--env", required=True, help="staging or production")
    parser.add_argument(
        "--reviewer", action="append", help="a login or organization/team; may be given again"
    )
    parser.add_argument("--no-reviewers", action="store_true", help="nobody need approve")
    parser.add_argument("--wait", type=int, help="minutes that a deploy waits")
    parser.add_argument(
        "--prevent-self-review",
        action=argparse.BooleanOptionalAction,
        help="who started a run may not approve it",
    )
    parser.add_argument(
        "--branch",
        action="append",
        help="branches whose runs may deploy [default: main, or those that are set]",
    )
    parser.add_argument("--fleet", action="store_true", help="fleet-<environment> too, for shards")
    parser.add_argument(
        "--approval",
        action="store_true",
        help="reviewers and wait in <environment>-approval, once a run, and at no target",
    )
    parser.add_argument("--apply", action="store_true", help="do it; without, nothing is changed")
    given = parser.parse_args(argv)
    return ended(lambda: bootstrap(given))


def bootstrap(given: argparse.Namespace) -> None:
    """Do it. Raises `UsageError`, `CredentialError` and `GitHubError`."""
    environment = EnvironmentType().convert(given.env, None, None)
    check(given, environment)
    github = github_of(os.environ)
    environments = Environments(github)
    tenants = select_tenants(find_root(Path.cwd(), None), given.tenant)
    names = tuple(
        environment_names(tenants, environment, fleet=given.fleet, approval=given.approval)
    )
    named = tuple(map(environments.reviewer, given.reviewer)) if given.reviewer else None
    asked = RequestedEnvironment(
        branches=tuple(given.branch) if given.branch else None,
        reviewers=() if given.no_reviewers else named,
        wait_minutes=given.wait,
        prevent_self_review=given.prevent_self_review,
        approval=given.approval,
    )
    live = environments.known(names)
    for name in names:
        print(put(environments, name, live.get(name), asked, apply=given.apply))
    for line in bypassed(live, github.repository):
        print(line)
    own = tuple(environment_names(tenants, environment, fleet=False))
    for line in secrets(environments, own, live, github.repository):
        print(line)
    if given.fleet:
        print(f"fleet-{environment}: its secrets are those that the credential command needs")
    if not given.apply:
        print("nothing was changed; --apply does it")


def check(given: argparse.Namespace, environment: Environment) -> None:
    """Raise `UsageError` for what GitHub would refuse, or nobody can mean."""
    if not environment.deployable:
        raise UsageError("dev is on this machine alone, and has no environment at GitHub")
    if given.wait is not None and not 0 <= given.wait <= MAX_WAIT_MINUTES:
        raise UsageError(f"--wait {given.wait} is not between 0 and {MAX_WAIT_MINUTES:,} minutes")
    if given.reviewer and given.no_reviewers:
        raise UsageError("--reviewer and --no-reviewers do not go together")
    if given.reviewer and len(given.reviewer) > MAX_REVIEWERS:
        raise UsageError(
            f"{len(given.reviewer)} reviewers are more than the {MAX_REVIEWERS} of an environment",
            hint="name a team: --reviewer organization/team",
        )


def put(
    environments: Environments,
    name: str,
    live: Protection | None,
    asked: RequestedEnvironment,
    *,
    apply: bool,
) -> str:
    """Bring one environment to what it is to be, and return a line about it."""
    target = wanted(name, live, asked)
    todo = differences(live, target)
    if todo and apply:
        environments.put(name, target)
    return f"{name}: {'; '.join(todo) or 'as it should be'}"


def bypassed(live: Mapping[str, Protection], repository: str) -> Iterator[str]:
    """Yield a note for each environment whose reviewers or wait administrators may pass by."""
    for name, rules in live.items():
        if rules.admins_bypass and (rules.reviewers or rules.wait_minutes):
            yield (
                f"note: administrators may pass the rules of {name} by; to end that, take the tick "
                "from 'Allow administrators to bypass configured protection rules': "
                f"https://github.com/{repository}/settings/environments"
            )


def secrets(
    environments: Environments,
    names: Sequence[str],
    live: Mapping[str, Protection],
    repository: str,
) -> Iterator[str]:
    """Yield the command for each secret that is missing, and a warning where one is too many."""
    shared = environments.repository_secrets()
    if shared is None:
        yield f"note: the token may not see secrets; make sure that no other {PLAIN} exists"
    elif PLAIN in shared:
        yield (
            f"warning: the repository or its organization has a secret {PLAIN}, which a job with a "
            f"mistyped environment would get: gh secret delete {PLAIN} --repo {repository}"
        )
    for name in names:
        if name in live and PLAIN in (environments.secrets(name) or ()):
            continue
        yield f"set: gh secret set {PLAIN} --repo {repository} --env {name}  # {token(name)}"


def token(name: str) -> str:
    """Return which token belongs there."""
    if name.endswith(READONLY):
        return "a token that can only read"
    if name.endswith(UNATTENDED):
        return "the token for deploys, too: rollbacks use it"
    return "see docs/deployment/multi-account-auth.md"


if __name__ == "__main__":
    sys.exit(main())
