"""Bundles on disk."""

import shutil
from pathlib import Path

import pytest

from edgefleet.build.assets.read import read_asset, read_assets
from edgefleet.build.bundle_store import BundleStore
from edgefleet.cloudflare.worker.bundle import Bundle, Module
from edgefleet.errors import UsageError

BUNDLE = Bundle(
    main_module="index.js",
    builder="wrangler 4",
    modules=(
        Module(name="index.js", content_type="application/javascript+module", content=b"1"),
        Module(name="deep/text.txt", content_type="text/plain", content=b"\x00\xff"),
    ),
)


def test_a_stored_bundle_is_read_back_as_it_was(tmp_path: Path) -> None:
    bundles = BundleStore(tmp_path)
    home = bundles.save(BUNDLE)
    assert home.name == BUNDLE.digest
    assert bundles.load(home) == BUNDLE
    assert bundles.save(BUNDLE) == home
    assert [path.name for path in tmp_path.iterdir()] == [BUNDLE.digest]


def served(folder: Path, **files: str) -> Bundle:
    """Return a bundle of assets alone."""
    for name, text in files.items():
        (folder / "public").mkdir(parents=True, exist_ok=True)
        (folder / "public" / f"{name}.html").write_text(text)
    found = read_assets(folder, "public")
    return Bundle(main_module=None, modules=(), builder="a test", assets=(found,))


def test_a_stored_bundle_carries_its_assets_each_content_once(tmp_path: Path) -> None:
    bundle = served(tmp_path / "a", one="same", two="same", three="other")
    home = BundleStore(tmp_path / "bundles").save(bundle)
    assert len(list((home / "assets").iterdir())) == 2
    copied = shutil.copytree(home, tmp_path / "elsewhere")
    shutil.rmtree(tmp_path / "a")
    loaded = BundleStore(tmp_path / "bundles").load(copied)
    assert loaded.digest == bundle.digest
    assert [read_asset(file) for file in loaded.assets[0].files] == [b"same", b"other", b"same"]


def test_a_bundle_whose_asset_was_changed_is_refused(tmp_path: Path) -> None:
    home = BundleStore(tmp_path / "bundles").save(served(tmp_path, one="1"))
    (asset,) = (home / "assets").iterdir()
    asset.write_text("2")
    with pytest.raises(UsageError, match=r"the asset /one\.html does not have its hash"):
        BundleStore(tmp_path / "bundles").load(home)


def test_a_bundle_whose_bytes_were_changed_is_refused(tmp_path: Path) -> None:
    home = BundleStore(tmp_path).save(BUNDLE)
    (home / "modules" / "index.js").write_bytes(b"2")
    with pytest.raises(UsageError, match="was changed"):
        BundleStore(tmp_path).load(home)


@pytest.mark.parametrize("damaged", ["modules/index.js", "manifest.json"])
def test_a_damaged_bundle_is_replaced_when_it_is_built_again(tmp_path: Path, damaged: str) -> None:
    bundles = BundleStore(tmp_path)
    home = bundles.save(BUNDLE)
    (home / damaged).write_bytes(b"2")
    assert bundles.save(BUNDLE) == home
    assert bundles.load(home) == BUNDLE
    assert [path.name for path in tmp_path.iterdir()] == [BUNDLE.digest]


@pytest.mark.parametrize("manifest", [None, "{", '{"digest": 1}'])
def test_a_folder_that_holds_no_bundle_is_refused(tmp_path: Path, manifest: str | None) -> None:
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(UsageError, match="is not a bundle"):
        BundleStore(tmp_path).load(tmp_path)
