import pytest
from hypothesis import given
from hypothesis import strategies as st

from localedge.state.d1.statements import split_statements

TRIGGER = "create trigger t after insert on a begin update a set b = ';'; delete from c; end;"


@pytest.mark.parametrize(
    ("sql", "statements"),
    [
        ("select 1", ["select 1"]),
        ("select 1;; ; select 2;", ["select 1;", "select 2;"]),
        ("select ';'; select \"a;b\"", ["select ';';", 'select "a;b"']),
        ("-- first;\nselect 1; /* ; */ select 2", ["-- first;\nselect 1;", "/* ; */ select 2"]),
        (f"{TRIGGER} select 1", [TRIGGER, "select 1"]),
        ("select 1; -- done", ["select 1;"]),
        (" \n; /* nothing", []),
        ("", []),
    ],
)
def test_statements_are_cut_where_sqlite_ends_them(sql: str, statements: list[str]) -> None:
    assert split_statements(sql) == statements


@given(st.text(alphabet="ab '\";-/*\n", max_size=60))
def test_nothing_but_blanks_is_lost(sql: str) -> None:
    assert len("".join(split_statements(sql))) <= len(sql)
    assert all(statement in sql for statement in split_statements(sql))
