"""What others reported of deploying Workers, as a table: the next report is one more row.

A row changes a tenant's files, orders faults at the embedded Cloudflare, runs commands, and says
how the last one ends. Where a report needs more than that, it has its own test elsewhere,
whose id or docstring names it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyjson5
import pytest
import requests

from integration.conftest import TENANTS, Stage, token
from support.project import Ran

ONE = TENANTS[0]
STAGING = "bluey-ai-worker-staging"
TARGET = ("--tenant", ONE, "--env", "staging")
TARGETS = ("--tenants", ONE, "--env", "staging")
DEPLOY = ("deploy", *TARGET, "--engine", "api", "--force")
VALIDATE = ("validate", "--tenants", ONE)


@dataclass(frozen=True, kw_only=True)
class Report:
    """One report, tried on the first tenant's staging."""

    id: str
    seen_in: str
    """Where it was reported: a repository and the number of its issue."""
    wrangler: dict[str, Any] = field(default_factory=dict)
    """Merged into wrangler.jsonc (RFC 7386: null takes a key away)."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Merged into tenant.config.json."""
    deployed: bool = True
    """Whether the target was deployed, with the files as they are in this repository, before."""
    before: tuple[tuple[str, ...], ...] = ()
    """Commands that run first, with the changed files; each must end with 0."""
    api: tuple[tuple[str, str, Any], ...] = ()
    """Requests that follow them: method, path below the script, JSON body."""
    faults: tuple[dict[str, Any], ...] = ()
    """Faults that localedge is ordered to make after all that."""
    command: tuple[str, ...]
    code: int
    says: tuple[str, ...] = ()
    never_says: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    """A command that follows, with no faults any more, and ends with 0."""


DNS_RECORD = {
    "method": "PUT",
    "path": "*/domains/records",
    "kind": "status",
    "status": 409,
    "code": 100117,
    "message": "Hostname has externally managed DNS records. Delete them first.",
    "times": None,
}
CUSTOM_DOMAIN = {
    "env": {
        "staging": {
            "routes": [{"pattern": "a.shop.example", "custom_domain": True}],
            "workers_dev": True,
        }
    }
}

REPORTS = (
    Report(
        id="R36 a limit that the plan does not have",
        seen_in="cloudflare/workers-sdk (limits on the Free plan)",
        wrangler={"limits": {"cpu_ms": 10}},
        faults=(
            {
                "method": "POST",
                "path": "*/versions",
                "kind": "status",
                "status": 400,
                "code": 100328,
                "message": "CPU limits are not supported for the Free plan",
                "times": None,
            },
        ),
        command=DEPLOY,
        code=6,
        says=("100328", "CPU limits are not supported for the Free plan"),
    ),
    Report(
        id="R6 Sunday as 0",
        seen_in="cloudflare/workers-sdk#8923, #8674",
        wrangler={"env": {"staging": {"triggers": {"crons": ["17 3 * * 0", "@daily"]}}}},
        deployed=False,
        command=VALIDATE,
        code=4,
        says=("cron-invalid", 'write "17 3 * * SUN"', 'write "0 0 * * *"'),
    ),
    Report(
        id="R7 the same schedule twice",
        seen_in="cloudflare/terraform-provider-cloudflare#5899",
        wrangler={"env": {"staging": {"triggers": {"crons": ["*/5 * * * *", "*/5 * * * *"]}}}},
        deployed=False,
        command=VALIDATE,
        code=4,
        says=("cron-twice",),
    ),
    Report(
        id="R7 the same schedule in another spelling",
        seen_in="cloudflare/terraform-provider-cloudflare#5899",
        wrangler={"env": {"staging": {"triggers": {"crons": ["17  3 * * sun"]}}}},
        before=(DEPLOY,),
        api=(("PUT", "schedules", [{"cron": "17 3 * * SUN"}]),),
        command=("plan", *TARGETS, "--exit-code"),
        code=0,
        says=("No changes.",),
    ),
    Report(
        id="R8, R35 crons and switches that the file does not name any more",
        seen_in="cloudflare/workers-sdk#9180, #9266, #5450",
        wrangler={"preview_urls": None, "env": {"staging": {"triggers": None}}},
        api=(("POST", "subdomain", {"enabled": True, "previews_enabled": False}),),
        command=("plan", *TARGETS),
        code=0,
        says=(
            '- crons: ["17 3 * * *"]',
            "triggers.crons is not in wrangler.jsonc: no cron trigger is left",
            "preview_urls is not in wrangler.jsonc: it is on as workers_dev is",
        ),
    ),
    Report(
        id="R9 queue consumers",
        seen_in="cloudflare/workers-sdk#13923",
        wrangler={"env": {"staging": {"queues": {"consumers": [{"queue": "acme-jobs"}]}}}},
        command=("plan", *TARGETS),
        code=0,
        says=('+ consumers.acme-jobs: {"max_batch_size": 10',),
    ),
    Report(
        id="R10 a workflow that no deploy registers",
        seen_in="cloudflare/workers-sdk#13929",
        wrangler={
            "env": {
                "staging": {
                    "workflows": [{"binding": "WF", "name": "nightly", "class_name": "Nightly"}]
                }
            }
        },
        deployed=False,
        command=VALIDATE,
        code=4,
        says=("class-not-exported", "does not export a class 'Nightly'"),
    ),
    Report(
        id="R11 transferred_classes",
        seen_in="cloudflare/workers-sdk#2305, #15554",
        wrangler={
            "migrations": [
                {"tag": "v1", "new_sqlite_classes": ["ChatSession"]},
                {
                    "tag": "v2",
                    "transferred_classes": [
                        {"from": "RateLimiter", "from_script": "limits", "to": "RateLimiter"}
                    ],
                },
            ]
        },
        deployed=False,
        command=VALIDATE,
        code=0,
    ),
    Report(
        id="R19 the place of a live version that is not the newest",
        seen_in="cloudflare/cloudflare-docs#26355",
        wrangler={"placement": {"region": "aws:us-east-1"}},
        before=(DEPLOY,),
        faults=(
            {
                "path": "http://*/health",
                "kind": "status",
                "status": 503,
                "times": None,
            },
        ),
        command=(*DEPLOY, "--health-timeout", "1"),
        code=7,
        then=("plan", *TARGETS, "--exit-code"),
    ),
    Report(
        id="R20 defaults of observability",
        seen_in="cloudflare/workers-sdk#12074",
        wrangler={"observability": {"enabled": True, "logs": {"invocation_logs": False}}},
        before=(DEPLOY,),
        api=(
            (
                "PATCH",
                "script-settings",
                {
                    "observability": {
                        "traces": None,
                        "logs": {"destinations": [], "invocation_logs": False},
                        "persist": True,
                        "head_sampling_rate": 0.1,
                        "enabled": True,
                    }
                },
            ),
        ),
        command=("plan", *TARGETS),
        code=0,
        says=("~ observability.head_sampling_rate: 0.1 -> 1", "0 to add, 1 to change, 0 to remove"),
    ),
    Report(
        id="R23 two lists of required secrets",
        seen_in="cloudflare/workers-sdk#12732",
        wrangler={"secrets": {"required": ["UPSTREAM_TOKEN"]}},
        deployed=False,
        command=VALIDATE,
        code=0,
        says=("edgefleet uses requiredSecrets", "lacks UPSTREAM_TOKEN"),
        never_says=("wrangler knows no key",),
    ),
    Report(
        id="R4 a DNS record in the way of a first deploy",
        seen_in="cloudflare/workers-sdk#9878",
        wrangler=CUSTOM_DOMAIN,
        deployed=False,
        faults=(DNS_RECORD,),
        command=DEPLOY,
        code=6,
        says=(
            "100117",
            "Delete them first",
            "it was removed again, with its Durable Objects",
        ),
    ),
    Report(
        id="R4 a DNS record in the way of a new custom domain",
        seen_in="cloudflare/workers-sdk#9878",
        wrangler=CUSTOM_DOMAIN,
        faults=(DNS_RECORD,),
        command=DEPLOY,
        code=6,
        says=("100117", "Delete them first", "is live again"),
    ),
    Report(
        id="R26 an API that does not know yet what it just did",
        seen_in="cloudflare/workers-sdk#3347",
        deployed=False,
        faults=(
            {
                "method": "GET",
                "path": "*/deployments",
                "nth": 3,
                "kind": "status",
                "status": 404,
                "code": 10007,
                "message": "script_not_found",
                "times": 2,
            },
            {
                "method": "GET",
                "path": "*/deployments",
                "nth": 3,
                "kind": "status",
                "status": 503,
                "times": 5,
            },
        ),
        command=DEPLOY,
        code=0,
        never_says=("was removed", "restore"),
    ),
    Report(
        id="A7 a second of trouble while a version is uploaded and traffic moves",
        seen_in="a trial as a new user",
        faults=(
            {"method": "POST", "path": "*/versions", "kind": "status", "status": 500},
            {
                "method": "POST",
                "path": "*/deployments",
                "nth": 2,
                "kind": "status",
                "status": 500,
                "times": 5,
            },
        ),
        command=DEPLOY,
        code=0,
        never_says=("restore",),
    ),
    Report(
        id="A7 trouble that lasts: what is live, and the command that gets out",
        seen_in="a trial as a new user",
        faults=(
            {
                "method": "POST",
                "path": "*/deployments",
                "nth": 2,
                "kind": "status",
                "status": 500,
                "times": None,
            },
        ),
        command=DEPLOY,
        code=8,
        says=(
            "live is version",
            "0 %",
            "edgefleet rollback --tenants mrrainbowsmoke --env staging --replace-split --to ",
            "edgefleet deploy --tenant mrrainbowsmoke --env staging --replace-split",
        ),
        then=DEPLOY,
    ),
)


def merged(document: Any, patch: Any) -> Any:
    """Merge a patch into a JSON document, by RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    found = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = merged(found.get(key), value)
    return found


@pytest.fixture(scope="module")
def stage(quick_stage: Stage) -> Stage:
    """Run no Worker: all here is about what is deployed."""
    return quick_stage


def request(stage: Stage, method: str, path: str, body: Any) -> None:
    """Change something of the script behind edgefleet's back."""
    account = stage.project.wrangler(ONE)["account_id"]
    url = f"{stage.edge.api}/accounts/{account}/workers/scripts/{STAGING}/{path}"
    headers = {"Authorization": f"Bearer {token(ONE)}"}
    answer = requests.request(method, url, json=body, headers=headers, timeout=30)
    assert answer.ok, answer.text


def run(stage: Stage, command: tuple[str, ...]) -> Ran:
    """Run a command, with the bundle that was built once where it would build."""
    builds = {"deploy", "plan"} & set(command[:1]) and "--bundle" not in command
    more = ("--bundle", str(stage.bundle)) if builds else ()
    return stage.project.run(*command, *more)


@pytest.fixture
def fleet(stage: Stage) -> Iterator[Stage]:
    """Lend the stage to one report; its files and its Cloudflare are as before afterwards."""
    folder = stage.project.root / "tenants" / ONE
    before = {file: file.read_bytes() for file in folder.iterdir()}
    yield stage
    stage.edge.clear_faults()
    stage.edge.reset()
    for file in folder.iterdir():
        if file not in before:
            file.unlink()
    for file, content in before.items():
        file.write_bytes(content)


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.id)
def test_a_public_report_has_the_right_outcome(fleet: Stage, report: Report) -> None:
    if report.deployed:
        assert run(fleet, DEPLOY).code == 0
    folder = fleet.project.root / "tenants" / ONE
    config = pyjson5.loads((folder / "tenant.config.json").read_text())
    files = {
        "wrangler.jsonc": merged(fleet.project.wrangler(ONE), report.wrangler),
        "tenant.config.json": merged(config, report.settings),
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, indent=2))
    for command in report.before:
        ran = run(fleet, command)
        assert ran.code == 0, ran.said
    for method, path, body in report.api:
        request(fleet, method, path, body)
    for fault in report.faults:
        fleet.edge.fault(**fault)
    ended = run(fleet, report.command)
    assert ended.code == report.code, ended.said
    for words in report.says:
        assert words in ended.said, ended.said
    for words in report.never_says:
        assert words not in ended.said, ended.said
    if report.then:
        fleet.edge.clear_faults()
        after = run(fleet, report.then)
        assert after.code == 0, after.said
