"""Bundles for a rehearsal: made of whatever a Worker exports."""

from pathlib import Path

from edgefleet.build.assets.read import read_assets
from edgefleet.cloudflare.worker.bundle import Bundle, Module
from edgefleet.rehearse.bundles import JAVASCRIPT, WRAPPED, broken, failing_later, next_release

HELPER = Module(name="dist/a.js", content_type=JAVASCRIPT, content=b"export const a = 1;")
MAIN = Module(name="dist/index.js", content_type=JAVASCRIPT, content=b'import "./a.js";')
BUNDLE = Bundle(main_module="dist/index.js", builder="test", modules=(MAIN, HELPER))


def test_broken_release_wraps_the_main_module_in_place() -> None:
    release = broken(BUNDLE)
    modules = {module.name: module.content for module in release.modules}
    assert release.main_module == "dist/index.js"
    assert modules[f"dist/{WRAPPED}"] == MAIN.content
    assert modules["dist/a.js"] == HELPER.content
    main = modules["dist/index.js"].decode()
    assert f'export * from "./{WRAPPED}";' in main
    assert "status: 500" in main


def test_a_release_that_fails_later_asks_the_good_one() -> None:
    release = failing_later(BUNDLE)
    modules = {module.name: module.content.decode() for module in release.modules}
    assert modules[f"dist/{WRAPPED}"] == MAIN.content.decode()
    main = modules["dist/index.js"]
    assert "throw new Error" in main
    assert "answer(() => whole.fetch(...given))" in main
    assert release.assets == BUNDLE.assets


def test_the_next_release_differs_in_its_bytes_alone() -> None:
    release = next_release(BUNDLE)
    assert release.digest != BUNDLE.digest
    assert release.modules[0].content.startswith(MAIN.content)
    assert release.modules[1:] == BUNDLE.modules[1:]


def test_of_assets_one_file_is_left_where_nothing_asks(tmp_path: Path) -> None:
    bundle = served(tmp_path)
    (assets,) = broken(bundle).assets
    assert [(one.path, one.hash) for one in assets.files] == [
        ("/edgefleet-rehearsal-asset.html", bundle.assets[0].files[0].hash)
    ]
    assert (assets.headers, assets.directory) == (None, "public")


def test_the_next_release_of_assets_alone_has_a_file_more(tmp_path: Path) -> None:
    bundle = served(tmp_path)
    before = bundle.digest
    (assets,) = next_release(bundle).assets
    assert [one.path for one in assets.files] == ["/a.html", "/edgefleet-rehearsal-asset.html"]
    assert next_release(bundle).digest != before


def served(root: Path) -> Bundle:
    (root / "public").mkdir()
    (root / "public" / "a.html").write_text("a")
    (root / "public" / "_headers").write_text("/*\n  A: b\n")
    assets = (read_assets(root, "public"),)
    return Bundle(main_module=None, modules=(), builder="a test", assets=assets)
