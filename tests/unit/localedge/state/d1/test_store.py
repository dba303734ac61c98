import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from localedge.state.d1.dump import DumpOptions
from localedge.state.d1.models import D1Database
from localedge.state.d1.sql_file import D1Query
from localedge.state.d1.store import D1Store, new_bookmark
from localedge.wire.d1_errors import D1BadRequest, D1DatabaseExists, D1NotFound
from support.storage import Stores, stores

ACCOUNT = "a" * 32
UUID = "a1b2c3d4-0000-4000-8000-000000000001"
SCRIPT = """
create table "odd ""name" (a integer primary key, b text, c blob, d real);
create table other (a);
insert into "odd ""name" values (1, 'it''s; é
two', x'00ff', 1.5), (2, null, null, 9e999);
insert into other values ('x');
create index odd_b on "odd ""name" (b);
create view both as select b from "odd ""name" union all select a from other;
"""


def run(d1: D1Store, database: D1Database, sql: str) -> list[tuple[object, ...]]:
    results = asyncio.run(d1.query(database, [D1Query(sql)]))
    return list(results[0][-1].rows)


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Stores]:
    with stores(tmp_path) as opened:
        yield opened


def test_a_database_is_found_by_id_and_by_name(storage: Stores) -> None:
    database = storage.d1.ensure(ACCOUNT, UUID, "db")
    assert storage.d1.database(ACCOUNT, UUID) == database
    assert storage.d1.database(ACCOUNT, "db") == database
    assert storage.d1.database("b" * 32, UUID) is None
    with pytest.raises(D1NotFound):
        storage.d1.require(ACCOUNT, "absent")


def test_a_name_is_taken_once(storage: Stores) -> None:
    storage.d1.create(ACCOUNT, "db")
    with pytest.raises(D1DatabaseExists):
        storage.d1.create(ACCOUNT, "db")


@pytest.mark.parametrize("uuid", ["../up", "a/b", "", "x" * 65])
def test_an_id_that_is_no_file_name_is_refused(storage: Stores, uuid: str) -> None:
    with pytest.raises(D1BadRequest):
        storage.d1.ensure(ACCOUNT, uuid, "db")


def test_rows_survive_a_restart(tmp_path: Path) -> None:
    with stores(tmp_path) as before:
        database = before.d1.ensure(ACCOUNT, UUID, "db")
        run(before.d1, database, "create table t (a); insert into t values ('kept')")
    with stores(tmp_path) as after:
        assert run(after.d1, after.d1.ensure(ACCOUNT, UUID, "db"), "select a from t") == [("kept",)]


def test_accounts_that_share_an_id_do_not_share_rows(storage: Stores) -> None:
    mine = storage.d1.ensure(ACCOUNT, UUID, "db")
    yours = storage.d1.ensure("b" * 32, UUID, "db")
    run(storage.d1, mine, "create table t (a)")
    assert run(storage.d1, yours, "select name from sqlite_schema") == []


def test_a_deleted_database_leaves_no_file(storage: Stores, tmp_path: Path) -> None:
    database = storage.d1.ensure(ACCOUNT, UUID, "db")
    run(storage.d1, database, "create table t (a)")
    assert list(tmp_path.glob("d1/*/*.sqlite*"))
    storage.d1.delete(database)
    assert not list(tmp_path.glob("d1/*/*"))
    again = storage.d1.ensure(ACCOUNT, UUID, "db")
    assert run(storage.d1, again, "select name from sqlite_schema") == []


def test_clearing_ends_a_query_that_runs(storage: Stores) -> None:
    database = storage.d1.ensure(ACCOUNT, UUID, "db")
    endless = (
        "with recursive n (i) as (select 1 union all select i + 1 from n) select max(i) from n"
    )
    failed = threading.Event()

    def ask() -> None:
        with pytest.raises(Exception, match=r"timeout|interrupted"):
            run(storage.d1, database, endless)
        failed.set()

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.1)
    storage.d1.clear()
    thread.join(60)  # a query that began after the clearing ends by itself
    assert failed.is_set()


def test_a_long_query_of_one_database_does_not_hold_up_another(storage: Stores) -> None:
    slow = storage.d1.ensure(ACCOUNT, UUID, "slow")
    quick = storage.d1.ensure(ACCOUNT, UUID.replace("1", "2"), "quick")
    long = (
        "with recursive n (i) as (select 1 union all select i + 1 from n limit 2000000)"
        " select max(i) from n"
    )

    async def both() -> list[str]:
        done: list[str] = []

        async def ask(name: str, database: D1Database, sql: str) -> None:
            await storage.d1.query(database, [D1Query(sql)])
            done.append(name)

        await asyncio.gather(ask("slow", slow, long), ask("quick", quick, "select 1"))
        return done

    assert asyncio.run(both()) == ["quick", "slow"]


def test_an_export_makes_the_same_database_again(storage: Stores) -> None:
    one = storage.d1.ensure(ACCOUNT, UUID, "one")
    two = storage.d1.create(ACCOUNT, "two")
    run(storage.d1, one, SCRIPT)
    dumped = asyncio.run(storage.d1.export(one, DumpOptions()))
    run(storage.d1, two, dumped)
    for sql in (
        'select * from "odd ""name"',
        "select * from both",
        "select name from sqlite_schema",
    ):
        assert run(storage.d1, two, sql) == run(storage.d1, one, sql)


def test_an_export_leaves_out_what_it_is_told_to(storage: Stores) -> None:
    database = storage.d1.ensure(ACCOUNT, UUID, "one")
    run(storage.d1, database, SCRIPT)
    bare = asyncio.run(storage.d1.export(database, DumpOptions(data=False)))
    assert "CREATE TABLE other" in bare
    assert "INSERT" not in bare
    rows = asyncio.run(
        storage.d1.export(database, DumpOptions(schema=False, tables=frozenset({"other"})))
    )
    assert rows.splitlines()[1:] == ["INSERT INTO \"other\" VALUES('x');"]


def test_a_later_bookmark_compares_greater() -> None:
    assert new_bookmark() < new_bookmark()
