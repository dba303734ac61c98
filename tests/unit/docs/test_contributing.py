"""The contributor's tour and CONTRIBUTING name files and names that exist."""

import re

import pytest

from support.project import ROOT

PAGES = ("docs/contributing.md", "CONTRIBUTING.md")
FOLDERS = "src|tests|ci|docs|tenants|bench|\\.github"
PLACE = re.compile(rf"`((?:{FOLDERS})/[\w./-]*)(?:::(\w+))?`")
PLACES = sorted({place for page in PAGES for place in PLACE.findall((ROOT / page).read_text())})


def test_places_are_found() -> None:
    assert len(PLACES) > 30


@pytest.mark.parametrize(("path", "name"), PLACES)
def test_a_place_exists(path: str, name: str) -> None:
    assert (ROOT / path).exists()
    if name:
        text = (ROOT / path).read_text()
        assert re.search(rf"^(?:class |def )?{name}\b", text, re.MULTILINE)
