"""The parts of GitHub's answers that are read; what else an answer holds is ignored."""

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from edgefleet.model.base import Json
from edgefleet.model.github import ROLLBACK

UNDECIDED = frozenset({"queued", "pending", "in_progress", "waiting"})
"""States of a deployment that has not come to an end."""

SUCCESS = "success"


class Answer(BaseModel):
    """An answer, or a part of one."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Named(Answer):
    """Whatever has a name: an environment, a label, a secret."""

    name: str


class Deployment(Answer):
    """A deployment of a commit to an environment."""

    id: int
    sha: str


class Status(Answer):
    """What became of a deployment, so far."""

    state: str
    environment_url: str | None = None

    @property
    def decided(self) -> bool:
        """Whether it tells what became of the environment."""
        nothing_deployed = self.state == SUCCESS and not self.environment_url
        return self.state not in UNDECIDED and not nothing_deployed

    @property
    def rolled_back(self) -> bool:
        """Whether the deployment was a rollback."""
        return urlsplit(self.environment_url or "").fragment == ROLLBACK


class Ruleset(Named):
    """A ruleset in the list of a repository's."""

    id: int


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


class Policy(Named):
    """A pattern of branches that may use an environment."""

    id: int
