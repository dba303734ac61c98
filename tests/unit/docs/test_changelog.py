"""The changelog has versions, newest first, and in each the sections of Keep a Changelog."""

import re

from support.project import ROOT

PAGE = (ROOT / "CHANGELOG.md").read_text()
SECTIONS = ["Changed", "Added", "Deprecated", "Removed", "Fixed", "Security"]
VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+) - \d{4}-\d\d-\d\d")


def test_versions_begin_with_unreleased_and_fall() -> None:
    unreleased, *released = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    assert unreleased == "Unreleased"
    versions = [
        tuple(map(int, found.groups())) for found in map(VERSION.fullmatch, released) if found
    ]
    assert len(versions) == len(released)
    assert versions == sorted(versions, reverse=True)


def test_each_version_has_each_section_once() -> None:
    for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        sections = re.findall(r"^### (.+)$", part, re.MULTILINE)
        assert sections == [one for one in SECTIONS if one in sections]
