"""The parts of GitHub's answers that are read; what else an answer holds is ignored."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from edgefleet.core.model import Json


class Answer(BaseModel):
    """An answer, or a part of one."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Named(Answer):
    """Whatever has a name: an environment, a label, a secret."""

    name: str


class Actor(Answer):
    """Who made something. GraphQL leaves the `[bot]` out of a bot's login."""

    kind: str = Field(alias="__typename")
    login: str


class Status(Answer):
    """What became of a deployment at one time."""

    state: str
    created: datetime = Field(alias="createdAt")
    url: str | None = Field(default=None, alias="environmentUrl")
    log_url: str | None = Field(default=None, alias="logUrl")


class Statuses(Answer):
    """The statuses of a deployment."""

    nodes: list[Status]


class Deployment(Answer):
    """A deployment of a commit to an environment."""

    commit: str = Field(alias="commitOid")
    creator: Actor | None = None
    statuses: Statuses | None = None


class PageInfo(Answer):
    """Whether more follows, and where."""

    more: bool = Field(alias="hasNextPage")
    cursor: str | None = Field(default=None, alias="endCursor")


class Deployments(Answer):
    """A page of deployments."""

    page: PageInfo = Field(alias="pageInfo")
    nodes: list[Deployment]


class Run(Answer):
    """A run of a workflow."""

    id: int
    status: str | None = None
    path: str = ""
    head_branch: str | None = None
    head_sha: str = ""
    display_title: str = ""
    html_url: str = ""


class Job(Answer):
    """A job of a run."""

    id: int
    name: str
    status: str
    conclusion: str | None = None
    html_url: str | None = None


class Repository(Answer):
    """A repository."""

    default_branch: str


class Ruleset(Named):
    """A ruleset in the list of a repository's."""

    id: int


class OwnerError(Answer):
    """A line of CODEOWNERS that GitHub cannot follow."""

    line: int
    kind: str


class OwnerErrors(Answer):
    """All of them."""

    errors: list[OwnerError]


class Issue(Answer):
    """An issue, or a pull request, which GitHub lists among them."""

    number: int
    title: str
    body: str | None = None
    labels: list[Named] = []
    pull_request: dict[str, Json] | None = None


class Numbered(Answer):
    """Whoever has an id: a user, a team."""

    id: int
    login: str | None = None
    slug: str | None = None


class Reviewing(Answer):
    """A reviewer in an environment's rules: a `User` or a `Team`."""

    type: str
    reviewer: Numbered


class ProtectionRule(Answer):
    """A rule of an environment: `required_reviewers`, `wait_timer`, `branch_policy`."""

    type: str
    wait_timer: int | None = None
    prevent_self_review: bool | None = None
    reviewers: list[Reviewing] = []


class BranchPolicy(Answer):
    """Which branches may use an environment: protected ones, or those of its own patterns."""

    protected_branches: bool
    custom_branch_policies: bool


class Environment(Named):
    """An environment with its rules."""

    protection_rules: list[ProtectionRule] = []
    deployment_branch_policy: BranchPolicy | None = None
    can_admins_bypass: bool = False


class Policy(Named):
    """A pattern of branches that may use an environment."""

    id: int
