"""Create GitHub's environments for tenants, and say which secrets a person must set.

Three for each tenant: `<tenant>-<environment>` for deploys, with reviewers, a wait and branches as
asked for; `<tenant>-<environment>-readonly` for plans and drift, with branches alone; and
`<tenant>-<environment>-unattended` for rollbacks from main, with no wait. With `plans` there is
`<tenant>-<environment>-plan`, too, for plans of pull requests; with `approval` reviewers and the
wait stand in `<environment>-approval`, once for a whole run. Without `apply` nothing is changed,
and doing it twice changes nothing more; rules that are not asked for stay as they are. It never
touches values of secrets.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from edgefleet.config.credentials.lookup import PLAIN
from edgefleet.config.github_environments import (
    MAX_REVIEWERS,
    MAX_WAIT_MINUTES,
    RequestedEnvironment,
    differences,
    wanted,
)
from edgefleet.config.identifiers import PLAN, READONLY, UNATTENDED, environment_names
from edgefleet.config.target import Environment
from edgefleet.errors import UsageError
from edgefleet.github.environments import Environments
from edgefleet.github.models import Protection


@dataclass(frozen=True)
class EnvironmentRules:
    """The environments to create, and the rules that they get; None: what is set stays."""

    tenants: Sequence[str]
    environment: Environment
    reviewers: Sequence[str] | None = None
    """Logins, or organization/team."""
    no_reviewers: bool = False
    wait_minutes: int | None = None
    prevent_self_review: bool | None = None
    branches: Sequence[str] | None = None
    fleet: bool = False
    """Whether `fleet-<environment>` is created too, for shards."""
    approval: bool = False
    """Whether reviewers and wait stand in `<environment>-approval`, once for a run."""
    plans: bool = False
    """Whether `<tenant>-<environment>-plan` is created too, for plans of pull requests."""
    apply: bool = False


def bootstrap(
    given: EnvironmentRules, environments: Environments, repository: str
) -> Iterator[str]:
    """Create and change environments; yield a line about each, and what is left for a person.

    Needs a token with `administration: write`, which a job's own lacks. Raises `UsageError`,
    `CredentialError` and `GitHubError`.
    """
    check(given)
    names = tuple(
        environment_names(
            given.tenants,
            given.environment,
            fleet=given.fleet,
            approval=given.approval,
            plans=given.plans,
        )
    )
    named = tuple(map(environments.reviewer, given.reviewers)) if given.reviewers else None
    asked = RequestedEnvironment(
        branches=tuple(given.branches) if given.branches else None,
        reviewers=() if given.no_reviewers else named,
        wait_minutes=given.wait_minutes,
        prevent_self_review=given.prevent_self_review,
        approval=given.approval,
    )
    live = environments.known(names)
    for name in names:
        yield put(environments, name, live.get(name), asked, apply=given.apply)
    yield from bypassed(live, repository)
    own = environment_names(given.tenants, given.environment, fleet=False, plans=given.plans)
    yield from secrets(environments, tuple(own), live, repository)
    if given.fleet:
        yield f"fleet-{given.environment}: its secrets are those that the credential command needs"
    if not given.apply:
        yield "nothing was changed; --apply does it"


def check(given: EnvironmentRules) -> None:
    """Raise `UsageError` for what GitHub would refuse, or contradicts itself."""
    if not given.environment.deployable:
        raise UsageError("dev is on this machine alone, and has no environment at GitHub")
    if given.wait_minutes is not None and not 0 <= given.wait_minutes <= MAX_WAIT_MINUTES:
        raise UsageError(
            f"--wait {given.wait_minutes} is not between 0 and {MAX_WAIT_MINUTES:,} minutes"
        )
    if given.reviewers and given.no_reviewers:
        raise UsageError("--reviewer and --no-reviewers do not go together")
    if given.reviewers and len(given.reviewers) > MAX_REVIEWERS:
        raise UsageError(
            f"{len(given.reviewers)} reviewers are more than the {MAX_REVIEWERS} of an environment",
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
    if name.endswith((READONLY, PLAN)):
        return "a token that can only read"
    if name.endswith(UNATTENDED):
        return "the token for deploys, too: rollbacks use it"
    return "see docs/deployment/multi-account-auth.md"
