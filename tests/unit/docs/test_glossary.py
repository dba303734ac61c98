"""The glossary has the terms of the field, each once, and leads to code that exists."""

import re

import pytest

from support.project import ROOT

PAGE = (ROOT / "docs/glossary.md").read_text()
HEADING = ["term", "what it is", "in the code", "not"]
NEEDED = (
    "Worker", "script", "version", "deployment", "gradual deployment", "version override",
    "preview URL", "Cron Trigger", "route", "custom domain", "binding", "desired state",
    "live state", "drift", "baseline", "plan", "health check", "restore", "rollback", "ring",
    "canary", "lease", "rate limiter",
)  # fmt: skip


def rows() -> list[list[str]]:
    """Return the cells of each row that holds a term."""
    lines = [line for line in PAGE.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row != HEADING and set(row) != {"---"}]


ROWS = rows()


def test_each_term_has_one_complete_row() -> None:
    terms = [term for term, *_ in ROWS]
    assert len(terms) == len(set(terms))
    assert all(len(row) == len(HEADING) and all(row) for row in ROWS)
    assert set(NEEDED) <= set(terms)


@pytest.mark.parametrize(("term", "places"), [(row[0], row[2]) for row in ROWS], ids=str)
def test_a_term_leads_to_code_that_exists(term: str, places: str) -> None:
    paths = re.findall(r"`([^`]+)`", places)
    assert paths or "](" in places, term
    assert [path for path in paths if not (ROOT / "src/edgefleet" / path).exists()] == []


def test_no_term_is_refused_by_another_row() -> None:
    terms = {row[0]: row[2] for row in ROWS}
    refused = [(word.strip(), row[2]) for row in ROWS for word in row[3].split(",")]
    assert [word for word, place in refused if terms.get(word) == place] == []
