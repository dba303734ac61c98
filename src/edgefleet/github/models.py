"""What is known of a repository at GitHub."""

from datetime import datetime

from edgefleet.core.model import Model

ROLLBACK = "rollback"
"""Fragment of the address that a rollback gives its deployment: it runs an older commit."""

BUNDLE = "bundle="
"""Begins the fragment of the address that a deploy gives its deployment; the digest follows."""


CANARY = "canary"
"""A part of the fragment of a job that leaves a canary to be looked after; the first part where the
new version does not have all of the traffic."""

FINISHED = "finished="
"""Begins the fragment of the job that gave a canary all of the traffic; the commit that the version
is of follows: the job itself may be of a later one."""


TENANTS = "tenants="
"""Begins a further part of a shard's fragment: which tenants the shard deployed."""


class DeploymentStatus(Model):
    """What became of a deployment at one time; `state` is GitHub's value in lower case."""

    state: str
    created: datetime
    url: str = ""
    """The job's address (`environment.url`); empty where the job deployed nothing."""
    log_url: str = ""
    """The page of the job."""


class GitHubDeployment(Model):
    """A deployment of a commit to one of GitHub's environments."""

    environment: str
    commit: str
    by_actions: bool
    """Whether a job of GitHub Actions made it, and not a person or another program."""
    statuses: tuple[DeploymentStatus, ...] = ()


class WorkflowRun(Model):
    """A run of a workflow."""

    id: int
    status: str
    """`completed`, or what it is at."""
    path: str = ""
    """The workflow's file."""
    branch: str = ""
    commit: str = ""
    title: str = ""
    url: str = ""


class WorkflowJob(Model):
    """A job of a run; `conclusion` is empty until it has ended."""

    id: int
    name: str
    status: str
    conclusion: str = ""
    url: str = ""


class UnwatchedRun(Model):
    """A run of a workflow that no person started."""

    id: int
    name: str
    """The workflow's name."""
    conclusion: str
    display_title: str = ""
    head_sha: str = ""
    html_url: str
    started_by: str


class Issue(Model):
    """An issue: its number, what it says, and the names of its labels."""

    number: int
    title: str
    body: str = ""
    labels: tuple[str, ...] = ()


class Reviewer(Model):
    """Who may approve a job: a `User` by login, or a `Team` by `organization/slug`."""

    kind: str
    id: int
    name: str


class Protection(Model):
    """The rules of one of GitHub's environments."""

    reviewers: tuple[Reviewer, ...] = ()
    """Any one of them approves; up to six."""
    wait_minutes: int = 0
    prevent_self_review: bool = False
    """Whether who started a run may not approve it."""
    branches: tuple[str, ...] = ()
    """Patterns of the branches whose runs may use it; none: any branch."""
    admins_bypass: bool = False
    """Whether administrators may pass reviewers and the wait by, as GitHub lets them by default."""
