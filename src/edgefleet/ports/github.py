"""One repository at GitHub, in the words of a deploy.

Endpoints: https://docs.github.com/rest; what each needs is said at the method.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote, urlsplit

from edgefleet.errors import CredentialError, UsageError
from edgefleet.model.base import Json
from edgefleet.model.github import BUNDLE, Issue
from edgefleet.model.secret import Secret
from edgefleet.ports import github_wire as wire
from edgefleet.ports.github_api import DEFAULT_API_URL, GitHubApi


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

    def live_commit(self, environment: str) -> str | None:
        """Return the commit that is live in a GitHub environment; None where nobody can tell.

        It is the commit of the newest deployment that came to an end, if its latest status is
        success. Jobs that ended well and gave no address (`environment.url`) deployed nothing, and
        are passed over. After a failure, and after a rollback (whose address ends in `#rollback`,
        for its own commit is not the one that runs), the answer is None: nobody can tell, and a
        deploy of what is live does no harm. Needs `deployments: read`.
        """
        where = f"{self.path}/deployments?environment={quote(environment, safe='')}"
        for deployment in self.api.pages(where, wire.Deployment):
            status = self._status(deployment.id)
            if status.decided:
                live = status.state == wire.SUCCESS and not status.rolled_back
                return deployment.sha if live else None
        return None

    def was_deployed(self, environment: str) -> bool:
        """Whether a job ever brought something into a GitHub environment.

        It ended well then, and gave an address. Needs `deployments: read`.
        """
        where = f"{self.path}/deployments?environment={quote(environment, safe='')}"
        return any(
            status.state == wire.SUCCESS and status.environment_url
            for deployment in self.api.pages(where, wire.Deployment)
            for status in self._statuses(deployment.id)
        )

    def proved_bundles(self, environment: str, commit: str) -> frozenset[str]:
        """Return the digests of bundles that deploys of a commit proved healthy in an environment.

        A deployment's status is success only after its job was, and the address that the job gave
        ends in `#bundle=<digest>`. Needs `deployments: read`.
        """
        query = f"environment={quote(environment, safe='')}&sha={quote(commit, safe='')}"
        fragments = (
            urlsplit(status.environment_url or "").fragment
            for deployment in self.api.pages(f"{self.path}/deployments?{query}", wire.Deployment)
            for status in self._statuses(deployment.id)
            if status.state == wire.SUCCESS
        )
        return frozenset(one.removeprefix(BUNDLE) for one in fragments if one.startswith(BUNDLE))

    def _statuses(self, deployment: int) -> Iterator[wire.Status]:
        return self.api.pages(f"{self.path}/deployments/{deployment}/statuses", wire.Status)

    def _status(self, deployment: int) -> wire.Status:
        """Return a deployment's latest status; GitHub lists them newest first.

        `inactive` says only that a newer job ended well, which may have deployed nothing.
        """
        told = (one for one in self._statuses(deployment) if one.state != "inactive")
        return next(told, wire.Status(state="pending"))

    def environments(self) -> tuple[str, ...]:
        """Return the names of the repository's environments. Needs `actions: read`."""
        found = self.api.pages(f"{self.path}/environments", wire.Named, key="environments")
        return tuple(one.name for one in found)

    def ruleset(self, name: str) -> dict[str, Json] | None:
        """Return the repository's own ruleset of this name, whole; None where it has none.

        `bypass_actors` is left out for a token without `administration: write`.
        """
        for one in self.api.pages(f"{self.path}/rulesets?includes_parents=false", wire.Ruleset):
            if one.name == name:
                return self.api.get(f"{self.path}/rulesets/{one.id}", dict[str, Json])
        return None

    def open_issues(self, label: str) -> Iterator[Issue]:
        """Yield the open issues with a label, oldest first. Needs `issues: read`."""
        query = f"state=open&sort=created&direction=asc&labels={quote(label, safe='')}"
        for one in self.api.pages(f"{self.path}/issues?{query}", wire.Issue):
            if one.pull_request is None:  # GitHub lists pull requests among the issues
                yield _issue(one)

    def open_issue(self, title: str, body: str, label: str) -> Issue:
        """Open an issue. Needs `issues: write`.

        GitHub drops labels silently where the token may not set them; asking for the label alone
        turns that into an error.
        """
        content = {"title": title, "body": body, "labels": [label]}
        made = _issue(self.api.write("POST", f"{self.path}/issues", content, wire.Issue))
        if label not in made.labels:
            labels = f"{self.path}/issues/{made.number}/labels"
            self.api.write("POST", labels, {"labels": [label]}, list[wire.Named])
        return made

    def edit_issue(self, number: int, title: str, body: str) -> None:
        """Replace an issue's title and body. Needs `issues: write`."""
        content = {"title": title, "body": body}
        self.api.write("PATCH", f"{self.path}/issues/{number}", content, wire.Issue)

    def close_issue(self, number: int, comment: str, *, reason: str = "completed") -> None:
        """Say why, and close an issue as `completed` or `not_planned`. Needs `issues: write`."""
        where = f"{self.path}/issues/{number}"
        self.api.write("POST", f"{where}/comments", {"body": comment}, dict[str, Json])
        self.api.write("PATCH", where, {"state": "closed", "state_reason": reason}, wire.Issue)


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
        raise CredentialError(
            "GITHUB_TOKEN is not set",
            hint="in a workflow: env: GITHUB_TOKEN: ${{ github.token }}",
        )
    return GitHub(environ.get("GITHUB_API_URL") or DEFAULT_API_URL, Secret(token), repository)


def _issue(told: wire.Issue) -> Issue:
    labels = tuple(label.name for label in told.labels)
    return Issue(number=told.number, title=told.title, body=told.body or "", labels=labels)
