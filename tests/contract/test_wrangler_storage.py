"""wrangler's storage commands, and Workers that see what they wrote."""

import re
from typing import Any

import pytest

from support import loopback
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


def test_a_namespace_its_keys_and_a_worker_that_sees_them(
    project: Wrangler, account: Account, edge: LocalEdge
) -> None:
    made = re.search('"id": "([0-9a-f]{32})"', project.ok("kv", "namespace", "create", "CACHE").out)
    assert made
    key = ("a/b ü", "--remote", "--namespace-id", made[1])

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
    see_one_store(project, account, edge, made[1])


def see_one_store(project: Wrangler, account: Account, edge: LocalEdge, namespace: str) -> None:
    """Deploy a Worker that reads what wrangler wrote, and writes what wrangler reads."""
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


def test_a_database_its_sql_its_files_and_its_migrations(
    project: Wrangler, account: Account
) -> None:
    made = project.ok("d1", "create", "notes")
    match = UUID.search(made.out)
    assert match
    binding = {"binding": "DB", "database_name": "notes", "database_id": match[0]}
    configure(project, account, d1_databases=[binding])

    folder = project.folder / "migrations"
    folder.mkdir()
    for name, sql in MIGRATIONS.items():
        (folder / name).write_text(sql)
    applied = project.ok("d1", "migrations", "apply", "notes", "--remote").out
    assert all(name in applied for name in MIGRATIONS)

    ask = ("d1", "execute", "notes", "--remote", "--json", "--command")
    (result,) = project.ok(*ask, "select text from notes").json
    assert result["results"] == [{"text": "one; two"}]
    goes_in_and_out(project)


def goes_in_and_out(project: Wrangler) -> None:
    """Run a file of SQL on the database, and export it."""
    file, copy = project.folder / "in.sql", project.folder / "out.sql"
    file.write_text("create table t (a text);\ninsert into t values ('x''y'), (null);\n")
    ran = project.ok("d1", "execute", "notes", "--remote", "--yes", f"--file={file}")
    assert "Executed 2 queries" in ran.said
    project.ok("d1", "export", "notes", "--remote", f"--output={copy}")
    lines = copy.read_text().splitlines()
    assert lines[-2:] == ["INSERT INTO \"t\" VALUES('x''y');", 'INSERT INTO "t" VALUES(NULL);']

    file.write_text("insert into t values ('kept out');\nselect nope;\n")
    failed = project.run("d1", "execute", "notes", "--remote", "--yes", f"--file={file}")
    assert failed.code == 1
    assert "no such column: nope" in failed.said


def test_an_index_and_its_vectors(project: Wrangler) -> None:
    project.ok("vectorize", "create", "docs", "--dimensions=3", "--metric=cosine")

    file = project.folder / "vectors.ndjson"
    file.write_text('{"id":"a","values":[1,0,0]}\n{"id":"b","values":[0,1,0]}\n')
    project.ok("vectorize", "insert", "docs", f"--file={file}")
    found = project.ok("vectorize", "query", "docs", "--vector", "1", "0", "0", "--top-k=1")
    assert '"id": "a"' in found.out

    missing = project.run("vectorize", "get", "absent", "--json")
    assert missing.code == 1
    assert "vectorize.index.not_found" in missing.said


def test_a_bucket_its_objects_and_a_worker_that_sees_them(
    project: Wrangler, account: Account, edge: LocalEdge
) -> None:
    created = project.ok("r2", "bucket", "create", "files").out
    assert "Created bucket 'files' with default storage class of Standard." in created
    file = project.folder / "page.html"
    file.write_text("from wrangler")
    put = ("--content-type", "text/html", "--remote", f"--file={file}")
    project.ok("r2", "object", "put", "files/a/page", *put)
    configure(project, account, r2_buckets=[{"binding": "FILES", "bucket_name": "files"}])
    (project.folder / "index.js").write_text(
        "export default { async fetch(_, { FILES }) {"
        ' await FILES.put("from worker", "2");'
        ' return new Response((await FILES.get("a/page")).body) } }'
    )
    project.ok("deploy")
    assert edge.get(f"storage.{account.subdomain}").text == "from wrangler"
    got = project.ok("r2", "object", "get", "files/from worker", "--remote", "--pipe")
    assert got.out == "2"

    full = project.run("r2", "bucket", "delete", "files")
    assert "is not empty" in full.said
    assert full.code == 1
    project.ok("r2", "object", "delete", "files/a/page", "--remote")
    files = f"{edge.api}/accounts/{account.id}/r2/buckets/files/objects"
    listed = loopback.get(files, headers={"authorization": f"Bearer {account.token}"}).json()
    assert [it["key"] for it in listed["result"]] == ["from worker"]
