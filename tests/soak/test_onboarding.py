"""Repositories of eleven shapes become fleets by commands alone, and go through all of it."""

import json
from pathlib import Path

import pytest

from edgefleet.config.editing.edits import set_value
from support.localedge import start_localedge
from support.many import token
from support.project import Project
from support.shapes import SHAPES, changed, health_of, make_shape

ACCOUNTS = {"alder": "a" * 32, "birch": "b" * 32}


def ran(project: Project, *words: str) -> str:
    """Run a command, which must succeed."""
    done = project.run(*words)
    assert done.code == 0, f"edgefleet {' '.join(words)}\n{done.said}"
    return done.out


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", SHAPES)
def test_worker_of_any_shape_becomes_a_fleet(name: str, tmp_path: Path) -> None:
    project = make_shape(tmp_path, name)
    ran(project, "init", "--yes")
    for tenant, account in ACCOUNTS.items():
        ran(project, "tenant", "add", tenant, "--account", account, "--yes")
    if health := health_of(name):
        fleet = project.root / "fleet.jsonc"
        fleet.write_text(set_value(fleet.read_text(), ("health",), health))
    if name == "store":
        shape = {"vectorize": {"INDEX": {"dimensions": 3, "metric": "cosine"}}}
        fleet = project.root / "fleet.jsonc"
        fleet.write_text(set_value(fleet.read_text(), ("provision",), shape))
    served = [(account, one, token(one)) for one, account in ACCOUNTS.items()]
    with start_localedge(tmp_path / "edge", served) as edge:
        project.environ = {
            "CLOUDFLARE_API_BASE_URL": edge.api,
            "EDGEFLEET_WORKERS_DEV": edge.workers_dev,
            **{f"CLOUDFLARE_API_TOKEN_{one.upper()}": token(one) for one in ACCOUNTS},
        }
        for environment in ("staging", "production"):
            ran(project, "provision", "--tenants", "all", "--env", environment, "--apply")
        ran(project, "validate", "--remote")
        project.commit()
        acts = json.loads(ran(project, "rehearse", "--format", "json"))["acts"]
        assert all(act["proved"] for act in acts)
        for environment in ("staging", "production"):
            migrates = ["--allow-irreversible"] if environment == "production" else []
            ran(project, "deploy-all", "--env", environment, *migrates)
        assert "in sync" in ran(project, "drift", "--tenants", "all", "--env", "all")
    assert changed(project) == [".gitignore"]
    assert not [text for text in project.printed if "canary-" in text]
