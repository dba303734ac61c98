"""Comments on a pull request, which GitHub keeps as those of an issue.

https://docs.github.com/rest/issues/comments. To write needs `pull-requests: write`.
"""

from collections.abc import Iterator

from edgefleet.core.model import Json, Model
from edgefleet.github import schemas as wire
from edgefleet.github.repository import GitHub

ACTIONS = "github-actions[bot]"
"""Who writes with the token of a job: https://docs.github.com/actions/concepts/security/github_token"""


class Comment(Model):
    """A comment, as far as edgefleet reads it."""

    id: int
    body: str
    by_actions: bool
    """Whether a job of GitHub Actions wrote it."""


def comments_on(github: GitHub, number: int) -> Iterator[Comment]:
    """Yield the comments on a pull request, oldest first."""
    path = f"{github.path}/issues/{number}/comments"
    for one in github.api.pages(path, wire.CommentSchema):
        written = one.user is not None and one.user.login == ACTIONS
        yield Comment(id=one.id, body=one.body or "", by_actions=written)


def write_comment(github: GitHub, number: int, body: str) -> None:
    """Write a comment."""
    path = f"{github.path}/issues/{number}/comments"
    github.api.write("POST", path, {"body": body}, dict[str, Json])


def edit_comment(github: GitHub, comment: int, body: str) -> None:
    """Replace the text of a comment."""
    path = f"{github.path}/issues/comments/{comment}"
    github.api.write("PATCH", path, {"body": body}, dict[str, Json])
