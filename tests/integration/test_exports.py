"""Durable Object classes declared in exports: planned, deployed, and no way to roll back over."""

import json
from collections.abc import Iterator

import pytest

from support.localedge import start_localedge
from support.other_workers import account_of, make_other
from support.project import Project

TOKEN = "token-of-alder-aaaaaaaaaaaaaaaaaaaa"
ALDER = ("--tenants", "alder", "--env", "staging")
ROOM = {"type": "durable-object", "storage": "sqlite"}


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    made = make_other(tmp_path_factory.mktemp("fleet"), "durable-hello")
    (made.root / "fleet.jsonc").write_text('{ "health": null }')
    accounts = [(account_of(made, name), name, TOKEN) for name in ("alder", "birch")]
    with start_localedge(tmp_path_factory.mktemp("edge"), accounts, runtime="none") as edge:
        made.environ = {
            "CLOUDFLARE_API_BASE_URL": edge.api,
            "EDGEFLEET_WORKERS_DEV": edge.workers_dev,
            "CLOUDFLARE_API_TOKEN_ALDER": TOKEN,
        }
        yield made


def declare(project: Project, **exports: dict[str, str]) -> None:
    """Commit a file that declares classes in place of migrations."""
    file = project.root / "src/worker/wrangler.jsonc"
    keys = json.loads(file.read_text())
    keys.pop("migrations", None)
    file.write_text(json.dumps({**keys, "exports": exports}))
    project.commit()


def test_exports_go_from_plan_to_the_end_of_a_class(project: Project) -> None:
    def deploy() -> str:
        target = ("--tenant", "alder", "--env", "staging", "--engine", "api")
        ran = project.run("deploy", *target)
        assert ran.code == 0, ran.said
        return ran.said

    declare(project, MyDurableObject=ROOM, Old=ROOM)
    assert '+ exports.Old: {"type": "durable-object"' in project.run("plan", *ALDER).out
    deploy()
    deploy()
    assert project.records()[-1]["status"] == "unchanged"

    declare(project, MyDurableObject=ROOM, Old={"type": "durable-object", "state": "deleted"})
    planned = project.run("plan", *ALDER)
    assert "- exports.Old: " in planned.out
    assert "migration: the declared exports differ" in planned.out
    assert "versions that declare others: the objects of Old are deleted" in deploy()

    back = project.run("rollback", *ALDER)
    assert back.code == 6
    assert "it declares other exports than the live version" in back.said
