"""The files that a command of the Worker's may read, and the copy that it works in."""

import os
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest

from edgefleet.build.sources import copied, sources
from edgefleet.config.overlay.section import BuildSection, WorkerSection

KEY = f"{uuid4().hex}{uuid4().hex}"
"""Of no other build of this machine."""
SITE = WorkerSection(folder="apps/site", build=BuildSection(tool="npm"))
READ = (
    *"apps/site/package.json apps/site/src/index.ts apps/site/wrangler.jsonc".split(),
    *"package-lock.json package.json packages/ui/package.json".split(),
)
"""What a script of a monorepo's project may read."""
NOT_READ = (
    *"README.md fleet.jsonc packages/ui/index.ts tenants/acme/wrangler.jsonc".split(),
    *"apps/site/.env apps/site/.dev.vars apps/site/node_modules/a/index.js".split(),
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (*READ, *NOT_READ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def git(root: Path, ignored: str = ".env\n.dev.vars\nnode_modules\n") -> None:
    (root / ".gitignore").write_text(ignored)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)


def test_ignored_and_outside_files_are_not_read(root: Path) -> None:
    git(root)
    assert sources(root, SITE) == READ


def test_the_files_of_a_submodule_are_read(root: Path) -> None:
    git(root)
    inner = root / "apps/site/vendor"
    inner.mkdir()
    (inner / "lib.ts").write_text("lib")
    who = ("-c", "user.name=tester", "-c", "user.email=tester@example.com")
    for arguments in (("init", "-q"), ("add", "-A"), (*who, "commit", "-q", "-m", "one")):
        subprocess.run(["git", *arguments], cwd=inner, check=True)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True, stderr=subprocess.DEVNULL)
    assert sources(root, SITE) == tuple(sorted((*READ, "apps/site/vendor/lib.ts")))


def test_a_file_that_was_removed_is_not_read(root: Path) -> None:
    git(root)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    (root / "apps/site/src/index.ts").unlink()
    assert "apps/site/src/index.ts" not in sources(root, SITE)


def test_without_git_secret_files_are_not_read(
    root: Path,
) -> None:
    assert {*sources(root, SITE)} == {*READ} - {"packages/ui/package.json"}


def test_inputs_name_all_that_is_read_besides_package_files(root: Path) -> None:
    git(root)
    build = BuildSection(tool="npm", inputs=("packages/ui", "apps/site/src"))
    found = sources(root, SITE.model_copy(update={"build": build}))
    assert found == tuple(sorted((*READ, "packages/ui/index.ts")))


def test_a_worker_at_the_root_reads_no_tenant(root: Path) -> None:
    git(root)
    found = sources(root, WorkerSection(folder=".", build=BuildSection(tool="npm")))
    assert "README.md" in found
    assert not [name for name in found if name.startswith("tenants/") or "node_modules" in name]


def test_what_a_command_writes_does_not_reach_the_repository(root: Path) -> None:
    git(root)
    with copied(root, sources(root, SITE), KEY) as place:
        assert not place.is_relative_to(root)
        (place / "apps/site/src/index.ts").write_text("changed")
        (place / "apps/site/new.ts").write_text("new")
    assert not place.exists()
    assert (root / "apps/site/src/index.ts").read_text() == "apps/site/src/index.ts"
    assert not (root / "apps/site/new.ts").exists()


def test_same_build_has_the_same_place_unless_in_use(root: Path) -> None:
    git(root)
    with copied(root, (), KEY) as first, copied(root, (), KEY) as meanwhile:
        assert first != meanwhile
    with copied(root, (), KEY) as again:
        assert again == first
    assert not first.exists()
    assert not meanwhile.parent.exists()


def test_what_a_killed_build_left_is_cleared(root: Path) -> None:
    git(root)
    with copied(root, (), KEY) as place:
        pass
    place.mkdir(parents=True)
    os.utime(place.parent, (0, 0))
    with copied(root, (), KEY) as again:
        assert again == place
    assert not place.parent.exists()
