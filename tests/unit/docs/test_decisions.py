"""Decision records have one form, and their index names each with its title."""

import re
from pathlib import Path

import pytest

from support.project import ROOT

FOLDER = ROOT / "docs/decisions"
PAGES = sorted(FOLDER.glob("[0-9]*.md"))
HEADINGS = ["Context", "Decision", "Consequences"]
FORM = re.compile(
    r"# (?P<number>\d+)\. (?P<title>.+)\n\n"
    r"Date: \d{4}-\d\d-\d\d\. Status: (?:accepted|replaced by \d{4})\.\n\n## Context\n"
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_record_has_the_form(page: Path) -> None:
    text = page.read_text()
    form = FORM.match(text)
    assert form
    assert int(form["number"]) == int(page.name[:4])
    found = [one for one in re.findall(r"^## (.+)$", text, re.MULTILINE) if one in HEADINGS]
    assert found == HEADINGS


def test_the_index_lists_each_record_with_its_title() -> None:
    index = (FOLDER / "README.md").read_text()
    rows = dict(re.findall(r"^\| \[\d{4}\]\(([^)]+)\) \| (.+) \|$", index, re.MULTILINE))
    titles = {page.name: page.read_text().split("\n")[0].split(". ", 1)[1] for page in PAGES}
    assert rows == titles
