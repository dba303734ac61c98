"""What a plan says of files: counts where this machine saw the live ones."""

from pathlib import Path

from edgefleet.build.assets.manifests import AssetManifests
from edgefleet.build.assets.read import read_assets
from edgefleet.cloudflare.worker.static_assets import AssetSet, assets_digest
from edgefleet.plan.asset_changes import asset_changes

SETTINGS = {"assets": {"directory": "public"}}


def written(root: Path, **files: str) -> AssetSet:
    (root / "public").mkdir(parents=True)
    for name, text in files.items():
        (root / "public" / name).write_text(text)
    return read_assets(root, "public")


def test_a_target_without_assets_has_no_changes_of_them() -> None:
    assert asset_changes({}, None, {}, None) is None


def test_a_first_upload_adds_every_file(tmp_path: Path) -> None:
    found = asset_changes(SETTINGS, written(tmp_path, a="1", b="22"), {}, None)
    assert found is not None
    assert (found.files, found.size) == (2, 3)
    assert (found.added, found.changed, found.removed) == (2, 0, 0)


def test_files_are_counted_against_those_planned_before(tmp_path: Path) -> None:
    before = written(tmp_path / "1", same="1", changed="1", gone="1")
    after = written(tmp_path / "2", same="1", changed="2", new="1", more="1")
    manifests = AssetManifests(tmp_path / "manifests")
    asset_changes(SETTINGS, before, {}, manifests)
    live = {"assets.digest": assets_digest(SETTINGS["assets"], before)}
    found = asset_changes(SETTINGS, after, live, manifests)
    assert found is not None
    assert (found.added, found.changed, found.removed) == (2, 1, 1)


def test_files_that_this_machine_never_saw_are_not_counted(tmp_path: Path) -> None:
    manifests = AssetManifests(tmp_path / "manifests")
    for live in ("unknown", "0" * 16, "../../etc"):
        found = asset_changes(
            SETTINGS, written(tmp_path / live.replace("/", "")), {"assets.digest": live}, manifests
        )
        assert found is not None
        assert (found.added, found.changed, found.removed) == (None, None, None)
