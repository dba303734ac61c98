"""Another repository uses our actions, run by act: it deploys, drifts, rolls back, and plans.

It holds a fixture's fleet and the workflows that edgefleet writes, and nothing else of ours.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.other_repository import OtherRepository, open_other
from support.pull_requests import pull_request_event

TENANT = "alder"
TARGET = f"{TENANT}-staging"
WORKER = "src/worker/index.ts"
BASE = "src/worker/wrangler.jsonc"
SPIED = "environments-of-builds"
"""Where the command that builds the Worker writes its environment, each time."""
OVERLAY = f"tenants/{TENANT}/wrangler.jsonc"


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherRepository]:
    """Make the repository and deploy one target by its workflow."""
    folder = tmp_path_factory.mktemp("other")
    with open_other(folder, "page", [TENANT]) as opened:
        base = opened.act.folder / BASE
        spy = f"env >> {folder / SPIED}; echo >> {folder / SPIED}"
        opened.change(
            {BASE: base.read_text().replace("{", f'{{ "build": {{ "command": "{spy}" }},', 1)}
        )
        for suffix in ("", "-readonly", "-unattended", "-plan"):
            opened.hub.environments[f"{TARGET}{suffix}"] = {"name": f"{TARGET}{suffix}"}
        run = opened.run("deploy", environment="staging", tenants=TENANT, reason="release 7")
        shutil.copytree(run.artifacts, opened.kept)
        yield opened


def test_a_repository_without_our_sources_deploys(other: OtherRepository) -> None:
    assert not any(
        (other.act.folder / name).exists() for name in ("ci", "Makefile", "pyproject.toml")
    )
    (run,) = other.act.runs[:1]
    assert run.code == 0, run.said() + run.err
    assert set(run.jobs.values()) == {"success"}
    assert run.started("deploy ") == [f"edgefleet-deploy/deploy {TARGET}"]
    assert "<h1>Welcome</h1>" in other.answer(TENANT)
    assert "1 of 1 targets" in run.summary("summary")
    assert "release 7" in run.summary("summary")
    (record,) = (other.kept / f"deploy-{TARGET}/deployments").glob("*.json")
    assert other.git("rev-parse", "HEAD") in record.read_text()


def test_it_rolls_back_to_a_commit_that_was_live(other: OtherRepository) -> None:
    """A job without a token builds it, and the one with the token takes that bundle alone."""
    with other.act.restored():
        before = other.git("rev-parse", "HEAD")
        text = (other.act.folder / WORKER).read_text()
        other.change({WORKER: text.replace("Welcome", "Hello")})
        other.deploy(TENANT, "Welcome", "Hello")
        assert "<h1>Hello</h1>" in other.answer(TENANT)
        inputs = {"environment": "staging", "tenants": TENANT, "to": before[:9], "reason": "slow"}
        run = other.run("rollback", **inputs)
    assert run.code == 0, run.said() + run.err
    assert run.started("rollback ") == [f"edgefleet-rollback/rollback {TARGET}"]
    assert run.job("build") == "success"
    assert "<h1>Welcome</h1>" in other.answer(TENANT)
    assert "1 of 1 targets" in run.summary("summary")


def test_it_reports_drift_as_an_issue(other: OtherRepository) -> None:
    other.edit(TENANT, "PUT", "schedules", json=[{"cron": "1 1 * * *"}])
    run = other.run("drift", environment="staging", tenants=TENANT)
    other.edit(TENANT, "PUT", "schedules", json=[])
    assert run.job("drift ") == "success", run.said() + run.err
    assert run.job("report") == "failure"
    (issue,) = other.hub.open_issues()
    assert TARGET in issue["title"]
    assert "1 1 * * *" in issue["body"]


def hostile(marker: Path) -> dict[str, str]:
    """Return files of a pull request that leave a mark if anything runs them."""
    python = f"open({str(marker)!r}, 'a').write('python')\n"
    scripts = f'{{"preinstall": "touch {marker}", "prepare": "touch {marker}"}}'
    return {
        "json.py": python,
        "sitecustomize.py": python,
        "edgefleet/__init__.py": python,
        "package.json": f'{{"name": "x", "version": "1.0.0", "scripts": {scripts}}}',
        "package-lock.json": '{"name": "x", "lockfileVersion": 3, "packages": {"": {}}}',
        ".npmrc": "ignore-scripts=false\n",
        "Makefile": f"setup:\n\ttouch {marker}\n",
    }


def test_a_pull_request_gets_its_plan_as_one_comment(
    other: OtherRepository, tmp_path: Path
) -> None:
    """Its files are read, none of them runs; the bundle is that of its gates."""
    marker = tmp_path / "ran"
    number = other.hub.open(pull_request={})
    base = other.git("rev-parse", "HEAD")
    with other.act.restored():
        overlay = (
            (other.act.folder / OVERLAY).read_text().replace("{", '{ "vars": { "A": "7" },', 1)
        )
        head = other.change({OVERLAY: overlay, **hostile(marker)})
        event = pull_request_event(tmp_path / "event.json", number=number, head=head, base=base)
        run = other.plan(event)
    assert run.code == 0, run.said() + run.err
    assert run.started("plan ") == [f"edgefleet-plan/plan {TARGET}"]
    (comment,) = other.hub.comments[number]
    assert f"<summary>{TARGET}</summary>" in comment
    assert '+ vars.A: "7"' in comment
    assert not marker.exists()


def test_no_log_comment_or_build_holds_a_token(other: OtherRepository) -> None:
    assert other.act.runs
    said = [run.log for run in other.act.runs] + [str(other.hub.comments), str(other.hub.issues)]
    builds = other.act.folder.with_name(SPIED).read_text()
    assert builds.count("PATH=") > 2
    said.append(builds)
    for secret in (other.token, other.hub.token):
        assert [text for text in said if secret in text] == []
