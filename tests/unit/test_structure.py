"""The shape of the source: class names taken once, small modules and folders, short test names."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from support.project import ROOT

HOUSES = ("edgefleet", "localedge")
MOST_LINES = 300
MOST_MODULES = 15
LONGEST_TEST_NAME = 60
MANY_MODULES = {"edgefleet/cli/commands"}
"""Folders with one module for each of a kind; they grow with the program."""
PUBLIC_CLASS = re.compile(r"^class ([A-Za-z]\w*)", re.MULTILINE)
TEST_NAME = re.compile(r"^ *(?:async )?def (test_\w+)", re.MULTILINE)
POSSESSIVE_GROUP = re.compile(r"\)(?:[*+?]|\{\d*,?\d*\})\+|\{[A-Z_]+\}[*+?]\+|\(\?>")
"""A group, or a pattern put into another one, that is repeated and gives nothing back."""


def modules(house: str) -> list[Path]:
    """Return all modules of a house."""
    found = sorted((ROOT / "src" / house).rglob("*.py"))
    assert found, house
    return found


def public_classes(module: Path) -> list[str]:
    """Return the names of a module's public classes."""
    return PUBLIC_CLASS.findall(module.read_text())


def place(path: Path) -> str:
    """Return where a module or a folder stands below src."""
    return str(path.relative_to(ROOT / "src"))


@pytest.mark.parametrize("house", HOUSES)
def test_no_public_class_name_is_used_twice(house: str) -> None:
    places = defaultdict(list)
    for module in modules(house):
        for name in public_classes(module):
            places[name].append(place(module))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


@pytest.mark.parametrize("house", HOUSES)
def test_no_module_is_longer_than_300_lines(house: str) -> None:
    lines = {place(module): len(module.read_text().splitlines()) for module in modules(house)}
    assert {module: count for module, count in lines.items() if count > MOST_LINES} == {}


@pytest.mark.parametrize("house", HOUSES)
def test_no_folder_has_more_than_15_modules(house: str) -> None:
    counts: dict[str, int] = defaultdict(int)
    for module in modules(house):
        counts[place(module.parent)] += module.name != "__init__.py"
    crowded = {folder for folder, count in counts.items() if count > MOST_MODULES}
    assert crowded - MANY_MODULES == set()


def test_no_test_name_is_longer_than_60_characters() -> None:
    names = [
        (file.name, name)
        for file in sorted(ROOT.glob("tests/**/test_*.py"))
        for name in TEST_NAME.findall(file.read_text())
    ]
    assert len(names) > 1000
    assert [place for place in names if len(place[1]) > LONGEST_TEST_NAME] == []


@pytest.mark.parametrize("house", HOUSES)
def test_no_pattern_has_a_possessive_group(house: str) -> None:
    """Python before 3.11.5 ends one too early: https://github.com/python/cpython/issues/106052."""
    lines = ((one, line) for one in modules(house) for line in one.read_text().splitlines())
    assert [(place(one), line) for one, line in lines if POSSESSIVE_GROUP.search(line)] == []
