"""What the stand-in for GitHub (support/github.py) knows, and how it answers."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

TOKEN = "github-token-of-the-stand-in"
REPOSITORY = "acme/fleet"
FIRST_NUMBER = 101


@dataclass
class Fault:
    """What is answered in place of the next `times` requests like it; status 0 answers nothing."""

    method: str
    path: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "Server Error"
    times: int = 1


@dataclass
class Refusal(Exception):
    """An error, as GitHub words it."""

    status: int
    message: str


@dataclass
class Request:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    found: tuple[str, ...] = ()


@dataclass
class GitHub:
    """Everything that the stand-in knows; tests read it and write to it."""

    repository: str = REPOSITORY
    token: str = TOKEN
    url: str = ""
    denied: set[str] = field(default_factory=set)
    """Permissions that the token lacks, such as `issues: write`."""
    page_size: int = 100
    deployments: list[dict[str, Any]] = field(default_factory=list)
    statuses: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    environments: dict[str, dict[str, Any]] = field(default_factory=dict)
    branches: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    secrets: dict[str, list[str]] = field(default_factory=dict)
    """Names of secrets by environment; the repository's own under the empty name, its
    organization's under `organization`."""
    users: dict[str, int] = field(default_factory=dict)
    teams: dict[str, int] = field(default_factory=dict)
    """Ids of teams by `organization/slug`."""
    rulesets: list[dict[str, Any]] = field(default_factory=list)
    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: dict[int, list[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """`METHOD path` of every request, as it came."""

    def environ(self) -> dict[str, str]:
        """Return the variables that GitHub Actions would set."""
        return {
            "GITHUB_API_URL": self.url,
            "GITHUB_TOKEN": self.token,
            "GITHUB_REPOSITORY": self.repository,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_RUN_ID": "4711",
        }

    def deployed(
        self,
        environment: str,
        sha: str,
        *states: str,
        url: str = "https://worker.example",
    ) -> None:
        """Make a deployment whose statuses were these, oldest first."""
        number = len(self.deployments) + 1
        self.deployments.append({"id": number, "sha": sha, "environment": environment})
        self.statuses[number] = [
            {"state": state, "environment_url": url} for state in (states or ("success",))
        ]

    def open(self, **issue: Any) -> int:
        """Open an issue and return its number."""
        number = FIRST_NUMBER + len(self.issues)
        labels = [{"name": name} for name in issue.pop("labels", [])]
        base = {"number": number, "title": "", "body": "", "state": "open", "labels": labels}
        self.issues[number] = {**base, **issue}
        return number

    def open_issues(self) -> list[dict[str, Any]]:
        """Return the issues that are open."""
        return [issue for issue in self.issues.values() if issue["state"] == "open"]

    def writes(self) -> list[str]:
        """Return the requests that changed something, or tried to."""
        return [line for line in self.asked if not line.startswith("GET ")]

    # -- endpoints: the request -> what is answered ---------------------------------------

    def list_deployments(self, request: Request) -> Any:
        asked = {key: request.query.get(key) for key in ("environment", "sha")}
        return [
            one
            for one in self.deployments[::-1]
            if all(value in (None, one[key]) for key, value in asked.items())
        ]

    def list_statuses(self, request: Request) -> Any:
        return self.statuses[int(request.found[0])][::-1]

    def list_issues(self, request: Request) -> Any:
        state, label = request.query.get("state", "open"), request.query.get("labels")
        return [
            issue
            for issue in self.issues.values()
            if state in ("all", issue["state"])
            and (label is None or {"name": label} in issue["labels"])
        ]

    def create_issue(self, request: Request) -> Any:
        return self.issues[self.open(**request.body)]

    def edit_issue(self, request: Request) -> Any:
        issue = self._issue(request)
        issue.update(request.body)
        return issue

    def label_issue(self, request: Request) -> Any:
        issue = self._issue(request)
        issue["labels"] += [{"name": name} for name in request.body["labels"]]
        return issue["labels"]

    def comment(self, request: Request) -> Any:
        number = self._issue(request)["number"]
        self.comments.setdefault(number, []).append(request.body["body"])
        return {"id": 1, "body": request.body["body"]}

    def list_environments(self, _: Request) -> Any:
        return {"environments": list(self.environments.values())}

    def put_environment(self, request: Request) -> Any:
        name = unquote(request.found[0])
        self.environments[name] = environment(name, request.body or {}, self._people())
        return self.environments[name]

    def list_branches(self, request: Request) -> Any:
        return {"branch_policies": self.branches.get(unquote(request.found[0]), [])}

    def add_branch(self, request: Request) -> Any:
        policies = self.branches.setdefault(unquote(request.found[0]), [])
        policies.append({"id": len(policies) + 1, "type": "branch", **request.body})
        return policies[-1]

    def drop_branch(self, request: Request) -> Any:
        name, number = unquote(request.found[0]), int(request.found[1])
        self.branches[name] = [one for one in self.branches[name] if one["id"] != number]

    def list_secrets(self, request: Request) -> Any:
        names = self.secrets.get(unquote("".join(request.found)), [])
        return {"secrets": [{"name": name} for name in names]}

    def list_organization_secrets(self, _: Request) -> Any:
        return {"secrets": [{"name": name} for name in self.secrets.get("organization", [])]}

    def user(self, request: Request) -> Any:
        return {"id": _known(self.users, request.found[0]), "login": request.found[0]}

    def team(self, request: Request) -> Any:
        return {"id": _known(self.teams, "/".join(request.found)), "slug": request.found[1]}

    def list_rulesets(self, _: Request) -> Any:
        hidden = {"rules", "conditions", "bypass_actors"}
        return [{k: v for k, v in one.items() if k not in hidden} for one in self.rulesets]

    def ruleset(self, request: Request) -> Any:
        return _known({str(one["id"]): one for one in self.rulesets}, request.found[0])

    def _issue(self, request: Request) -> dict[str, Any]:
        found: dict[str, Any] = _known(self.issues, int(request.found[0]))
        return found

    def _people(self) -> dict[tuple[str, int], str]:
        users = {("User", number): login for login, number in self.users.items()}
        return users | {("Team", number): name for name, number in self.teams.items()}

    # -- what stands before every endpoint ------------------------------------------------

    def answer(self, request: Request, authorization: str) -> tuple[int, Any]:
        """Return the status and the body of one answer, before pages are cut."""
        if authorization != f"Bearer {self.token}":
            raise Refusal(401, "Bad credentials")
        below = request.path.removeprefix(f"/repos/{self.repository}")
        for method, pattern, permission, endpoint in ENDPOINTS:
            match = re.fullmatch(pattern, below)
            if match and method == request.method:
                if permission in self.denied:
                    raise Refusal(403, "Resource not accessible by integration")
                request.found = match.groups()
                return (201 if method == "POST" else 200), endpoint(self, request)
        raise Refusal(404, "Not Found")

    def fault(self, request: Request) -> Fault | None:
        """Return the fault that strikes this request, and count it."""
        for fault in self.faults:
            if fault.method == request.method and re.search(fault.path, request.path):
                fault.times -= 1
                if not fault.times:
                    self.faults.remove(fault)
                return fault
        return None


Endpoint = Callable[[GitHub, Request], Any]
_ENV = "/environments/([^/]+)"
ENDPOINTS: tuple[tuple[str, str, str, Endpoint], ...] = (
    ("GET", "/deployments", "deployments: read", GitHub.list_deployments),
    ("GET", r"/deployments/(\d+)/statuses", "deployments: read", GitHub.list_statuses),
    ("GET", "/issues", "issues: read", GitHub.list_issues),
    ("POST", "/issues", "issues: write", GitHub.create_issue),
    ("PATCH", r"/issues/(\d+)", "issues: write", GitHub.edit_issue),
    ("POST", r"/issues/(\d+)/labels", "issues: write", GitHub.label_issue),
    ("POST", r"/issues/(\d+)/comments", "issues: write", GitHub.comment),
    ("GET", "/environments", "actions: read", GitHub.list_environments),
    ("PUT", _ENV, "administration: write", GitHub.put_environment),
    ("GET", f"{_ENV}/deployment-branch-policies", "actions: read", GitHub.list_branches),
    ("POST", f"{_ENV}/deployment-branch-policies", "administration: write", GitHub.add_branch),
    (
        "DELETE",
        rf"{_ENV}/deployment-branch-policies/(\d+)",
        "administration: write",
        GitHub.drop_branch,
    ),
    ("GET", f"{_ENV}/secrets", "environments: read", GitHub.list_secrets),
    ("GET", "/actions/secrets", "secrets: read", GitHub.list_secrets),
    ("GET", "/actions/organization-secrets", "secrets: read", GitHub.list_organization_secrets),
    ("GET", "/users/([^/]+)", "metadata: read", GitHub.user),
    ("GET", "/orgs/([^/]+)/teams/([^/]+)", "members: read", GitHub.team),
    ("GET", "/rulesets", "metadata: read", GitHub.list_rulesets),
    ("GET", r"/rulesets/(\d+)", "metadata: read", GitHub.ruleset),
)


def environment(name: str, asked: dict[str, Any], people: dict[Any, str]) -> dict[str, Any]:
    """Return an environment as GitHub shows it after it was asked for like this."""
    rules: list[dict[str, Any]] = []
    if asked.get("wait_timer"):
        rules.append({"type": "wait_timer", "wait_timer": asked["wait_timer"]})
    if asked.get("reviewers"):
        shown = [
            {
                "type": one["type"],
                "reviewer": {
                    "id": one["id"],
                    "login" if one["type"] == "User" else "slug": people.get(
                        (one["type"], one["id"]), "somebody"
                    ),
                },
            }
            for one in asked["reviewers"]
        ]
        itself = bool(asked.get("prevent_self_review"))
        rules.append(
            {"type": "required_reviewers", "prevent_self_review": itself, "reviewers": shown}
        )
    policy = asked.get("deployment_branch_policy")
    rules += [{"type": "branch_policy"}] if policy else []
    return {"name": name, "protection_rules": rules, "deployment_branch_policy": policy}


def _known(things: dict[Any, Any], key: Any) -> Any:
    if key not in things:
        raise Refusal(404, "Not Found")
    return things[key]
