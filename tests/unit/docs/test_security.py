"""SECURITY.md claims nothing that no test shows."""

import ast
import re
from functools import cache
from itertools import takewhile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NOT_DEFENDED = "## What is not defended"
"""The one part whose rows are no claims."""

TEST = re.compile(r"`(tests/[^`]*)`")


def claims() -> dict[str, list[str]]:
    """Return each row of a table that claims something, with the tests that it names."""
    lines = takewhile(lambda line: line != NOT_DEFENDED, PAGE.splitlines())
    rows = [line for line in lines if line.startswith("|") and not line.startswith("| ---")]
    return {row.split("|")[1].strip(): TEST.findall(row) for row in rows if "| tests |" not in row}


CLAIMS = claims()


@cache
def defined(file: str) -> frozenset[str]:
    """Return the names of a file's test functions; none where there is no such file."""
    if not (ROOT / file).is_file():
        return frozenset()
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, functions))


def test_the_page_has_claims_and_says_what_is_not_defended() -> None:
    assert len(CLAIMS) > 30
    assert PAGE.count(NOT_DEFENDED + "\n") == 1


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_names_its_tests(claim: str) -> None:
    assert CLAIMS[claim]


@pytest.mark.parametrize(
    "name", sorted(set(TEST.findall(PAGE)) - {"tests/unit/docs/test_security.py"})
)
def test_a_test_that_is_named_exists(name: str) -> None:
    file, _, test = name.partition("::")
    assert test.startswith("test_")
    assert test in defined(file)


def test_a_test_that_does_not_exist_would_be_found() -> None:
    assert "test_nothing" not in defined("tests/unit/docs/test_security.py")
    assert not defined("tests/unit/docs/test_none.py")


@pytest.mark.parametrize("page", ["README.md", "docs/README.md", "CONTRIBUTING.md"])
def test_the_page_is_found(page: str) -> None:
    assert "SECURITY.md)" in (ROOT / page).read_text(encoding="utf-8")
