"""`edgefleet build`: one bundle, the same in every checkout."""

import json
from pathlib import Path

import pytest

from support.project import ROOT, Project, make_project

NOTHING: tuple[str, ...] = ()
"""What was built before, where a test wants it built."""
WEIGHED = (".edgefleet/bundles",)
"""What was built before, where a test wants it built and asks for no start-up time."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    """Build in one folder; return the project and the digest."""
    project = make_project(tmp_path_factory.mktemp("one"), built=NOTHING)
    ran = project.run("build", "--format", "json")
    assert ran.code == 0, ran.said
    return project, str(json.loads(ran.out)["digest"])


def test_the_same_commit_gives_the_same_digest_in_another_folder(
    built: tuple[Project, str], tmp_path: Path
) -> None:
    """C20: also where worktrees share one npm tree."""
    other = make_project(tmp_path / "quite" / "another" / "place", built=WEIGHED)
    tree = other.root / "node_modules"
    tree.rename(tmp_path / "shared")
    tree.symlink_to(tmp_path / "shared")
    ran = other.run("build")
    assert ran.out.splitlines() == [f"sha256:{built[1]}", f".edgefleet/bundles/{built[1]}"], (
        ran.said
    )
    assert not list((other.root / ".edgefleet").glob("tree-*"))


def test_what_is_as_it_was_is_not_built_again(built: tuple[Project, str], tmp_path: Path) -> None:
    project, digest = built
    wrangler = tmp_path / ".bin/wrangler"
    wrangler.parent.mkdir()
    wrangler.write_text("#!/bin/sh\nexit 1\n")
    wrangler.chmod(0o755)
    (tmp_path / "wrangler").symlink_to(ROOT / "node_modules/wrangler")
    broken = {"EDGEFLEET_NODE_MODULES": str(tmp_path)}
    again = project.run("build", **broken)
    assert again.out.splitlines()[0] == f"sha256:{digest}"
    asked = project.run("build", "--no-cache", **broken)
    assert asked.code == 6
    assert "wrangler could not bundle the Worker" in asked.err


def test_a_changed_worker_gives_another_digest(built: tuple[Project, str], tmp_path: Path) -> None:
    """And Node keeps wrangler compiled where the user says."""
    other = make_project(tmp_path)
    with (other.root / "src/worker/index.ts").open("a") as file:
        file.write('\nexport const note = "changed";\n')
    compiled = tmp_path / "compiled"
    ran = other.run("build", "--format", "json", NODE_COMPILE_CACHE=str(compiled))
    assert json.loads(ran.out)["digest"] != built[1]
    assert any(compiled.iterdir())


def test_size_and_start_are_told_beside_cloudflares_limits(built: tuple[Project, str]) -> None:
    project, _ = built
    ran = project.run("build", "--format", "json")
    weight = json.loads(ran.out)["weight"]
    assert 5_000 < weight["gzip_size"] < weight["size"] < 1_000_000
    assert 0 <= weight["startup_ms"] < 1_000
    assert "(limit, gzip: 3 MiB Workers Free, 10 MiB Workers Paid)" in ran.err
    assert "of CPU time in workerd, on this machine  (limit: 1 s)" in ran.err


def test_no_tenants_settings_are_in_the_bundle(built: tuple[Project, str]) -> None:
    project, digest = built
    modules = project.root / ".edgefleet" / "bundles" / digest / "modules"
    text = "".join(path.read_text() for path in modules.rglob("*") if path.is_file())
    assert "healthy" in text or "tenantId" in text
    for tenant in ("mrrainbowsmoke", "rainbowsmokeofficial"):
        assert tenant not in text
        assert project.wrangler(tenant)["account_id"] not in text


def test_a_worker_that_does_not_compile_is_one_clear_error(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    (project.root / "src/worker/index.ts").write_text(
        "export class ChatSession {}\nexport class RateLimiter {}\nexport default {{\n"
    )
    ran = project.run("build")
    assert ran.code == 6
    assert "src/worker/index.ts:3" in ran.err
    assert "Traceback" not in ran.err


def test_two_tenants_that_would_run_different_bytes_are_named(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.overlay("rainbowsmokeofficial", minify=True)
    ran = project.run("build")
    assert ran.code == 4
    assert "rainbowsmokeofficial-staging would run different bundles" in ran.err
    assert "they differ in minify" in ran.err


def test_settings_that_leave_the_bytes_alone_may_differ(
    built: tuple[Project, str], tmp_path: Path
) -> None:
    project = make_project(tmp_path)
    project.overlay("rainbowsmokeofficial", compatibility_date="2026-01-14")
    assert project.run("build").out.splitlines()[0] == f"sha256:{built[1]}"
