"""What counts as a change of the Worker: what its build read, wherever that lies."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from edgefleet.actions.targets.worker_paths import worker_paths
from edgefleet.build.build import build
from edgefleet.cli.wiring import Wiring
from edgefleet.config.target import STAGING
from edgefleet.config.tenant import Tenant
from edgefleet.core.git import changed_since, resolve_commit
from support.other_workers import make_other
from support.project import Project

TEXT = "src/shared/[a] text.txt"
"""A file that the Worker imports as it is."""


def of_project(project: Project) -> tuple[Wiring, Sequence[Tenant]]:
    wiring = Wiring(project.root, project.environment({}))
    return wiring, wiring.tenants(("alder", "birch"), (STAGING,))


def head(project: Project) -> str:
    return str(resolve_commit(project.root, "HEAD"))


def is_change(project: Project, name: str, paths: tuple[str, ...]) -> bool:
    """Whether a commit that changes this file changes the Worker."""
    before, file = head(project), project.root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("// another text\n")
    project.commit()
    found = changed_since(project.root, before, paths)
    subprocess.run(["git", "reset", "-q", "--hard", before], cwd=project.root, check=True)
    return found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Make a fleet whose Worker reads files beside its folder, one of them not in git."""
    project = make_other(tmp_path_factory.mktemp("page"), "page")
    main = project.root / "src/worker/index.ts"
    main.write_text(
        'import { word } from "../shared/word";\nimport text from "../shared/[a] text.txt";\n'
        'import { made } from "../made";\nconsole.log(word, text, made);\n' + main.read_text()
    )
    shared = project.root / "src/shared"
    shared.mkdir()
    (shared / "word.ts").write_text('export const word = "word";\n')
    (project.root / TEXT).write_text("a text")
    (project.root / "src/made.ts").write_text("export const made = 1;\n")
    (project.root / ".gitignore").write_text("node_modules\n.edgefleet\nmade.ts\n")
    project.commit()
    return project


def test_only_files_that_the_bundler_read_are_a_change(page: Project) -> None:
    wiring, tenants = of_project(page)
    paths = worker_paths(page.root, tenants, (STAGING,))
    for name in (
        *"src/worker/index.ts src/shared/word.ts src/worker/wrangler.jsonc".split(),
        *"package-lock.json src/tsconfig.json fleet.jsonc".split(),
        TEXT,
    ):
        assert is_change(page, name, paths), name
    for name in ("src/worker/README.md", "src/worker/unused.ts", "README.md", "smoke.py"):
        assert not is_change(page, name, paths), name

    bundle = build(page.root, tenants, (STAGING,), wiring.builder)  # from the cache
    assert bundle.uncommitted == ("src/made.ts",)
    # esbuild says nothing of a text, and another one must not come from the cache.
    (entry,) = (page.root / ".edgefleet/builds").glob("*.json")
    assert TEXT in json.loads(entry.read_text())["inputs"]


def test_only_a_scripts_inputs_are_a_change(tmp_path: Path) -> None:
    project = make_other(tmp_path, "scripted")
    _, tenants = of_project(project)
    paths = worker_paths(project.root, tenants, (STAGING,))
    changes = "apps/site/src/greet.js apps/site/new.js package-lock.json apps/other/package.json"
    for name in changes.split():
        assert is_change(project, name, paths), name
    for name in ("apps/other/index.js", "README.md", "tenants/alder/wrangler.jsonc"):
        assert not is_change(project, name, paths), name
