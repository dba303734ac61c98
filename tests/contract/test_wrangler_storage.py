"""wrangler's storage commands, and Workers that see what they wrote."""

import json
import re
from typing import Any

import pytest

from support.accounts import Account
from support.localedge import LocalEdge
from support.wrangler import Wrangler

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MIGRATIONS = {
    "0001_notes.sql": "create table notes (id integer primary key, text text not null);",
    "0002_first.sql": "insert into notes (text) values ('one; two');\n-- done\n",
}


@pytest.fixture(scope="module")
def project(wrangler: Wrangler, account: Account) -> Wrangler:
    """Give the empty project an account; every command of this module is for it."""
    configure(wrangler, account)
    return wrangler


def configure(wrangler: Wrangler, account: Account, **more: Any) -> None:
    wrangler.write_config(
        {
            "name": "storage",
            "account_id": account.id,
            "compatibility_date": "2026-01-15",
            "main": "index.js",
            **more,
        }
    )


def test_a_namespace_and_its_keys(project: Wrangler) -> None:
    project.ok("kv", "namespace", "create", "CACHE")
    (namespace,) = project.ok("kv", "namespace", "list").json
    assert namespace["title"] == "CACHE"
    key = ("a/b ü", "--remote", "--namespace-id", namespace["id"])

    project.ok(
        "kv", "key", "put", "a/b ü", "a value", "--metadata", '{"m":1}', "--ttl=600", *key[1:]
    )
    assert project.ok("kv", "key", "get", *key).out.strip() == "a value"
    (listed,) = project.ok("kv", "key", "list", *key[1:]).json
    assert (listed["name"], listed["metadata"]) == ("a/b ü", {"m": 1})
    assert listed["expiration"] > 0

    project.ok("kv", "key", "delete", *key)
    gone = project.run("kv", "key", "get", *key)
    assert (gone.code, "404" in gone.said) == (1, True)


def test_a_database_its_sql_and_its_migrations(project: Wrangler, account: Account) -> None:
    made = project.ok("d1", "create", "notes")
    match = UUID.search(made.out)
    assert match
    (listed,) = project.ok("d1", "list", "--json").json
    assert (listed["uuid"], listed["name"]) == (match[0], "notes")
    binding = {"binding": "DB", "database_name": "notes", "database_id": match[0]}
    configure(project, account, d1_databases=[binding])

    folder = project.folder / "migrations"
    folder.mkdir()
    for name, sql in MIGRATIONS.items():
        (folder / name).write_text(sql)
    waiting = project.ok("d1", "migrations", "list", "notes", "--remote").out
    assert all(name in waiting for name in MIGRATIONS)
    project.ok("d1", "migrations", "apply", "notes", "--remote")
    assert "No migrations" in project.ok("d1", "migrations", "list", "notes", "--remote").out

    ask = ("d1", "execute", "notes", "--remote", "--json", "--command")
    (result,) = project.ok(*ask, "select text from notes").json
    assert result["results"] == [{"text": "one; two"}]
    broken = project.run(*ask, "select nope from notes")
    assert broken.code == 1
    assert "no such column: nope: SQLITE_ERROR" in broken.said


def test_a_file_of_sql_goes_in_and_out(project: Wrangler) -> None:
    project.ok("d1", "create", "files")
    file, copy = project.folder / "in.sql", project.folder / "out.sql"
    file.write_text("create table t (a text);\ninsert into t values ('x''y'), (null);\n")
    ran = project.ok("d1", "execute", "files", "--remote", "--yes", f"--file={file}")
    assert "Executed 2 queries" in ran.said
    project.ok("d1", "export", "files", "--remote", f"--output={copy}")
    lines = copy.read_text().splitlines()
    assert lines[-2:] == ["INSERT INTO \"t\" VALUES('x''y');", 'INSERT INTO "t" VALUES(NULL);']

    file.write_text("insert into t values ('kept out');\nselect nope;\n")
    failed = project.run("d1", "execute", "files", "--remote", "--yes", f"--file={file}")
    assert failed.code == 1
    assert "no such column: nope" in failed.said


def test_an_index_and_its_vectors(project: Wrangler) -> None:
    project.ok("vectorize", "create", "docs", "--dimensions=3", "--metric=cosine")
    _heading, _, listing = project.ok("vectorize", "list", "--json").out.partition("\n")
    (listed,) = json.loads(listing)
    assert (listed["name"], listed["config"]) == ("docs", {"dimensions": 3, "metric": "cosine"})
    assert project.ok("vectorize", "get", "docs", "--json").json["name"] == "docs"

    file = project.folder / "vectors.ndjson"
    file.write_text('{"id":"a","values":[1,0,0]}\n{"id":"b","values":[0,1,0]}\n')
    project.ok("vectorize", "insert", "docs", f"--file={file}")
    found = project.ok("vectorize", "query", "docs", "--vector", "1", "0", "0", "--top-k=1")
    assert '"id": "a"' in found.out

    missing = project.run("vectorize", "get", "absent", "--json")
    assert missing.code == 1
    assert "vectorize.index.not_found" in missing.said


def test_a_deployed_worker_and_wrangler_see_one_store(
    project: Wrangler, account: Account, edge: LocalEdge
) -> None:
    project.ok("kv", "namespace", "create", "SHARED")
    namespaces = project.ok("kv", "namespace", "list").json
    namespace = next(it["id"] for it in namespaces if it["title"] == "SHARED")
    remote = ("--remote", "--namespace-id", namespace)
    configure(project, account, kv_namespaces=[{"binding": "KV", "id": namespace}])
    (project.folder / "index.js").write_text(
        "export default { async fetch(_, { KV }) {"
        ' await KV.put("from worker", "2"); return new Response(await KV.get("from wrangler")) } }'
    )
    project.ok("kv", "key", "put", "from wrangler", "1", *remote)
    project.ok("deploy")
    assert edge.get(f"storage.{account.subdomain}").text == "1"
    assert project.ok("kv", "key", "get", "from worker", *remote).out.strip() == "2"
