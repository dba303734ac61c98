"""One repository at GitHub: its environments, rulesets and issues.

Endpoints: https://docs.github.com/rest; each method names the permission that it needs.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote

from edgefleet.core.model import Json
from edgefleet.core.secret import Secret
from edgefleet.errors import CredentialError, UsageError
from edgefleet.github import schemas as wire
from edgefleet.github.api import DEFAULT_API_URL, GitHubApi
from edgefleet.github.models import Issue


class GitHub:
    """The repository `repository` (`owner/name`), as one token sees it."""

    def __init__(
        self,
        api_url: str,
        token: Secret,
        repository: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.api = GitHubApi(api_url, token, sleep=sleep, now=now)
        self.repository = repository
        self.path = f"/repos/{repository}"

    def default_branch(self) -> str:
        """Return the name of the repository's default branch. Needs `metadata: read`."""
        return self.api.get(self.path, wire.Repository).default_branch

    def environments(self) -> tuple[str, ...]:
        """Return the names of the repository's environments. Needs `actions: read`."""
        found = self.api.pages(f"{self.path}/environments", wire.GitHubName, key="environments")
        return tuple(one.name for one in found)

    def ruleset(self, name: str) -> dict[str, Json] | None:
        """Return the repository's own ruleset of this name, whole; None where it has none.

        `bypass_actors` is left out for a token without `administration: write`.
        """
        for one in self.api.pages(f"{self.path}/rulesets?includes_parents=false", wire.Ruleset):
            if one.name == name:
                return self.api.get(f"{self.path}/rulesets/{one.id}", dict[str, Json])
        return None

    def owner_errors(self) -> tuple[str, ...]:
        """Return what GitHub cannot follow in CODEOWNERS, such as an unknown owner, a line each.

        https://docs.github.com/rest/repos/repos#list-codeowners-errors
        """
        found = self.api.find(f"{self.path}/codeowners/errors", wire.OwnerErrors)
        if found is None:
            return ("there is no CODEOWNERS on the default branch",)
        return tuple(f"CODEOWNERS:{one.line}: {one.kind}" for one in found.errors)

    def open_issues(self, label: str) -> Iterator[Issue]:
        """Yield the open issues with a label, oldest first. Needs `issues: read`."""
        query = f"state=open&sort=created&direction=asc&labels={quote(label, safe='')}"
        for one in self.api.pages(f"{self.path}/issues?{query}", wire.IssueSchema):
            if one.pull_request is None:  # GitHub lists pull requests among the issues
                yield _issue(one)

    def open_issue(self, title: str, body: str, label: str) -> Issue:
        """Open an issue. Needs `issues: write`.

        GitHub drops labels silently where the token may not set them; asking for the label alone
        turns that into an error.
        """
        content = {"title": title, "body": body, "labels": [label]}
        made = _issue(self.api.write("POST", f"{self.path}/issues", content, wire.IssueSchema))
        if label not in made.labels:
            labels = f"{self.path}/issues/{made.number}/labels"
            self.api.write("POST", labels, {"labels": [label]}, list[wire.GitHubName])
        return made

    def edit_issue(self, number: int, title: str, body: str) -> None:
        """Replace an issue's title and body. Needs `issues: write`."""
        content = {"title": title, "body": body}
        self.api.write("PATCH", f"{self.path}/issues/{number}", content, wire.IssueSchema)

    def close_issue(self, number: int, comment: str, *, reason: str = "completed") -> None:
        """Say why, and close an issue as `completed` or `not_planned`. Needs `issues: write`."""
        where = f"{self.path}/issues/{number}"
        self.api.write("POST", f"{where}/comments", {"body": comment}, dict[str, Json])
        self.api.write(
            "PATCH", where, {"state": "closed", "state_reason": reason}, wire.IssueSchema
        )


def github_of(environ: Mapping[str, str]) -> GitHub:
    """Return the repository that GitHub's own variables name.

    GITHUB_TOKEN, GITHUB_REPOSITORY, and GITHUB_API_URL where it is not github.com's.
    Raises `CredentialError` and `UsageError`.
    """
    token, repository = environ.get("GITHUB_TOKEN"), environ.get("GITHUB_REPOSITORY", "")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise UsageError(
            f"GITHUB_REPOSITORY is '{repository}'",
            hint="set it to owner/name; GitHub Actions does so by itself",
        )
    if not token:
        raise CredentialError("GITHUB_TOKEN is not set", hint=_token_hint(environ))
    return GitHub(environ.get("GITHUB_API_URL") or DEFAULT_API_URL, Secret(token), repository)


def _token_hint(environ: Mapping[str, str]) -> str:
    """Return how to have a token: a job has its own, a person theirs."""
    if environ.get("GITHUB_ACTIONS") == "true":
        return "give the step `env: GITHUB_TOKEN: ${{ github.token }}`"
    return "export GITHUB_TOKEN=$(gh auth token)"


def _issue(schema: wire.IssueSchema) -> Issue:
    labels = tuple(label.name for label in schema.labels)
    return Issue(number=schema.number, title=schema.title, body=schema.body or "", labels=labels)
