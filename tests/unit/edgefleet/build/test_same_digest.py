"""Why the same files have another digest: a note says it."""

from pathlib import Path

from edgefleet.build.same_digest import differs, holds_its_folder
from edgefleet.cloudflare.worker.bundle import Bundle, Module

PLACE = Path("/tmp/edgefleet-build-x1/tree")


def bundle(**modules: str) -> Bundle:
    return Bundle(
        main_module="index",
        modules=tuple(
            Module(name=name, content_type="application/javascript+module", content=text.encode())
            for name, text in modules.items()
        ),
        builder="a test",
    )


def test_folders_path_is_found_in_a_module() -> None:
    made = bundle(index="import './chunk'", chunk=f"const file = '{PLACE}/src/a.ts'")
    (note,) = holds_its_folder(made, PLACE)
    assert note.startswith("chunk holds the path of the folder that it was built in")
    assert not [*holds_its_folder(made, PLACE.with_name("another"))]


def test_modules_that_differ_are_named() -> None:
    (note,) = differs(bundle(index="1", chunk="2", gone=""), bundle(index="1", chunk="3", new=""))
    assert "they differ in chunk, gone, new." in note
    assert not [*differs(bundle(index="1"), bundle(index="1"))]
