"""Workers that are not ours: deployed and broken, with what each of them can prove."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.bundles import broken_bundle
from support.localedge import start_localedge
from support.other_workers import PROVES, account_of, make_other
from support.project import Project, Ran

TOKENS = {
    "alder": "token-of-alder-aaaaaaaaaaaaaaaaaaaa",
    "birch": "token-of-birch-bbbbbbbbbbbbbbbbb",
}
FAILING = """export * from "./good.js";
export default { fetch: () => new Response("oh\\u001b[2J no", { status: 500 }) };
"""
ALDER = ("--tenants", "alder", "--env", "staging")


@pytest.fixture(params=PROVES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def project(tmp_path: Path, name: str) -> Iterator[Project]:
    """Make a fleet, and an embedded Cloudflare that has its accounts."""
    made = make_other(tmp_path, name)
    accounts = [(account_of(made, one), one, token) for one, token in TOKENS.items()]
    with start_localedge(tmp_path / "edge", accounts) as edge:
        made.environ = {
            "CLOUDFLARE_API_BASE_URL": edge.api,
            "EDGEFLEET_WORKERS_DEV": edge.workers_dev,
            **{f"CLOUDFLARE_API_TOKEN_{one.upper()}": token for one, token in TOKENS.items()},
        }
        yield made


def deploy(project: Project, *more: str) -> Ran:
    target = ("--tenant", "alder", "--env", "staging")
    return project.run("deploy", *target, "--engine", "api", *more)


def failing(project: Project, folder: Path) -> str:
    """Return the bundle of the Worker that was built, whose every answer is an error now."""
    (good,) = (project.root / ".edgefleet/bundles").iterdir()
    return str(broken_bundle(good, folder, FAILING))


def test_worker_is_deployed_and_restored_with_its_proof(
    project: Project, name: str, tmp_path: Path
) -> None:
    planned = project.run("plan", *ALDER)
    assert f"proof: {PROVES[name]}: " in planned.out, planned.said
    assert "it does not show" in planned.out

    assert deploy(project).code == 0, project.printed
    first = project.records()[-1]
    assert (first["status"], first["proof"]) == ("succeeded", PROVES[name])

    tested = project.run("health", *ALDER, "--smoke")
    assert tested.code == 0, tested.said
    assert f"proved: {PROVES[name]}" in tested.out
    assert "smoke test passed" in tested.out

    bad = failing(project, tmp_path / "bad")
    assert deploy(project, "--bundle", bad).code == 7, project.printed
    broken = project.records()[-1]
    assert (broken["status"], broken["proof"]) == ("restored", None)
    assert "it answers HTTP 500, not 200" in broken["error"]["message"]
    assert r'"oh\x1b[2J no"' in broken["error"]["message"]

    (found,) = json.loads(project.run("health", *ALDER, "--format", "json").out)
    assert (found["healthy"], found["proof"]) == (True, PROVES[name])
    assert found["live_version_id"] == first["version_id"]
    entries = json.loads(project.run("history", *ALDER, "--format", "json").out)
    assert [entry["proof"] for entry in entries] == [None, PROVES[name]]
