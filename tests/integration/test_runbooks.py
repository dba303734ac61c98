"""What a runbook tells people to type is typed, in its order, and does what it says."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from string import Template

import pytest

from integration.conftest import TENANTS, Stage
from support.canaries import let_callers_in
from support.project import ROOT, Ran
from support.shell import in_shell

RUNBOOK = ROOT / "docs" / "runbooks" / "rollback-deployment.md"
CANARY = ROOT / "docs" / "runbooks" / "canary-needs-you.md"
INCIDENT = ROOT / "docs" / "runbooks" / "incident-response.md"
TOKENS = ROOT / "docs" / "deployment" / "multi-account-auth.md"
ONE = TENANTS[0]
SHELL = frozenset("|&;<>()`*?")
"""What a line is typed into a real shell for."""


@pytest.fixture(scope="module")
def stage(quick_stage: Stage) -> Stage:
    """Run no Worker: all here is about what is deployed."""
    return quick_stage


def commands(page: Path) -> list[str]:
    """Return the lines of all blocks of shell commands."""
    blocks = re.findall(r"^( *)```sh\n(.*?)^\1```$", page.read_text(), re.DOTALL | re.MULTILINE)
    return [line.strip() for _, block in blocks for line in block.splitlines() if line.strip()]


def expandvars(line: str, environ: Mapping[str, str]) -> str:
    """Replace `$NAME` as a shell does."""
    return Template(line).safe_substitute(environ)


def typed(stage: Stage, line: str, **environ: str) -> Ran:
    """Run one line as a shell would that finds `edgefleet`."""
    program, *arguments = shlex.split(expandvars(line, environ))
    if program == "edgefleet" and not SHELL.intersection(line):
        return stage.project.run(*arguments)
    return in_shell(stage.project, line, environ)


def live(stage: Stage) -> str:
    ran = typed(stage, f"edgefleet health --tenants {ONE} --env production --format json")
    found = re.search(r'"version_id": "([^"]+)"', ran.out)
    assert found, ran.said
    return found[1]


def test_a_rollback_is_rehearsed_as_its_runbook_says(stage: Stage) -> None:
    for _ in range(4):
        assert stage.deploy(ONE, "production", "--engine", "api").code == 0
        stage.project.commit()
    first, second, third, fourth = (run["version_id"] for run in stage.project.records())
    lines = commands(RUNBOOK)
    history, dry_run, back, health, named, commit, build, built, accepted = lines

    assert fourth[:8] in typed(stage, history).out
    assert f"to version {third}; nothing was sent" in typed(stage, dry_run).out
    assert live(stage) == fourth
    for line, version in ((back, third), (health, third), (named, first)):
        ran = typed(stage, line, VERSION=first[:8])
        assert ran.code == 0, ran.said
        assert live(stage) == version
    assert "answers 500 since" in typed(stage, history).out

    ran = typed(stage, commit)
    assert ran.code == 0, ran.said
    *_, folder = typed(stage, build).out.split()
    ran = typed(stage, built, FOLDER=folder, DIGEST=Path(folder).name)
    assert ran.code == 0, ran.said
    ran = typed(stage, accepted)
    assert ran.code == 0, ran.said
    assert live(stage) == second


def test_an_incident_is_walked_through_as_its_runbook_says(stage: Stage) -> None:
    stage.project.commit()
    for tenant in TENANTS:
        for _ in range(2):
            assert stage.deploy(tenant, "production", "--engine", "api").code == 0
    lines = commands(INCIDENT)
    assert len(lines) > 8
    for line in lines:
        ran = typed(stage, line)
        assert ran.code == 0, f"{line}: {ran.said}"


def begun(stage: Stage) -> str:
    """Deploy a new version up to the first step of its canary; return the version before."""
    before = live(stage)
    ran = stage.deploy(ONE, "production", "--engine", "api", "--force", "--first-step")
    assert ran.code == 0, ran.said
    assert stage.project.records()[-1]["status"] == "under_way"
    return before


def test_a_canary_is_looked_after_as_its_runbook_says(stage: Stage) -> None:
    stage.project.commit()
    assert stage.deploy(ONE, "production", "--engine", "api").code == 0
    policy = {"steps": [5, 50], "soak": "1s", "minimumRequests": 0, "delay": "1s"}
    let_callers_in(
        stage.project.root, ONE, environments=["production"], source="analytics", **policy
    )
    stage.project.commit()
    assert stage.deploy(ONE, "production", "--engine", "api", "--canary", "none").code == 0
    history, drift, pause, resume, finish, abort = commands(CANARY)

    before = begun(stage)
    assert "at 5 %" in typed(stage, history).said
    seen = typed(stage, drift)
    assert (seen.code, "edgefleet canary continue" in seen.out) == (0, True), seen.said
    for line in (pause, resume, finish):
        ran = typed(stage, line)
        assert ran.code == 0, f"{line}: {ran.said}"
    assert live(stage) != before

    before = begun(stage)
    ran = typed(stage, abort)
    assert (ran.code, live(stage)) == (0, before), ran.said


def test_a_token_is_checked_as_the_page_on_tokens_says(stage: Stage) -> None:
    (line,) = commands(TOKENS)
    ran = typed(stage, line)
    assert ran.code == 0, ran.said
