import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Mount

from localedge.services.storage import d1
from localedge.services.storage import d1_transfers as d1_files
from localedge.state.d1.transfers import D1Transfers
from support.storage import Api, stores

DATABASES = f"/client/v4/accounts/{'a' * 32}/d1/database"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with stores(tmp_path) as opened:
        transfers = D1Transfers(opened.database)
        services = [*d1.routes(opened.d1), *d1_files.routes(opened.d1, transfers)]
        controls = d1_files.exchange_routes(transfers)
        yield Api([Mount("/client/v4", routes=services), Mount("/__localedge__", routes=controls)])


@pytest.fixture
def database(api: Api) -> str:
    return f"{DATABASES}/{api.result('POST', DATABASES, json={'name': 'db'})['uuid']}"


def bring(api: Api, database: str, sql: bytes) -> Any:
    """Import a file as wrangler does."""
    etag = hashlib.md5(sql, usedforsecurity=False).hexdigest()
    begun = api.result("POST", f"{database}/import", json={"action": "init", "etag": etag})
    put = api.ask("PUT", begun["upload_url"], content=sql)
    assert put.headers["etag"] == f'"{etag}"'
    step = {"action": "ingest", "etag": etag, "filename": begun["filename"]}
    return api.result("POST", f"{database}/import", json=step)


def test_a_file_is_uploaded_and_run(api: Api, database: str) -> None:
    done = bring(api, database, b"create table t (a);\ninsert into t values ('x'), ('y');")
    assert (done["status"], done["success"]) == ("complete", True)
    assert done["result"]["num_queries"] == 2
    assert done["result"]["meta"]["rows_written"] == 2
    (count,) = api.result("POST", f"{database}/query", json={"sql": "select count(*) n from t"})
    assert count["results"] == [{"n": 2}]


def test_a_file_that_fails_changes_nothing(api: Api, database: str) -> None:
    done = bring(api, database, b"create table t (a); select nope;")
    assert (done["status"], done["success"]) == ("error", False)
    assert done["error"] == "no such column: nope: SQLITE_ERROR"
    assert api.result("GET", database)["num_tables"] == 0


def test_a_file_that_was_not_uploaded_cannot_be_run(api: Api, database: str) -> None:
    step = {"action": "ingest", "etag": "0" * 32, "filename": "x"}
    assert api.refusal("POST", f"{database}/import", json=step) == (400, 7400)


def test_there_is_nothing_to_poll_for(api: Api, database: str) -> None:
    step = {"action": "poll", "current_bookmark": "x"}
    assert api.refusal("POST", f"{database}/import", json=step) == (400, 7400)


def test_an_export_is_downloaded_from_its_address(api: Api, database: str) -> None:
    bring(api, database, b"create table t (a); insert into t values ('x');")
    options = {"no_schema": True, "tables": ["t"]}
    done = api.result("POST", f"{database}/export", json={"dump_options": options})
    assert done["status"] == "complete"
    assert done["result"]["filename"] == "db.sql"
    text = api.ask("GET", done["result"]["signed_url"]).text
    assert text.splitlines()[1:] == ["INSERT INTO \"t\" VALUES('x');"]


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_an_address_that_nobody_was_given_opens_nothing(api: Api, method: str) -> None:
    assert api.ask(method, "/__localedge__/d1-files/guess").status_code == 404
