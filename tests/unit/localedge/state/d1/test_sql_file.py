from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localedge.state.d1 import sql_file as d1_sql
from localedge.state.d1.sql_file import D1Query, SqlFile, StatementResult
from localedge.wire.d1_errors import D1BadRequest, D1SqlError


@pytest.fixture
def file(tmp_path: Path) -> Iterator[SqlFile]:
    opened = SqlFile(tmp_path / "db.sqlite")
    yield opened
    opened.close()


def run(file: SqlFile, sql: str, *params: Any) -> list[StatementResult]:
    return file.execute([D1Query(sql, params)])[0]


def rows(file: SqlFile, sql: str, *params: Any) -> list[dict[str, Any]]:
    return run(file, sql, *params)[-1].objects()


def refusal(file: SqlFile, sql: str, *params: Any) -> str:
    with pytest.raises(D1SqlError) as caught:
        run(file, sql, *params)
    return caught.value.message


def test_each_statement_of_a_text_gives_a_result(file: SqlFile) -> None:
    results = run(file, "create table t (a); insert into t values (1), (2); select a from t;")
    assert [result.rows for result in results] == [(), (), ((1,), (2,))]
    assert [result.meta["changes"] for result in results] == [0, 2, 0]
    assert [result.meta["changed_db"] for result in results] == [True, True, False]


def test_numbers_become_real_as_in_javascript(file: SqlFile) -> None:
    assert rows(file, "select typeof(?) a, typeof(?) b", 7, True) == [{"a": "real", "b": "real"}]


def test_integer_columns_keep_integers(file: SqlFile) -> None:
    run(file, "create table t (a integer)")
    run(file, "insert into t values (?)", 7)
    assert rows(file, "select a, typeof(a) kind from t") == [{"a": 7, "kind": "integer"}]


def test_bytes_go_in_and_out_as_arrays(file: SqlFile) -> None:
    assert rows(file, "select ? a, typeof(?1) kind", [0, 255]) == [{"a": [0, 255], "kind": "blob"}]


def test_infinity_is_shown_as_null(file: SqlFile) -> None:
    assert rows(file, "select 9e999 a") == [{"a": None}]


@pytest.mark.parametrize("value", [{}, [256], [-1], ["a"], [True]])
def test_a_parameter_of_another_type_is_refused(file: SqlFile, value: Any) -> None:
    with pytest.raises(D1BadRequest, match="null, numbers, strings or arrays of bytes"):
        run(file, "select ?", value)


def test_a_lone_surrogate_does_no_harm(file: SqlFile) -> None:
    assert rows(file, "select ? a", "\ud800") == [{"a": "\ufffd"}]


def test_a_failing_query_undoes_those_before_it_and_is_named(file: SqlFile) -> None:
    run(file, "create table t (a unique)")
    good, bad = D1Query("insert into t values (1)"), D1Query("insert into t values (1)")
    with pytest.raises(D1SqlError) as caught:
        file.execute([good, bad, good])
    assert caught.value.position == 1
    assert caught.value.message == "UNIQUE constraint failed: t.a: SQLITE_CONSTRAINT"
    assert rows(file, "select count(*) n from t") == [{"n": 0}]


def test_a_constraint_that_fails_at_the_end_undoes_all(file: SqlFile) -> None:
    run(file, "create table p (a primary key); create table c (a references p)")
    message = refusal(file, "pragma defer_foreign_keys = on; insert into c values (1)")
    assert message == "FOREIGN KEY constraint failed: SQLITE_CONSTRAINT"
    assert rows(file, "select * from c") == []


def test_foreign_keys_cannot_be_switched_off(file: SqlFile) -> None:
    run(file, "create table p (a primary key); create table c (a references p)")
    run(file, "pragma foreign_keys = off")
    assert "FOREIGN KEY" in refusal(file, "insert into c values (1)")


@pytest.mark.parametrize(
    "sql",
    [
        "attach '/tmp/localedge-test.sqlite' as other",
        "attach ':memory:' as other",
        "select * from pragma_database_list",
        "pragma database_list",
        "pragma journal_mode = delete",
        "pragma writable_schema = on",
        "pragma temp_store_directory = '/tmp'",
        "create temp table t (a)",
        "create virtual table t using rtree(a, b, c)",
        "create table _cf_t (a)",
    ],
)
def test_sql_stays_in_its_own_file(file: SqlFile, sql: str) -> None:
    assert refusal(file, sql) == "not authorized: SQLITE_AUTH"


@pytest.mark.parametrize("sql", ["vacuum", "vacuum into '/tmp/localedge-test.sqlite'"])
def test_vacuum_writes_no_other_file(file: SqlFile, sql: str) -> None:
    assert "cannot VACUUM from within a transaction" in refusal(file, sql)


@pytest.mark.parametrize("function", ["load_extension('x')", "sqlite_version()"])
def test_some_functions_are_refused(file: SqlFile, function: str) -> None:
    assert refusal(file, f"select {function}").startswith("not authorized to use function")


@pytest.mark.parametrize("sql", ["begin", "commit", "rollback", "savepoint a", "end; select 1"])
def test_transactions_are_refused_in_workerds_words(file: SqlFile, sql: str) -> None:
    assert refusal(file, sql).startswith("To execute a transaction, please use the state.storage")
    assert refusal(file, "select nope") == "no such column: nope: SQLITE_ERROR"


def test_a_statement_that_the_server_ran_is_not_lent_to_users(file: SqlFile) -> None:
    assert file.size() > 0
    assert refusal(file, "PRAGMA page_count") == "not authorized: SQLITE_AUTH"


def test_full_text_search_works(file: SqlFile) -> None:
    run(file, "create virtual table f using fts5(text)")
    run(file, "insert into f values (?)", "good morning")
    assert rows(file, "select * from f where f match 'morning'") == [{"text": "good morning"}]


@pytest.mark.parametrize(
    ("sql", "params", "message"),
    [
        ("", [], "No SQL statements detected."),
        ("-- nothing", [], "No SQL statements detected."),
        ("select ?", [], "Wrong number of parameter bindings for SQL query."),
        ("select 1", [1], "Wrong number of parameter bindings for SQL query."),
        (f"select '{'x' * 100_000}'", [], "statement too long: SQLITE_TOOBIG"),
        (f"select 'a' like '{'x' * 51}'", [], "LIKE or GLOB pattern too complex: SQLITE_ERROR"),
        ("select 'a\0b'", [], "the query contains a null character"),
    ],
)
def test_what_cannot_run_is_said_clearly(
    file: SqlFile, sql: str, params: list[Any], message: str
) -> None:
    assert refusal(file, sql, *params) == message


def test_a_query_without_end_is_ended(file: SqlFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(d1_sql, "MAX_SECONDS", 0.05)
    endless = (
        "with recursive n (i) as (select 1 union all select i + 1 from n) select max(i) from n"
    )
    assert "exceeded timeout" in refusal(file, endless)
    assert rows(file, "select 1 a") == [{"a": 1}]
