"""Repositories of Workers of different shapes, as their owners have them before edgefleet."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pyjson5

from edgefleet.core.git import git_output
from support.other_workers import FLEETS
from support.project import Project

FIXTURES = (
    *("comments", "custom-build", "durable-chat", "durable-hello", "llm-chat", "orders"),
    *("page", "scripted", "site"),
)
"""D1, a build command with assets, Durable Objects with and without assets, a page with an API, a
queue with a workflow, TypeScript, a monorepo, assets alone."""

BUCKET = """\
name = "files"
main = "index.js"
compatibility_date = "2026-01-15"

[[r2_buckets]]
binding = "FILES"
bucket_name = "files"
"""
STORE = {
    "name": "store",
    "main": "worker.mjs",
    "compatibility_date": "2026-01-15",
    "kv_namespaces": [{"binding": "STORE", "id": "made-by-its-author"}],
    "vectorize": [{"binding": "INDEX", "index_name": "store"}],
}
MODULE = "export default { fetch: () => new Response('hello') };\n"
WRITTEN: dict[str, dict[str, str]] = {
    "bucket": {"wrangler.toml": BUCKET, "index.js": MODULE},
    "store": {"workers/store/wrangler.json": json.dumps(STORE), "workers/store/worker.mjs": MODULE},
}
"""JavaScript with wrangler.toml and a bucket; wrangler.json in a folder, KV and Vectorize."""

SHAPES = (*FIXTURES, *WRITTEN)


def make_shape(folder: Path, name: str) -> Project:
    """Make the repository of a Worker, without anything of edgefleet's."""
    project = Project(folder / "repository", folder / "home")
    project.home.mkdir(parents=True)
    if name in WRITTEN:
        for file, text in WRITTEN[name].items():
            (project.root / file).parent.mkdir(parents=True, exist_ok=True)
            (project.root / file).write_text(text)
    else:
        ours = shutil.ignore_patterns("fleet.jsonc", "tenants")
        shutil.copytree(FLEETS / name, project.root, ignore=ours)
    (project.root / ".gitignore").write_text("node_modules\n")
    subprocess.run(["git", "init", "-q"], cwd=project.root, check=True)
    project.commit()
    return project


def health_of(name: str) -> dict[str, Any] | None:
    """Return how a fixture's Worker tells that it is well, which its owner has to say."""
    if name in WRITTEN:
        return None
    found = pyjson5.decode((FLEETS / name / "fleet.jsonc").read_text())
    return dict(found["health"])


def changed(project: Project) -> list[str]:
    """Return the files of the owner that differ from the first commit."""
    first = git_output(project.root, "rev-list", "--max-parents=0", "HEAD")
    assert first
    names = git_output(project.root, "diff", "--name-only", "--diff-filter=a", first)
    assert names is not None
    return names.split()
