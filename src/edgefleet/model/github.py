"""What is known of a repository at GitHub."""

from edgefleet.model.base import Model

ROLLBACK = "rollback"
"""Fragment of the address that a rollback gives its deployment: it runs an older commit."""

BUNDLE = "bundle="
"""Begins the fragment of the address that a deploy gives its deployment; the digest follows."""


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
