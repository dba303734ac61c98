"""Which files of a folder are assets: those that wrangler would upload, within the repository."""

import os
from pathlib import Path

import pytest

from edgefleet.cloudflare.limits import ASSET_BYTES
from edgefleet.config.files.asset_files import read_asset_folder
from edgefleet.config.reading.asset_folder import AssetFolder


def listed(root: Path, **files: str) -> AssetFolder:
    """Write files below public (a slash is written as __) and list what is served of them."""
    for name, text in files.items():
        path = root / "public" / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return read_asset_folder(root, "public")


def paths(found: AssetFolder) -> list[str]:
    return [one.path for one in found.files]


def problems(found: AssetFolder) -> list[tuple[str, str]]:
    return [(one.file, one.message) for one in found.problems]


def test_every_file_is_served_but_those_that_say_how(tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    for name in ("_headers", "_redirects", ".assetsignore", ".hidden"):
        (tmp_path / "public" / name).write_text(f"# {name}")
    found = listed(tmp_path, index="1", deep__er___headers="2")
    assert paths(found) == ["/.hidden", "/deep/er/_headers", "/index"]
    assert (found.headers, found.redirects) == ("# _headers", "# _redirects")
    assert [one.size for one in found.files] == [9, 1, 1]
    assert found.problems == ()


def test_what_assetsignore_names_is_not_served(tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / ".assetsignore").write_text("*.map\n!keep.map\nnotes/\n")
    names = {"a.map": "", "keep.map": "", "notes__todo": "", "deep__notes__b.html": "", "B.MAP": ""}
    assert paths(listed(tmp_path, **names)) == ["/keep.map"]


def test_a_file_is_followed_through_a_link_and_a_folder_is_not(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.txt").write_text("12")
    listed(tmp_path, index="1")
    (tmp_path / "public" / "file").symlink_to("../elsewhere/a.txt")
    (tmp_path / "public" / "folder").symlink_to("../elsewhere")
    found = read_asset_folder(tmp_path, "public")
    assert [(one.path, one.size) for one in found.files] == [("/file", 2), ("/index", 1)]
    assert [(one.file, one.ignored) for one in found.problems] == [("folder", True)]


def test_nothing_outside_of_the_repository_is_served(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("key")
    root = tmp_path / "fleet"
    listed(root, index="1")
    (root / "public" / "out").symlink_to("../../secret")
    (root / "public" / "gone").symlink_to("nothing")
    (root / "public" / "_headers").symlink_to("../../secret")
    found = read_asset_folder(root, "public")
    assert paths(found) == ["/index"]
    assert problems(found) == [
        ("gone", "it is a link to nothing"),
        ("out", "it is a link out of the repository"),
        ("_headers", "it is a link out of the repository"),
    ]
    assert found.headers is None


def test_a_link_to_a_folder_outside_is_no_folder_of_assets(tmp_path: Path) -> None:
    (tmp_path / "fleet").mkdir()
    (tmp_path / "fleet" / "public").symlink_to("..")
    found = read_asset_folder(tmp_path / "fleet", "public")
    assert problems(found) == [("", "it lies outside of the repository")]


@pytest.mark.parametrize("directory", ["../outside", "missing", "a.txt", "a\0b"])
def test_a_folder_that_is_none_is_a_problem_of_the_folder(tmp_path: Path, directory: str) -> None:
    (tmp_path / "a.txt").write_text("")
    (problem,) = read_asset_folder(tmp_path, directory).problems
    assert problem.file == ""


def test_a_file_may_be_as_large_as_cloudflare_takes_it(tmp_path: Path) -> None:
    listed(tmp_path, most="", more="")
    os.truncate(tmp_path / "public" / "most", ASSET_BYTES)
    os.truncate(tmp_path / "public" / "more", ASSET_BYTES + 1)
    found = read_asset_folder(tmp_path, "public")
    assert paths(found) == ["/most"]
    words = "it has 26,214,401 bytes; Cloudflare takes 26,214,400 of a file"
    assert problems(found) == [("more", words)]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    listed(tmp_path, index="1")
    os.mkfifo(tmp_path / "public" / "pipe")
    assert problems(read_asset_folder(tmp_path, "public")) == [("pipe", "it is not a regular file")]


def test_a_name_that_no_upload_can_carry_is_named_harmlessly(tmp_path: Path) -> None:
    listed(tmp_path, index="1")
    (tmp_path / "public" / "a\x1b[2J").write_text("")
    ((file, message),) = problems(read_asset_folder(tmp_path, "public"))
    assert file == ""
    assert message.isprintable()


@pytest.mark.parametrize("name", ["_worker.js", "_worker.js/index.js"])
def test_code_of_a_pages_project_is_served_only_where_meant(tmp_path: Path, name: str) -> None:
    found = listed(tmp_path, **{name.replace("/", "__"): "export default {}"})
    assert problems(found) == [(name, "the code of a Pages project would be served")]
    (tmp_path / "public" / ".assetsignore").write_text("")
    assert read_asset_folder(tmp_path, "public").problems == ()
