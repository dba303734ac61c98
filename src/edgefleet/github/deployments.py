"""GitHub's deployments, of many environments at once.

They are read with GraphQL: a request for each target would use up the 1,000 requests an hour of a
job's token. A query of 100 environments counts as 11 of the 1,000 points an hour that it has, too
(https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api).
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from edgefleet.core.model import Json
from edgefleet.github import schemas as wire
from edgefleet.github.models import DeploymentStatus, GitHubDeployment
from edgefleet.github.repository import GitHub
from edgefleet.github.responses import parse_answer

AT_ONCE = 100
"""Environments in one query."""
FEW, MANY = 10, 100
"""Deployments of an environment in one answer, where many environments are asked, and one."""
MOST_PAGES = 20

ACTIONS = {"github-actions", "github-actions[bot]"}

FRAGMENT = """fragment D on Deployment{commitOid creator{__typename login}
statuses(first:20){nodes{state environmentUrl logUrl createdAt}}}"""

Enough = Callable[[Sequence[GitHubDeployment]], bool]
"""Whether the deployments of one environment, newest first, answer what is asked."""


def recent_deployments(
    github: GitHub, environments: Sequence[str], enough: Enough
) -> dict[str, list[GitHubDeployment]]:
    """Return the newest deployments of each environment, as far back as `enough` asks for.

    They come newest first, by when they were made; environments that do not exist have none.
    Needs `deployments: read`.
    """
    found: dict[str, list[GitHubDeployment]] = {name: [] for name in environments}
    cursors: dict[str, str | None] = dict.fromkeys(environments)
    for _ in range(MOST_PAGES):
        following: dict[str, str | None] = {}
        for names in _batches(list(cursors)):
            for name, page in _asked(github, {one: cursors[one] for one in names}).items():
                found[name] += (_deployment(name, one) for one in page.nodes)
                if page.page.more and not enough(found[name]):
                    following[name] = page.page.cursor
        cursors = following
    return found


def _asked(github: GitHub, cursors: dict[str, str | None]) -> dict[str, wire.DeploymentPage]:
    owner, _, name = github.repository.partition("/")
    variables: dict[str, Json] = {"owner": owner, "name": name}
    variables["size"] = FEW if len(cursors) > 1 else MANY
    declared, parts = ["$owner:String!", "$name:String!", "$size:Int!"], []
    for number, (environment, cursor) in enumerate(cursors.items()):
        variables |= {f"e{number}": environment, f"a{number}": cursor}
        declared += [f"$e{number}:String!", f"$a{number}:String"]
        parts.append(
            f"d{number}:deployments(environments:[$e{number}],first:$size,after:$a{number},"
            "orderBy:{field:CREATED_AT,direction:DESC})"
            "{pageInfo{hasNextPage endCursor} nodes{...D}}"
        )
    inner = f"repository(owner:$owner,name:$name){{{' '.join(parts)}}}"
    text = f"query({','.join(declared)}){{{inner}}}\n{FRAGMENT}"
    schema = github.api.query(text, variables)
    return {
        environment: parse_answer(schema.get(f"d{number}"), wire.DeploymentPage, "deployments")
        for number, environment in enumerate(cursors)
    }


def _deployment(environment: str, schema: wire.DeploymentSchema) -> GitHubDeployment:
    by = schema.creator
    return GitHubDeployment(
        environment=environment,
        commit=schema.commit,
        by_actions=by is not None and by.kind == "Bot" and by.login in ACTIONS,
        statuses=tuple(
            DeploymentStatus(
                state=one.state.lower(),
                created=one.created,
                url=one.url or "",
                log_url=one.log_url or "",
            )
            for one in (schema.statuses.nodes if schema.statuses else ())
        ),
    )


def _batches(names: Sequence[str]) -> Iterator[list[str]]:
    left = iter(names)
    while batch := list(islice(left, AT_ONCE)):
        yield batch
