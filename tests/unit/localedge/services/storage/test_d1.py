from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localedge.services.storage import d1
from support.storage import Api, stores

ACCOUNT = "a" * 32
DATABASES = f"/accounts/{ACCOUNT}/d1/database"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with stores(tmp_path) as opened:
        yield Api(d1.routes(opened.d1))


@pytest.fixture
def database(api: Api) -> str:
    return f"{DATABASES}/{api.result('POST', DATABASES, json={'name': 'db'})['uuid']}"


def test_a_database_is_made_read_by_name_and_deleted(api: Api, database: str) -> None:
    api.result("POST", f"{database}/query", json={"sql": "create table t (a)"})
    made = api.result("GET", f"{DATABASES}/db")
    assert database.endswith(made["uuid"])
    assert (made["name"], made["num_tables"], made["version"]) == ("db", 1, "production")
    assert made["file_size"] > 0
    assert api.result("DELETE", database) is None
    assert api.refusal("GET", database) == (404, 7404)


def test_the_mode_of_read_replication_is_kept(api: Api, database: str) -> None:
    replication = {"read_replication": {"mode": "auto"}}
    for method in ("PATCH", "PUT"):
        assert api.result(method, database, json=replication)["read_replication"] == {
            "mode": "auto"
        }
    assert api.refusal("PATCH", database, json={"read_replication": {"mode": "no"}})[0] == 400
    assert api.result("PATCH", database, json={})["read_replication"] == {"mode": "auto"}
    api.result("DELETE", database)


def test_databases_come_in_pages_and_by_name(api: Api) -> None:
    for name in ("one", "two", "another"):
        api.result("POST", DATABASES, json={"name": name})
    page = api.ask("GET", DATABASES, params={"page": 2, "per_page": 2}).json()
    assert (len(page["result"]), page["result_info"]["total_count"]) == (1, 3)
    assert [it["name"] for it in api.result("GET", DATABASES, params={"name": "tw"})] == ["two"]


def test_a_name_that_is_taken_or_missing_is_refused(api: Api, database: str) -> None:
    assert api.refusal("POST", DATABASES, json={"name": "db"}) == (400, 7502)
    assert api.refusal("POST", DATABASES, json={"name": ""})[0] == 400


def test_a_place_that_there_is_not_is_refused(api: Api) -> None:
    for place in ({"jurisdiction": "moon"}, {"primary_location_hint": "moon"}):
        assert api.refusal("POST", DATABASES, json={"name": "far", **place})[0] == 400
    place = {"jurisdiction": "eu", "primary_location_hint": "weur"}
    assert api.result("POST", DATABASES, json={"name": "near", **place})["name"] == "near"


def test_a_query_gives_one_result_for_each_statement(api: Api, database: str) -> None:
    sql = "create table t (a); insert into t values ('x'); select a from t where a = ?"
    results = api.result("POST", f"{database}/query", json={"sql": sql, "params": ["x"]})
    assert [result["results"] for result in results] == [[], [], [{"a": "x"}]]
    assert all(result["success"] for result in results)
    assert results[1]["meta"]["changes"] == 1


def test_a_batch_is_one_transaction(api: Api, database: str) -> None:
    make = {"sql": "create table t (a unique)"}
    add = {"sql": "insert into t values (?)", "params": [1]}
    assert len(api.result("POST", f"{database}/query", json={"batch": [make, add]})) == 2
    twice = {"batch": [{"sql": "insert into t values (2)"}, add]}
    assert api.refusal("POST", f"{database}/query", json=twice) == (400, 7500)
    (count,) = api.result("POST", f"{database}/query", json={"sql": "select count(*) n from t"})
    assert count["results"] == [{"n": 1}]


def test_raw_results_are_columns_and_rows(api: Api, database: str) -> None:
    (result,) = api.result("POST", f"{database}/raw", json={"sql": "select 1 a, 2 a"})
    assert result["results"] == {"columns": ["a", "a"], "rows": [[1, 2]]}


def test_sqlites_own_words_reach_the_caller(api: Api, database: str) -> None:
    answer = api.ask("POST", f"{database}/query", json={"sql": "select * from nope"})
    (error,) = answer.json()["errors"]
    assert error == {"code": 7500, "message": "no such table: nope: SQLITE_ERROR"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sql": 1},
        {"sql": "select ?", "params": "x"},
        {"sql": "select ?", "params": [{}]},
        {"batch": []},
        {"batch": ["select 1"]},
        [],
    ],
)
def test_a_body_that_holds_no_query_is_refused(api: Api, database: str, body: Any) -> None:
    assert api.refusal("POST", f"{database}/query", json=body)[0] == 400


def test_a_query_of_an_absent_database_is_refused(api: Api) -> None:
    assert api.refusal("POST", f"{DATABASES}/x/query", json={"sql": "select 1"}) == (404, 7404)
