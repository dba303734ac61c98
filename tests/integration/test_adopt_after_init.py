"""A project of wrangler's becomes a fleet, and its live Worker the first tenant."""

import shutil
from pathlib import Path

import pyjson5

from contract.test_foreign_project import ACCOUNT, FIXTURE
from support.localedge import start_localedge
from support.project import Project, make_project
from support.wrangler import Wrangler

ID, _, TOKEN = ACCOUNT


def make_guestbook(folder: Path) -> Project:
    """Make the repository of a Worker that its owner deploys with wrangler."""
    project = make_project(folder, ("package.json",), built=())
    shutil.copytree(FIXTURE, project.root, dirs_exist_ok=True)
    project.commit()
    return project


def test_a_project_of_wrangler_becomes_a_fleet_as_it_runs(tmp_path: Path) -> None:
    project = make_guestbook(tmp_path / "project")
    wrangler_file = project.root / "wrangler.jsonc"
    own = wrangler_file.read_text()
    with start_localedge(tmp_path / "edge", [ACCOUNT], [wrangler_file], "none") as edge:
        Wrangler(project.root, edge.api, TOKEN).ok("deploy")
        project.environ = {
            "CLOUDFLARE_API_BASE_URL": edge.api,
            "EDGEFLEET_WORKERS_DEV": edge.workers_dev,
            "CLOUDFLARE_API_TOKEN": TOKEN,
        }
        made = project.run("init", "--yes")
        assert made.code == 0, made.said
        words = ("--script", "guestbook", "--env", "production")
        ran = project.run("adopt", "--account", ID, *words, "--download")
    assert ran.code == 0, ran.said
    assert "plan: No changes." in ran.out
    assert "not in the files" not in ran.out
    assert wrangler_file.read_text() == own
    overlay = pyjson5.decode((project.root / "tenants/guestbook/wrangler.jsonc").read_text())
    assert overlay["env"] == {"production": {"name": "guestbook"}}
