"""A test pastes, or at least runs, each command of a hint."""

import ast
from itertools import chain

import pytest

from support.hint_commands import IN_PROSE, hints, named_commands, shapes
from support.hint_ledger import NOT_RUN, PASTES, RUNS, TESTS, is_of

TABLES = (PASTES, RUNS, NOT_RUN)


def known() -> set[str]:
    return set(chain.from_iterable(chain.from_iterable(table.values()) for table in TABLES))


def test_every_command_of_a_hint_has_a_row() -> None:
    rows = known()
    missing = [f"{one.place}: {one.shape}" for one in named_commands() if one.shape not in rows]
    assert missing == []


def test_every_row_is_a_command_that_is_named() -> None:
    assert known() - {one.shape for one in named_commands()} == set()


def test_no_hint_names_half_a_command() -> None:
    """`edgefleet deploy` alone deploys nothing."""
    wrong = [f"{one.place}: {one.shape}" for one in hints() if one.shape in IN_PROSE]
    assert wrong == []


@pytest.mark.parametrize("table", [PASTES, RUNS])
def test_every_test_of_a_row_exists(table: dict[str, tuple[str, ...]]) -> None:
    for row in table:
        module, _, name = row.partition("::")
        tree = ast.parse((TESTS / module).read_text())
        assert name in {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)}


def test_modules_that_paste_are_held_to_the_ledger() -> None:
    for row in PASTES:
        assert "import kept\n" in (TESTS / row.partition("::")[0]).read_text(), row


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("go on: edgefleet canary continue --tenants X --env X", 1),
        ("let edgefleet provision make it", 0),
        ("git show X, or git fetch --all --tags", 2),
        ("once it works: X --canary none", 1),
        ("git knows no commit 'X'", 0),
    ],
)
def test_commands_are_found_in_texts(text: str, found: int) -> None:
    assert len(list(shapes(text))) == found


def test_pasted_command_is_known_by_its_shape() -> None:
    shape = "edgefleet deploy --tenant X --env X --ignore-hold"
    assert is_of(shape, "edgefleet deploy --tenant acme --env staging --ignore-hold")
    assert not is_of(shape, "edgefleet deploy --tenant acme --env staging")
