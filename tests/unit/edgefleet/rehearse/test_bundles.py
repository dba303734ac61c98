"""Bundles for a rehearsal: made of whatever a Worker exports."""

from edgefleet.cloudflare.worker.bundle import Bundle, Module
from edgefleet.rehearse.bundles import JAVASCRIPT, WRAPPED, broken, next_release

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


def test_the_next_release_differs_in_its_bytes_alone() -> None:
    release = next_release(BUNDLE)
    assert release.digest != BUNDLE.digest
    assert release.modules[0].content.startswith(MAIN.content)
    assert release.modules[1:] == BUNDLE.modules[1:]
