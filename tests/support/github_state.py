"""What the stand-in for GitHub (support/github.py) knows, and how it answers."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
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
    runs: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Runs of workflows by number, each with its `jobs`."""
    clock: int = 0
    """The second at which the newest status was made."""
    points: int = 0
    """What the queries so far count as, of 1,000 points an hour."""
    environments: dict[str, dict[str, Any]] = field(default_factory=dict)
    branches: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    secrets: dict[str, list[str]] = field(default_factory=dict)
    """Names of secrets by environment; the repository's own under the empty name, its
    organization's under `organization`."""
    users: dict[str, int] = field(default_factory=dict)
    teams: dict[str, int] = field(default_factory=dict)
    """Ids of teams by `organization/slug`."""
    switched: dict[str, str] = field(default_factory=dict)
    """Files of workflows that were switched: `enable` or `disable`."""
    rulesets: list[dict[str, Any]] = field(default_factory=list)
    owner_errors: list[dict[str, Any]] | None = field(default_factory=list)
    """What is wrong with CODEOWNERS; None: there is no such file."""
    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    comments: dict[int, list[str]] = field(default_factory=dict)
    """What jobs of GitHub Actions said, by issue or pull request."""
    said: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Every comment by its id, with its `issue`, `body` and `user`."""
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
        creator: str = "github-actions[bot]",
        ended: int | None = None,
        **run: Any,
    ) -> dict[str, Any]:
        """Make a deployment whose statuses were these, oldest first; return its workflow run.

        `ended` is the second at which the last status was made; each is a second after the one
        before. `run` is what is unusual about the workflow run or its job (`job`, `conclusion`).
        """
        number = len(self.deployments) + 1
        made = self.ran(
            run.pop("job", f"deploy {environment}"), head_sha=sha, number=8000 + number, **run
        )
        by = {"login": creator, "type": "Bot" if creator.endswith("[bot]") else "User"}
        one = {"id": number, "sha": sha, "environment": environment, "creator": by}
        self.deployments.append(one)
        states = states or ("success",)
        self.clock = self.clock + len(states) if ended is None else ended
        self.statuses[number] = [
            {
                "state": state,
                "environment_url": url,
                "log_url": made["jobs"][0]["html_url"],
                "created_at": _time(self.clock - len(states) + 1 + at),
            }
            for at, state in enumerate(states)
        ]
        return made

    def ran(self, *jobs: str, number: int, **unusual: Any) -> dict[str, Any]:
        """Make a run of deploy.yml on main with these jobs, which ended well unless said."""
        page = f"https://github.com/{self.repository}/actions/runs/{number}"
        state = {
            "status": unusual.pop("job_status", "completed"),
            "conclusion": unusual.pop("conclusion", "success"),
        }
        run = {
            "id": number,
            "path": ".github/workflows/deploy.yml",
            "head_branch": "main",
            "head_sha": "",
            "status": "completed",
            "display_title": "deploy all to staging",
            "html_url": page,
            **unusual,
        }
        made = [
            {
                "id": 100 * number + at,
                "name": name,
                "html_url": f"{page}/job/{100 * number + at}",
                **state,
            }
            for at, name in enumerate(jobs)
        ]
        self.runs[number] = {**run, "jobs": made}
        return self.runs[number]

    def open(self, **issue: Any) -> int:
        """Open an issue and return its number."""
        number = FIRST_NUMBER + len(self.issues)
        labels = [{"name": name} for name in issue.pop("labels", [])]
        base = {"number": number, "title": "", "body": "", "state": "open", "labels": labels}
        self.issues[number] = {**base, **issue}
        return number

    def say(self, issue: int, body: str, login: str = "github-actions[bot]") -> dict[str, Any]:
        """Write a comment, and return it."""
        self.comments.setdefault(issue, []).append(body)
        number = 1 + len(self.said)
        user = {"id": 41898282, "login": login}
        self.said[number] = {"id": number, "issue": issue, "body": body, "user": user}
        return self.said[number]

    def open_issues(self) -> list[dict[str, Any]]:
        """Return the issues that are open."""
        return [issue for issue in self.issues.values() if issue["state"] == "open"]

    def writes(self) -> list[str]:
        """Return the requests that changed something, or tried to."""
        return [line for line in self.asked if not line.startswith(("GET ", "POST /graphql"))]

    # -- endpoints: the request -> what is answered ---------------------------------------

    def query(self, request: Request) -> Any:
        """Answer the one query that edgefleet asks: deployments of many environments."""
        text, variables = request.body["query"], request.body["variables"]
        assert f"{variables['owner']}/{variables['name']}" == self.repository
        asked = re.findall(r"(d\d+):deployments\(environments:\[\$(e\d+)\],\S*after:\$(a\d+)", text)
        size = min(variables["size"], self.page_size)
        self.points += max(1, round(len(asked) * (1 + size) / 100))
        pages = {
            alias: self._page_of(variables[name], int(variables[after] or 0), size)
            for alias, name, after in asked
        }
        return {"data": {"repository": pages}}

    def _page_of(self, environment: str, first: int, size: int) -> dict[str, Any]:
        found = [one for one in self.deployments[::-1] if one["environment"] == environment]
        more = len(found) > first + size
        nodes = [self._node(one) for one in found[first : first + size]]
        return {"pageInfo": {"hasNextPage": more, "endCursor": str(first + size)}, "nodes": nodes}

    def _node(self, one: dict[str, Any]) -> dict[str, Any]:
        by = one["creator"]
        return {
            "commitOid": one["sha"],
            "creator": {"__typename": by["type"], "login": by["login"].removesuffix("[bot]")},
            "statuses": {
                "nodes": [
                    {
                        "state": status["state"].upper(),
                        "environmentUrl": status["environment_url"],
                        "logUrl": status["log_url"],
                        "createdAt": status["created_at"],
                    }
                    for status in self.statuses[one["id"]][::-1]
                ]
            },
        }

    def this(self, _: Request) -> Any:
        return {"full_name": self.repository, "default_branch": "main"}

    def run(self, request: Request) -> Any:
        return _known(self.runs, int(request.found[0]))

    def list_runs(self, request: Request) -> Any:
        file = f".github/workflows/{request.found[0]}"
        return {"workflow_runs": [one for one in self.runs.values() if one["path"] == file][::-1]}

    def switch(self, request: Request) -> Any:
        file, word = request.found
        self.switched[file] = word

    def list_jobs(self, request: Request) -> Any:
        return {"jobs": _known(self.runs, int(request.found[0]))["jobs"]}

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
        return self.say(number, request.body["body"])

    def list_comments(self, request: Request) -> Any:
        number = self._issue(request)["number"]
        return [one for one in self.said.values() if one["issue"] == number]

    def edit_comment(self, request: Request) -> Any:
        one = _known(self.said, int(request.found[0]))
        bodies = self.comments[one["issue"]]
        bodies[bodies.index(one["body"])] = request.body["body"]
        one.update(request.body)
        return one

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

    def list_owner_errors(self, _: Request) -> Any:
        if self.owner_errors is None:
            raise Refusal(404, "Not Found")
        return {"errors": self.owner_errors}

    def list_rulesets(self, _: Request) -> Any:
        hidden = {"rules", "conditions", "bypass_actors"}
        return [{k: v for k, v in one.items() if k not in hidden} for one in self.rulesets]

    def make_ruleset(self, request: Request) -> Any:
        self.rulesets.append({"id": 100 + len(self.rulesets), **request.body})
        return self.rulesets[-1]

    def put_ruleset(self, request: Request) -> Any:
        found = self.ruleset(request)
        found.update(request.body)
        return found

    def ruleset(self, request: Request) -> Any:
        return _known({str(one["id"]): one for one in self.rulesets}, request.found[0])

    def _issue(self, request: Request) -> dict[str, Any]:
        found: dict[str, Any] = _known(self.issues, int(request.found[0]))
        return found

    def _people(self) -> dict[tuple[str, int], str]:
        users = {("User", number): login for login, number in self.users.items()}
        return users | {("Team", number): name for name, number in self.teams.items()}

    # -- what stands before every endpoint ------------------------------------------------

    def drop_environment(self, request: Request) -> Any:
        if self.environments.pop(request.found[0], None) is None:
            raise Refusal(404, "Not Found")
        return None

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
                created = method == "POST" and pattern != "/graphql"
                return (201 if created else 200), endpoint(self, request)
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
    ("POST", "/graphql", "deployments: read", GitHub.query),
    ("GET", "", "metadata: read", GitHub.this),
    ("GET", r"/actions/runs/(\d+)", "actions: read", GitHub.run),
    ("GET", r"/actions/runs/(\d+)/jobs", "actions: read", GitHub.list_jobs),
    ("GET", r"/actions/workflows/([^/]+)/runs", "actions: read", GitHub.list_runs),
    ("PUT", r"/actions/workflows/([^/]+)/(enable|disable)", "actions: write", GitHub.switch),
    ("GET", "/issues", "issues: read", GitHub.list_issues),
    ("POST", "/issues", "issues: write", GitHub.create_issue),
    ("PATCH", r"/issues/(\d+)", "issues: write", GitHub.edit_issue),
    ("POST", r"/issues/(\d+)/labels", "issues: write", GitHub.label_issue),
    ("POST", r"/issues/(\d+)/comments", "issues: write", GitHub.comment),
    ("GET", r"/issues/(\d+)/comments", "issues: read", GitHub.list_comments),
    ("PATCH", r"/issues/comments/(\d+)", "issues: write", GitHub.edit_comment),
    ("GET", "/environments", "actions: read", GitHub.list_environments),
    ("PUT", _ENV, "administration: write", GitHub.put_environment),
    ("DELETE", _ENV, "administration: write", GitHub.drop_environment),
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
    ("GET", "/codeowners/errors", "contents: read", GitHub.list_owner_errors),
    ("GET", "/rulesets", "metadata: read", GitHub.list_rulesets),
    ("GET", r"/rulesets/(\d+)", "metadata: read", GitHub.ruleset),
    ("POST", "/rulesets", "administration: write", GitHub.make_ruleset),
    ("PUT", r"/rulesets/(\d+)", "administration: write", GitHub.put_ruleset),
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
                        (one["type"], one["id"]), "person"
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
    return {
        "name": name,
        "can_admins_bypass": True,  # GitHub's default, which only its page changes
        "protection_rules": rules,
        "deployment_branch_policy": policy,
    }


def _time(second: int) -> str:
    return (datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=second)).isoformat()


def _known(things: dict[Any, Any], key: Any) -> Any:
    if key not in things:
        raise Refusal(404, "Not Found")
    return things[key]
