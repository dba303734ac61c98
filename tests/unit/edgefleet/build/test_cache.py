"""What was built before is found as long as its files are as they were."""

from pathlib import Path

import pytest

from edgefleet.build.bundle_store import BundleStore
from edgefleet.build.cache import BuildCache, build_key
from edgefleet.cloudflare.worker.bundle import Bundle, Module

BUNDLE = Bundle(
    main_module="index.js",
    modules=(Module(name="index.js", content_type="text/javascript", content=b"export {}"),),
    builder="a test",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a repository with a Worker, a package that it imports, and a lock file."""
    for name in ("src/worker/index.ts", "node_modules/lib/index.mjs", "package-lock.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.fixture
def builds(root: Path) -> BuildCache:
    """Return the folder of what was built."""
    return BuildCache(root / ".edgefleet/builds", BundleStore(root / ".edgefleet/bundles"))


def inputs(root: Path) -> list[Path]:
    return [root / "src/worker/index.ts", root / "node_modules/lib/index.mjs"]


def key(root: Path, config: str = "{}", builder: str = "wrangler 1") -> str:
    return build_key(root, config, [root / "src/worker"], builder)


def found(root: Path, builds: BuildCache) -> Bundle | None:
    known = builds.find(root, key(root))
    return known and known.bundle


def test_what_was_built_is_found(root: Path, builds: BuildCache) -> None:
    builds.keep(root, key(root), BUNDLE, inputs(root))
    assert found(root, builds) == BUNDLE


def test_nothing_is_found_before(root: Path, builds: BuildCache) -> None:
    assert builds.find(root, key(root)) is None


@pytest.mark.parametrize("name", ["index.ts", "new.ts", "deep/er.ts", "tsconfig.json"])
def test_any_file_beside_the_worker_changes_the_key(root: Path, name: str) -> None:
    before, path = key(root), root / "src/worker" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("changed")
    assert key(root) != before


@pytest.mark.parametrize("name", ["package.json", "package-lock.json", "tsconfig.json"])
def test_the_files_of_npm_change_the_key(root: Path, name: str) -> None:
    before = key(root)
    (root / name).write_text("changed")
    assert key(root) != before


def test_the_configuration_and_the_builder_change_the_key(root: Path) -> None:
    assert len({key(root), key(root, config="{ }"), key(root, builder="wrangler 2")}) == 3


def test_the_key_is_the_same_in_another_folder(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    (other / "src/worker").mkdir(parents=True)
    for name in ("src/worker/index.ts", "package-lock.json"):
        (other / name).write_text(name)
    assert key(other) == key(root)


def test_a_package_that_was_edited_in_place_is_built_again(root: Path, builds: BuildCache) -> None:
    builds.keep(root, key(root), BUNDLE, inputs(root))
    (root / "node_modules/lib/index.mjs").write_text("patched")
    assert builds.find(root, key(root)) is None


def test_outside_input_is_never_cached(
    root: Path, builds: BuildCache, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "shared.ts"
    outside.write_text("shared")
    builds.keep(root, key(root), BUNDLE, [*inputs(root), outside])
    assert builds.find(root, key(root)) is None


def test_files_that_only_the_bundler_knows_do_not_matter(root: Path, builds: BuildCache) -> None:
    builds.keep(root, key(root), BUNDLE, [*inputs(root), root / "_virtual_polyfill"])
    assert found(root, builds) == BUNDLE


@pytest.mark.parametrize("left", ["", "{", '{"digest": "x"}', '{"digest": "x", "inputs": {}}'])
def test_a_damaged_entry_is_built_again(root: Path, builds: BuildCache, left: str) -> None:
    builds.keep(root, key(root), BUNDLE, inputs(root))
    (root / ".edgefleet/builds" / f"{key(root)}.json").write_text(left)
    assert builds.find(root, key(root)) is None


def test_a_bundle_that_was_changed_on_disk_is_built_again(root: Path, builds: BuildCache) -> None:
    builds.keep(root, key(root), BUNDLE, inputs(root))
    (root / ".edgefleet/bundles" / BUNDLE.digest / "modules/index.js").write_text("other")
    assert builds.find(root, key(root)) is None
