"""Patterns of .assetsignore, as those of a .gitignore."""

import pytest

from edgefleet.config.files.assets_ignore import AssetsIgnore


def ignored(pattern: str, path: str) -> bool:
    """Whether a file is ignored, itself or through a folder above it."""
    ignore = AssetsIgnore(pattern)
    parts = path.split("/")
    above = ["/".join(parts[:count]) for count in range(1, len(parts))]
    return any(ignore.ignores(one, folder=True) for one in above) or ignore.ignores(
        path, folder=False
    )


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("a.txt", "a.txt"),
        ("a.txt", "deep/a.txt"),
        ("A.TXT", "a.txt"),
        ("/a.txt", "a.txt"),
        ("deep", "deep/er/a.txt"),
        ("deep/", "deep/a.txt"),
        ("deep/*", "deep/a.txt"),
        ("deep/**", "deep/er/a.txt"),
        ("**/er", "deep/er/a.txt"),
        ("deep/**/a.txt", "deep/a.txt"),
        ("deep/**/a.txt", "deep/e/r/a.txt"),
        ("*.map", "deep/a.js.map"),
        ("a?c", "abc"),
        ("[a-c]x", "bx"),
        ("[!a]x", "bx"),
        ("a.txt  ", "a.txt"),
        ("a.txt\r", "a.txt"),
        ("\\#a", "#a"),
        ("\\!a", "!a"),
        ("a b", "a b"),
        ("*\n!deep/keep.txt", "deep/keep.txt"),
        ("", "_headers"),
        ("", ".assetsignore"),
    ],
)
def test_a_pattern_ignores(pattern: str, path: str) -> None:
    assert ignored(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/a.txt", "deep/a.txt"),
        ("deep/a.txt", "deep/er/a.txt"),
        ("a.txt/", "a.txt"),
        ("*.map", "a.map.js"),
        ("deep/*", "deep"),
        ("deep/**", "deep"),
        ("a?c", "a/c"),
        ("# a.txt", "a.txt"),
        ("#a", "#a"),
        ("*.txt\n!keep.txt", "keep.txt"),
        ("/*\n!/deep", "deep/a.txt"),
        ("[b-a]", "b"),
        ("[a", "a"),
        ("/", "a.txt"),
        ("!", "a.txt"),
        ("", "deep/_headers"),
        ("!_headers\n", "index.html"),
    ],
)
def test_a_pattern_does_not_ignore(pattern: str, path: str) -> None:
    assert not ignored(pattern, path)


def test_files_that_say_how_can_be_taken_back_as_in_wrangler() -> None:
    assert not ignored("!_headers", "_headers")
