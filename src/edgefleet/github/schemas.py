"""The parts of GitHub's answers that are read; what else an answer holds is ignored."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from edgefleet.core.model import Json


class GitHubSchema(BaseModel):
    """An answer, or a part of one."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class GitHubName(GitHubSchema):
    """Whatever has a name: an environment, a label, a secret."""

    name: str


class Actor(GitHubSchema):
    """Who made something. GraphQL leaves the `[bot]` out of a bot's login."""

    kind: str = Field(alias="__typename")
    login: str


class DeploymentStatusSchema(GitHubSchema):
    """What became of a deployment at one time."""

    state: str
    created: datetime = Field(alias="createdAt")
    url: str | None = Field(default=None, alias="environmentUrl")
    log_url: str | None = Field(default=None, alias="logUrl")


class Statuses(GitHubSchema):
    """The statuses of a deployment."""

    nodes: list[DeploymentStatusSchema]


class DeploymentSchema(GitHubSchema):
    """A deployment of a commit to an environment."""

    commit: str = Field(alias="commitOid")
    creator: Actor | None = None
    statuses: Statuses | None = None


class PageInfo(GitHubSchema):
    """Whether more follows, and where."""

    more: bool = Field(alias="hasNextPage")
    cursor: str | None = Field(default=None, alias="endCursor")


class DeploymentPage(GitHubSchema):
    """A page of deployments."""

    page: PageInfo = Field(alias="pageInfo")
    nodes: list[DeploymentSchema]


class RunSchema(GitHubSchema):
    """A run of a workflow."""

    id: int
    status: str | None = None
    path: str = ""
    head_branch: str | None = None
    head_sha: str = ""
    display_title: str = ""
    html_url: str = ""


class Job(GitHubSchema):
    """A job of a run."""

    id: int
    name: str
    status: str
    conclusion: str | None = None
    html_url: str | None = None


class Repository(GitHubSchema):
    """A repository."""

    default_branch: str


class Ruleset(GitHubName):
    """A ruleset in the list of a repository's."""

    id: int


class OwnerError(GitHubSchema):
    """A line of CODEOWNERS that GitHub cannot follow."""

    line: int
    kind: str


class OwnerErrors(GitHubSchema):
    """All of them."""

    errors: list[OwnerError]


class IssueSchema(GitHubSchema):
    """An issue, or a pull request, which GitHub lists among them."""

    number: int
    title: str
    body: str | None = None
    labels: list[GitHubName] = []
    pull_request: dict[str, Json] | None = None


class GitHubId(GitHubSchema):
    """An actor with an id: a user, a team."""

    id: int
    login: str | None = None

    slug: str | None = None


class CommentSchema(GitHubSchema):
    """A comment on an issue or a pull request."""

    id: int
    body: str | None = None
    user: GitHubId | None = None


class ReviewerEntry(GitHubSchema):
    """A reviewer in an environment's rules: a `User` or a `Team`."""

    type: str
    reviewer: GitHubId


class ProtectionRule(GitHubSchema):
    """A rule of an environment: `required_reviewers`, `wait_timer`, `branch_policy`."""

    type: str
    wait_timer: int | None = None
    prevent_self_review: bool | None = None
    reviewers: list[ReviewerEntry] = []


class BranchPolicy(GitHubSchema):
    """Which branches may use an environment: protected ones, or those of its patterns."""

    protected_branches: bool
    custom_branch_policies: bool


class EnvironmentSchema(GitHubName):
    """An environment with its rules."""

    protection_rules: list[ProtectionRule] = []
    deployment_branch_policy: BranchPolicy | None = None
    can_admins_bypass: bool = False


class Policy(GitHubName):
    """A pattern of branches that may use an environment."""

    id: int
