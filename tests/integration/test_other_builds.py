"""Workers that wrangler's bundler alone does not build: deployed from a clone, as any other."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.localedge import LocalEdge, start_localedge
from support.other_workers import account_of, make_other
from support.project import Project

TOKEN = "token-of-alder-cccccccccccccccccccc"
CANARY = "canary-of-the-environment-7d1f"
ALDER = ("--tenants", "alder", "--env", "staging")
ANSWERS = {
    "scripted": "hello from a script",
    "custom-build": "made by a command",
}
"""What each Worker answers: `scripted` with the var of its wrangler file, not of its build."""
FILES = {
    "scripted": {"/about/": "<h1>Built</h1>"},
    "custom-build": {"/about": "<h1>As it is</h1>", "/made.js": "console.log"},
}
"""What each serves beside its code: files that the build left, or added to those of a folder."""


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEdge]:
    fleet = make_other(tmp_path_factory.mktemp("fleet"), "scripted")
    state = tmp_path_factory.mktemp("edge")
    with start_localedge(state, [(account_of(fleet, "alder"), "alder", TOKEN)]) as edge:
        yield edge


def made(folder: Path, name: str, edge: LocalEdge) -> Project:
    project = make_other(folder, name)
    project.environ = {
        "CLOUDFLARE_API_BASE_URL": edge.api,
        "EDGEFLEET_WORKERS_DEV": edge.workers_dev,
        "CLOUDFLARE_API_TOKEN_ALDER": TOKEN,
        "A_SECRET_OF_THE_JOB": CANARY,
    }
    return project


@pytest.mark.parametrize("name", ANSWERS)
def test_it_is_deployed_and_the_repository_stays_as_it_was(
    tmp_path: Path, name: str, edge: LocalEdge
) -> None:
    project = made(tmp_path, name, edge)
    before = {path for path in project.root.rglob("*") if ".edgefleet" not in path.parts}

    deployed = project.run("deploy", "--tenant", "alder", "--env", "staging", "--engine", "api")
    assert deployed.code == 0, deployed.said
    record = project.records()[-1]
    assert (record["status"], record["dirty"]) == ("succeeded", False)
    assert edge.get(f"alder-{name}-staging.alder").text == ANSWERS[name]
    for path, text in FILES[name].items():
        assert text in edge.get(f"alder-{name}-staging.alder", path).text
    after = {path for path in project.root.rglob("*") if ".edgefleet" not in path.parts}
    assert {path for path in after - before if "deployments" not in path.parts} == set()

    # The same commit in another folder has the same digest, so nothing is to be deployed.
    clone = replace(project, root=tmp_path / "elsewhere" / "clone")
    shutil.copytree(project.root, clone.root, symlinks=True)
    shutil.rmtree(clone.root / ".edgefleet")
    planned = clone.run("plan", *ALDER)
    assert "No changes." in planned.out, planned.said


def test_a_script_that_fails_leaves_the_target_as_it_was(tmp_path: Path, edge: LocalEdge) -> None:
    project = made(tmp_path, "scripted", edge)
    make = project.root / "apps/site/make.mjs"
    make.write_text(
        "console.error(JSON.stringify(process.env)); console.error('\\u001b[31mno disk');"
        "process.exit(3);"
    )
    project.commit()
    before = len(edge.requests())
    failed = project.run("deploy", "--tenant", "alder", "--env", "staging", "--engine", "api")
    assert failed.code == 6, failed.said
    assert "npm run make (in apps/site) failed (exit 3)" in failed.err
    assert "  | no disk" in failed.err
    assert "cd apps/site && npm run make" in failed.err
    assert not [one for one in edge.requests()[before:] if one["method"] not in ("GET", "HEAD")]
    for secret in (TOKEN, CANARY):
        assert secret not in failed.said
        assert secret not in str(project.records())
