"""An npm tree is lent to another checkout."""

import json
from pathlib import Path

from edgefleet.ports.npm import lend_tree, with_own_tree


def test_tools_are_linked_and_what_is_bundled_is_copied(tmp_path: Path) -> None:
    root, folder = tmp_path / "root", tmp_path / "folder"
    for name in ("wrangler", "valibot", "@scope/bundled", "@other/tool"):
        (root / "node_modules" / name).mkdir(parents=True)
        (root / "node_modules" / name / "index.js").write_text(name)
    folder.mkdir()
    package = {"dependencies": {"valibot": "1", "@scope/bundled": "1"}}
    (folder / "package.json").write_text(json.dumps(package))
    lend_tree(root, folder)
    lent = folder / "node_modules"
    assert (lent / "wrangler").is_symlink()
    assert (lent / "@other").is_symlink()
    for name in ("valibot", "@scope/bundled"):
        assert (lent / name / "index.js").resolve().is_relative_to(folder)
        assert (lent / name / "index.js").read_text() == name


def test_a_checkout_without_a_package_gets_links_alone(tmp_path: Path) -> None:
    (tmp_path / "root" / "node_modules" / "a").mkdir(parents=True)
    (tmp_path / "folder").mkdir()
    lend_tree(tmp_path / "root", tmp_path / "folder")
    assert (tmp_path / "folder" / "node_modules" / "a").is_symlink()


def test_a_repository_with_its_own_packages_is_bundled_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "node_modules" / "valibot").mkdir(parents=True)
    with with_own_tree(tmp_path) as place:
        assert place == tmp_path


def test_one_package_that_is_a_link_is_enough_for_a_copy(tmp_path: Path) -> None:
    """C20: `npm link` does so."""
    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    (root / "node_modules").mkdir(parents=True)
    (root / "src" / "deep").mkdir(parents=True)
    (root / "src" / "deep" / "a.ts").write_text("a")
    (root / "deployments").mkdir()
    (root / "package.json").write_text(json.dumps({"dependencies": {"valibot": "1"}}))
    elsewhere.mkdir()
    (elsewhere / "index.js").write_text("valibot")
    (root / "node_modules" / "valibot").symlink_to(elsewhere)
    with with_own_tree(root) as place:
        module = place / "node_modules" / "valibot" / "index.js"
        assert module.resolve().is_relative_to(place.resolve())
        assert (place / "src" / "deep" / "a.ts").read_text() == "a"
        assert not (place / "deployments").exists()
    assert not place.exists()
