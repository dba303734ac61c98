"""What others reported of deploying Workers, as a table: the next report is one more row.

A row changes a tenant's files, orders faults at the embedded Cloudflare, runs commands, and says
how the last one ends. Where a report needs more than that, it has a test of its own elsewhere,
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
DEPLOY = ("deploy", *TARGET, "--engine", "api", "--force")
VALIDATE = ("validate", "--tenant", ONE)


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
