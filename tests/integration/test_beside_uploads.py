"""What goes live beside an upload: D1 migrations, queue consumers, workflows, declared exports.

tests/soak has the same with built Workers that run, and with drift.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support.beside_uploads import ALDER, TOKEN, Opened, Scene, serve_fleets
from support.other_workers import account_of
from support.wrangler import Wrangler

FIRST, SECOND = "0001_create_comments.sql", "0002_index_authors.sql"
FLEETS = ("comments", "orders", "durable-hello")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    yield from serve_fleets(tmp_path_factory, FLEETS)


def wrangler_list(comments: Scene) -> str:
    """Return what `wrangler d1 migrations list` says of the database."""
    file = comments.project.root / "tenants/alder/wrangler.jsonc"
    (bound,) = json.loads(file.read_text())["env"]["staging"]["d1_databases"]
    folder = comments.project.home / "wrangler"
    folder.mkdir()
    wrangler = Wrangler(folder, comments.edge.api, TOKEN)
    migrations = str(comments.project.root / "src/worker/migrations")
    database = {**bound, "database_name": "comments", "migrations_dir": migrations}
    account = account_of(comments.project, "alder")
    wrangler.write_config({"name": "x", "account_id": account, "d1_databases": [database]})
    return wrangler.ok("d1", "migrations", "list", "DB", "--remote").said


def test_d1_migrations_are_applied_as_wrangler_does(opened: Opened) -> None:
    comments = opened("comments")
    first = comments.deploy()
    assert first.code == 0, first.said
    assert f"{FIRST}, {SECOND} to DB" in first.said
    assert "No migrations to apply" in wrangler_list(comments)

    broken = comments.project.root / "src/worker/migrations/0003_broken.sql"
    broken.write_text("CREATE TABLE half (id);\nCREAT TABLE other (id);")
    comments.project.commit()
    planned = comments.run("plan")
    assert '+ d1_migrations.DB."0003_broken.sql": "sha256:' in planned.out, planned.said
    failed = comments.deploy()
    assert failed.code == 6
    assert "the D1 migration 0003_broken.sql of DB failed" in failed.said
    assert "nothing was changed" in failed.said


def test_consumers_and_workflows_are_restored(opened: Opened) -> None:
    orders = opened("orders")
    first = orders.deploy()
    assert first.code == 0, first.said
    (consumer,) = orders.ask("queues?name=orders-staging")[0]["consumers"]
    (workflow,) = orders.ask("workflows")
    assert (consumer["script"], consumer["settings"]["batch_size"]) == ("alder-orders-staging", 5)
    assert (workflow["name"], workflow["class_name"]) == ("fulfil-staging", "Fulfil")

    def changed(keys: dict[str, Any]) -> dict[str, Any]:
        staging = keys["env"]["staging"]
        staging["queues"]["consumers"][0]["max_batch_size"] = 6
        staging["workflows"][0] |= {"class_name": "Deliver", "schedules": "17 3 * * SUN"}
        return keys

    source = orders.project.root / "src/worker/src/index.ts"
    source.write_text(source.read_text().replace("class Fulfil ", "class Deliver "))
    orders.edit("src/worker/wrangler.jsonc", changed)
    refusal = {"method": "PUT", "path": "*/workflows/*", "kind": "status", "status": 403}
    with orders.edge.faults({**refusal, "nth": 1, "times": 1}):
        failed = orders.deploy()
    assert failed.code == 6, failed.said
    assert "is live again, as before" in failed.said
    assert orders.ask("queues?name=orders-staging")[0]["consumers"] == [consumer]
    assert orders.deploy().code == 0, orders.project.printed
    (workflow,) = orders.ask("workflows")
    assert workflow["class_name"] == "Deliver"
    assert [one["cron"] for one in workflow["schedules"]] == ["17 3 * * SUN"]


def test_a_class_of_exports_ends_and_no_rollback_leads_back(opened: Opened) -> None:
    rooms = opened("durable-hello")
    room = {"type": "durable-object", "storage": "sqlite"}

    def declare(old: dict[str, str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
        exports = {"exports": {"MyDurableObject": room, "Old": old}}
        return lambda keys: {**{key: keys[key] for key in keys if key != "migrations"}, **exports}

    (rooms.project.root / "fleet.jsonc").write_text('{ "health": null }')
    rooms.edit("src/worker/wrangler.jsonc", declare(room))
    first = rooms.deploy()
    assert first.code == 0, first.said
    rooms.edit("src/worker/wrangler.jsonc", declare({"type": "durable-object", "state": "deleted"}))
    assert "migration: the declared exports differ" in rooms.run("plan").out
    ended = rooms.deploy()
    assert ended.code == 0, ended.said
    assert "the objects of Old are deleted" in ended.said
    back = rooms.project.run("rollback", *ALDER)
    assert back.code == 6
    assert "it declares other exports than the live version" in back.said
