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
