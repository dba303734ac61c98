"""Queue consumers and workflows of a fleet: written, compared, restored and removed."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from support import loopback
from support.localedge import LocalEdge, start_localedge
from support.other_workers import account_of, make_other
from support.project import Project, Ran

TOKEN = "token-of-alder-aaaaaaaaaaaaaaaaaaaa"
ALDER = ("--tenants", "alder", "--env", "staging")
QUEUE, WORKFLOW = "orders-staging", "fulfil-staging"
SCRIPT = "alder-orders-staging"


@dataclass
class Orders:
    """The fleet `orders`, and an embedded Cloudflare that has its queues."""

    project: Project
    edge: LocalEdge

    def deploy(self, engine: str = "api", *more: str) -> Ran:
        target = ("--tenant", "alder", "--env", "staging", "--engine", engine)
        return self.project.run("deploy", *target, *more)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Use the account's API behind edgefleet's back."""
        account = account_of(self.project, "alder")
        answer = loopback.request(
            method,
            f"{self.edge.api}/accounts/{account}/{path}",
            headers={"authorization": f"Bearer {TOKEN}"},
            json=body,
            timeout=60,
        )
        assert answer.is_success, answer.text
        return answer.json()["result"]

    def consumer(self) -> dict[str, Any] | None:
        (queue,) = (one for one in self.ask("GET", "queues") if one["queue_name"] == QUEUE)
        return next(({**one, "queue_id": queue["queue_id"]} for one in queue["consumers"]), None)

    def workflows(self) -> list[tuple[str, str]]:
        return [(one["name"], one["class_name"]) for one in self.ask("GET", "workflows")]

    def edit(self, file: str, *changes: tuple[str, str]) -> None:
        """Commit the Worker's file with some text replaced."""
        path = self.project.root / "src/worker" / file
        text = path.read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)
        self.project.commit()


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orders]:
    project = make_other(tmp_path_factory.mktemp("fleet"), "orders")
    accounts = [(account_of(project, name), name, TOKEN) for name in ("alder", "birch")]
    state = tmp_path_factory.mktemp("edge")
    with start_localedge(state, accounts, provision=project.resources()) as edge:
        project.environ = {
            "CLOUDFLARE_API_BASE_URL": edge.api,
            "EDGEFLEET_WORKERS_DEV": edge.workers_dev,
            "CLOUDFLARE_API_TOKEN_ALDER": TOKEN,
        }
        yield Orders(project, edge)


def until(read: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not read():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_they_go_from_plan_to_removal(orders: Orders) -> None:
    planned = orders.project.run("plan", *ALDER)
    assert f"+ consumers.{QUEUE}: " in planned.out, planned.said
    assert f"+ workflows.{WORKFLOW}: " in planned.out

    first = orders.deploy("wrangler")
    assert first.code == 0, first.said
    consumer = orders.consumer()
    assert consumer is not None
    assert (consumer["script"], consumer["settings"]["max_wait_time_ms"]) == (SCRIPT, 1000)
    assert orders.workflows() == [(WORKFLOW, "Fulfil")]
    smoked = orders.project.run("health", *ALDER, "--smoke")
    assert smoked.code == 0, smoked.said
    instances = f"workflows/{WORKFLOW}/instances"
    until(lambda: [one["status"] for one in orders.ask("GET", instances)] == ["complete"])
    assert orders.deploy().code == 0
    assert orders.project.records()[-1]["status"] == "unchanged"

    behind = {"type": "worker", "script_name": SCRIPT, "settings": {"batch_size": 99}}
    path = f"queues/{consumer['queue_id']}/consumers/{consumer['consumer_id']}"
    orders.ask("PUT", path, behind)
    body = {"script_name": SCRIPT, "class_name": "Fulfil", "limits": {"steps": 7}}
    orders.ask("PUT", f"workflows/{WORKFLOW}", body)
    drifted = orders.project.run("drift", *ALDER)
    assert drifted.code == 3, drifted.said
    assert f"~ consumers.{QUEUE}: " in drifted.out
    assert f"~ workflows.{WORKFLOW}: " in drifted.out
    repaired = orders.project.run("drift", *ALDER, "--repair", "--yes")
    assert repaired.code == 0, repaired.said
    assert orders.consumer() == consumer

    orders.edit("src/index.ts", ("class Fulfil ", "class Deliver "))
    orders.edit(
        "wrangler.jsonc",
        ('"class_name": "Fulfil"', '"class_name": "Deliver"'),
        ('"max_batch_size": 5', '"max_batch_size": 6'),
    )
    refusal = {"method": "PUT", "path": "*/workflows/*", "kind": "status", "status": 403}
    with orders.edge.faults({**refusal, "nth": 1, "times": 1}):
        failed = orders.deploy()
    assert failed.code == 6, failed.said
    assert "is live again, as before" in failed.said
    assert orders.consumer() == consumer
    assert orders.workflows() == [(WORKFLOW, "Fulfil")]
    deployed = orders.deploy()
    assert deployed.code == 0, deployed.said
    assert orders.workflows() == [(WORKFLOW, "Deliver")]

    orders.edit(
        "wrangler.jsonc", ('"consumers"', '"consumers": [], "none"'), ('"workflows"', '"no"')
    )
    removing = orders.project.run("plan", *ALDER)
    assert f"- consumers.{QUEUE}: " in removing.out, removing.said
    assert "a rollback does not restore: the instances of the workflows" in removing.out
    removed = orders.deploy()
    assert removed.code == 0, removed.said
    assert (orders.consumer(), orders.workflows()) == (None, [])
