"""Fleets of Workers that are not ours, from tests/fixtures/fleets."""

import json
import shutil
from pathlib import Path
from typing import Any

from support.project import ROOT, Project, make_project

FLEETS = ROOT / "tests" / "fixtures" / "fleets"
PROVES = {"durable-hello": "answers", "page": "version"}
"""What the health check of each of them can prove."""
BESIDE = {"comments": "version", "orders": "version"}
"""The same of those with more than an upload: D1 migrations, queue consumers and workflows."""

BUILT = {"scripted": "version", "custom-build": "version", "prebuilt": "version"}
"""The same of those that wrangler's bundler alone does not build."""


def make_other(folder: Path, name: str) -> Project:
    """Make a repository of a fixture fleet, as its owner has it."""
    project = make_project(folder, ("package.json",), built=())
    shutil.copytree(FLEETS / name, project.root, dirs_exist_ok=True)
    project.commit()
    return project


def account_of(project: Project, tenant: str) -> str:
    """Return the account of a tenant."""
    path = project.root / "tenants" / tenant / "tenant.config.json"
    return str(json.loads(path.read_text())["accountId"])


def rehearsed(project: Project) -> dict[str, Any]:
    """Rehearse; return what was shown, of which every act is proved."""
    ran = project.run("rehearse", "--format", "json")
    result: dict[str, Any] = json.loads(ran.out)
    assert [act["title"] for act in result["acts"] if not act["proved"]] == [], ran.said
    assert ran.code == 0
    return result
