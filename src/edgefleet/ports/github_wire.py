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
