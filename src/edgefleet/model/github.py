"""What is known of a repository at GitHub."""

from edgefleet.model.base import Model


class Issue(Model):
    """An issue: its number, what it says, and the names of its labels."""

    number: int
    title: str
    body: str = ""
    labels: tuple[str, ...] = ()
