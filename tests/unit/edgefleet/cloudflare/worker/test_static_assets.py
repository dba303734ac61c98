"""What an upload says of static assets, and the digests that tell sets of them apart."""

from pathlib import Path

import pytest

from edgefleet.cloudflare.worker.static_assets import (
    AssetFile,
    AssetSet,
    asset_config,
    asset_directory,
    asset_hash,
    assets_digest,
    is_asset_path,
    manifest_of,
)


def asset(path: str, content: bytes = b"", kind: str | None = None) -> AssetFile:
    return AssetFile(
        path=path,
        hash=asset_hash(content, path),
        size=len(content),
        content_type=kind,
        source=Path("/nowhere"),
    )


def asset_set(*files: AssetFile, headers: str | None = None, folder: str = "public") -> AssetSet:
    return AssetSet(directory=folder, files=files, headers=headers)


def test_a_hash_is_that_of_wrangler() -> None:
    assert asset_hash(b"hello", "/a.html") == "a2b82584e50075886b08927390f2f573"


@pytest.mark.parametrize("name", ["a", ".html", "a.", "dir.html/a", "/dir.html/.a"])
def test_a_name_without_an_extension_adds_nothing_to_the_hash(name: str) -> None:
    assert asset_hash(b"x", name) == asset_hash(b"x", "plain")


def test_an_extension_is_part_of_the_hash_as_it_is_written() -> None:
    assert len({asset_hash(b"x", name) for name in ("a", "a.js", "a.JS", "a.min.css")}) == 4


def test_the_manifest_names_hash_and_size_by_path() -> None:
    one = asset("/a/b.txt", b"12345")
    assert manifest_of(asset_set(one)) == {"/a/b.txt": {"hash": one.hash, "size": 5}}


@pytest.mark.parametrize(
    "path", ["", "a", "//a", "/a//b", "/", "/../a", "/a/..", "/./a", "/a\\b", "/a\nb", "/" * 1001]
)
def test_a_path_that_leads_elsewhere_is_none(path: str) -> None:
    assert not is_asset_path(path)


def test_the_digest_covers_paths_contents_types_and_rules() -> None:
    sets = (
        asset_set(asset("/a.txt", b"1")),
        asset_set(asset("/b.txt", b"1")),
        asset_set(asset("/a.txt", b"2")),
        asset_set(asset("/a.txt", b"1", "text/plain")),
        asset_set(asset("/a.txt", b"1"), headers="/*\n  A: b"),
    )
    assert len({one.digest for one in sets}) == len(sets)


def test_order_and_folder_are_not_part_of_the_digest() -> None:
    files = asset("/a"), asset("/b")
    assert asset_set(*files).digest == asset_set(*reversed(files), folder="other").digest


def test_a_default_setting_does_not_change_the_short_digest() -> None:
    found = asset_set(asset("/a"))
    plain = assets_digest({"directory": "public"}, found)
    assert plain == assets_digest({"html_handling": "auto-trailing-slash"}, found)
    assert plain != assets_digest({"html_handling": "none"}, found)


def test_the_upload_has_settings_and_the_texts_of_rules() -> None:
    found = asset_set(headers="/*\n  A: b")
    settings = {"directory": "public", "binding": "A", "run_worker_first": ["/api/*"]}
    assert asset_config(settings, found) == {
        "run_worker_first": ["/api/*"],
        "_headers": "/*\n  A: b",
    }


@pytest.mark.parametrize(
    ("assets", "folder", "found"),
    [
        ({"directory": "public"}, "src/worker", "src/worker/public"),
        ({"directory": "./public/"}, ".", "public"),
        ({"directory": "../../dist"}, "src/worker", "dist"),
        ({"directory": "../x"}, ".", "../x"),
        ({}, "src/worker", None),
        (None, "src/worker", None),
    ],
)
def test_the_folder_is_named_from_the_repository(
    assets: dict[str, str] | None, folder: str, found: str | None
) -> None:
    assert asset_directory({"assets": assets}, folder) == found
