"""Assets in a bundle: one set for each folder, each file hashed once for the fleet."""

from pathlib import Path

import pytest

from edgefleet.build.assets import read
from edgefleet.build.assets.read import read_assets
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.errors import ConfigError


def test_a_file_is_hashed_once_until_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "public" / "a.html"
    file.parent.mkdir()
    file.write_text("1")
    first = read_assets(tmp_path, "public")
    missed = read._hash.cache_info().misses
    assert read_assets(tmp_path, "public") == first
    assert read._hash.cache_info().misses == missed
    file.write_text("22")
    assert read_assets(tmp_path, "public").digest != first.digest


def test_a_folder_with_a_problem_gives_no_assets(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="public: there is no such folder"):
        read_assets(tmp_path, "public")


def test_a_bundle_tells_sets_apart_by_folder(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text(name)
    sets = tuple(read_assets(tmp_path, name) for name in ("a", "b"))
    bundle = Bundle(main_module=None, modules=(), builder="a test", assets=sets)
    assert bundle.assets_of({"assets": {"directory": "b"}}) == sets[1]
    assert bundle.assets_of({}) is None
    with pytest.raises(ConfigError, match="the bundle has no assets of c"):
        bundle.assets_of({"assets": {"directory": "c"}})
    half = bundle.model_copy(update={"assets": sets[:1]})
    assert half.digest != bundle.digest
