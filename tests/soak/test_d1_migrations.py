"""D1 migrations of a fleet: planned, applied once, before any traffic, as wrangler applies them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from support import loopback
from support.localedge import LocalEdge, start_localedge
from support.other_workers import account_of, make_other
from support.project import Project, Ran
from support.wrangler import Wrangler

TOKEN = "token-of-alder-aaaaaaaaaaaaaaaaaaaa"
ALDER = ("--tenants", "alder", "--env", "staging")
MIGRATIONS = "src/worker/migrations"
FIRST, SECOND = "0001_create_comments.sql", "0002_index_authors.sql"


@dataclass
class Comments:
    """The fleet `comments`, and an embedded Cloudflare that has its databases."""

    project: Project
    edge: LocalEdge

    def edgefleet(self, command: str, *more: str) -> Ran:
        """Run a command for one target."""
        target = ("--tenant", "alder", "--env", "staging") if command == "deploy" else ALDER
        return self.project.run(command, *target, *more)

    def deploy(self, *more: str) -> Ran:
        return self.edgefleet("deploy", "--engine", "api", *more)

    def database(self, environment: str = "staging") -> str:
        file = self.project.root / "tenants" / "alder" / "wrangler.jsonc"
        section = json.loads(file.read_text())["env"][environment]
        return str(section["d1_databases"][0]["database_id"])

    def sql(self, sql: str) -> list[dict[str, Any]]:
        """Run a statement in the database, behind edgefleet's back."""
        url = f"{self.edge.api}/accounts/{account_of(self.project, 'alder')}/d1/database"
        answer = loopback.post(
            f"{url}/{self.database()}/query",
            headers={"authorization": f"Bearer {TOKEN}"},
            json={"sql": sql},
            timeout=60,
        )
        assert answer.is_success, answer.text
        found: list[dict[str, Any]] = answer.json()["result"][0]["results"]
        return found

    def applied(self) -> list[str]:
        return [row["name"] for row in self.sql("SELECT name FROM d1_migrations ORDER BY id")]

    def write(self, name: str, sql: str) -> None:
        """Commit one more migration."""
        (self.project.root / MIGRATIONS / name).write_text(sql)
        self.project.commit()

    def wrangler(self, *arguments: str) -> str:
        """Run `wrangler d1 migrations` on the database; return what it says."""
        folder = self.project.home / "wrangler"
        folder.mkdir(exist_ok=True)
        wrangler = Wrangler(folder, self.edge.api, TOKEN)
        database = {
            "binding": "DB",
            "database_name": "comments",
            "database_id": self.database(),
            "migrations_dir": str(self.project.root / MIGRATIONS),
        }
        account = account_of(self.project, "alder")
        wrangler.write_config({"name": "x", "account_id": account, "d1_databases": [database]})
        return wrangler.ok("d1", "migrations", *arguments, "DB", "--remote").said


@pytest.fixture(scope="module")
def comments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Comments]:
    project = make_other(tmp_path_factory.mktemp("fleet"), "comments")
    accounts = [(account_of(project, name), name, TOKEN) for name in ("alder", "birch")]
    state = tmp_path_factory.mktemp("edge")
    with start_localedge(state, accounts, provision=project.resources(), runtime="none") as edge:
        project.environ = {
            "CLOUDFLARE_API_BASE_URL": edge.api,
            "EDGEFLEET_WORKERS_DEV": edge.workers_dev,
            "CLOUDFLARE_API_TOKEN_ALDER": TOKEN,
        }
        yield Comments(project, edge)


def test_migrations_go_from_plan_to_rollback(comments: Comments) -> None:
    planned = comments.edgefleet("plan")
    assert f'+ d1_migrations.DB."{FIRST}": "sha256:' in planned.out, planned.said
    assert "a rollback does not restore: the D1 migrations" in planned.out

    deployed = comments.deploy()
    assert deployed.code == 0, deployed.said
    assert f"{FIRST}, {SECOND} to DB" in deployed.said
    assert comments.applied() == [FIRST, SECOND]
    assert "No migrations to apply" in comments.wrangler("list")
    again = comments.deploy()
    assert (again.code, comments.project.records()[-1]["status"]) == (0, "unchanged")

    comments.write("0003_broken.sql", "CREATE TABLE half (id);\nCREAT TABLE other (id);")
    writes = len(comments.edge.requests())
    broken = comments.deploy()
    assert broken.code == 6
    assert "the D1 migration 0003_broken.sql of DB failed" in broken.said
    assert "nothing was changed" in broken.said
    sent = comments.edge.requests()[writes:]
    assert {one["path"].rpartition("/")[2] for one in sent if one["method"] != "GET"} == {"query"}
    assert comments.applied() == [FIRST, SECOND]
    assert comments.sql("SELECT name FROM sqlite_master WHERE name = 'half'") == []

    (comments.project.root / MIGRATIONS / "0003_broken.sql").unlink()
    comments.write("0003_ratings.sql", "ALTER TABLE comments ADD COLUMN rating INTEGER")
    file = comments.project.root / "src/worker/src/index.ts"
    file.write_text(file.read_text().replace("author, content", "author, content, rating"))
    comments.project.commit()
    missing = comments.deploy()
    assert missing.code == 6  # the last statement of the file has no semicolon, as for wrangler
    comments.write("0003_ratings.sql", "ALTER TABLE comments ADD COLUMN rating INTEGER;")
    assert comments.deploy().code == 0, comments.project.printed[-1]
    assert comments.applied() == [FIRST, SECOND, "0003_ratings.sql"]

    comments.sql("DELETE FROM d1_migrations WHERE name = '0002_index_authors.sql'")
    comments.sql("DROP INDEX comments_by_author")
    found = comments.edgefleet("drift")
    assert found.code == 3, found.said
    assert f'high   - d1_migrations.DB."{SECOND}"' in found.out
    repaired = comments.edgefleet("drift", "--repair", "--yes")
    assert repaired.code == 0, repaired.said
    assert comments.sql("SELECT name FROM sqlite_master WHERE name = 'comments_by_author'")

    back = comments.edgefleet("rollback")
    assert back.code == 0, back.said
    assert "D1 migrations that the version does not know stay applied to DB: 0003" in back.said
    drifted = comments.edgefleet("drift")
    assert (drifted.code, "0003_ratings.sql was applied to DB" in drifted.out) == (0, True)


def test_what_wrangler_applied_is_not_applied_again(comments: Comments) -> None:
    comments.write("0004_by_wrangler.sql", "CREATE TABLE by_wrangler (id);")
    comments.wrangler("apply")
    planned = comments.edgefleet("plan")
    assert "0004_by_wrangler" not in planned.out, planned.said


def test_production_asks_before_tables_of_a_live_version_change(comments: Comments) -> None:
    target = ("--tenant", "alder", "--env", "production", "--engine", "api")
    first = comments.project.run("deploy", *target)
    assert first.code == 0, first.said
    comments.write("0005_more.sql", "CREATE TABLE more (id);")
    refused = comments.project.run("deploy", *target)
    assert refused.code == 2
    assert "D1 migrations of DB are pending, which nothing undoes: 0005_more.sql" in refused.said
    assert "--allow-irreversible" in refused.said
    assert comments.project.run("deploy", *target, "--allow-irreversible").code == 0
