"""A token that may read and not write: it is named before anything is written, with the group.

What is tried for routes is in `test_permissions`.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from support.beside_uploads import TOKEN, Opened, Scene, serve_fleets
from support.project import Ran

READS = ("Account Settings Read", "Workers Scripts Read", "D1 Read", "Queues Read")
SCRIPTS, D1, QUEUES = "Workers Scripts Write", "D1 Write", "Queues Write"
OF_A_CONSUMER = {"method": "DELETE", "path": "*/queues/*/consumers/*", "kind": "status"}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    yield from serve_fleets(tmp_path_factory, ("comments", "orders"))


@pytest.fixture
def comments(opened: Opened) -> Iterator[Scene]:
    yield from emptied(opened("comments"))


@pytest.fixture
def orders(opened: Opened) -> Iterator[Scene]:
    yield from emptied(opened("orders"))


def emptied(scene: Scene) -> Iterator[Scene]:
    """Lend a fleet whose account is empty afterwards."""
    yield scene
    scene.edge.clear_faults()
    scene.edge.reset()


def assert_refused(scene: Scene, group: str) -> Ran:
    """Deploy, which must end before anything changes, and name the group."""
    before = len(scene.edge.requests())
    ran = scene.deploy()
    assert ran.code == 5, ran.said
    assert "CLOUDFLARE_API_TOKEN_ALDER in the environment lacks a permission" in ran.err
    assert f'the group "{group}"' in ran.err
    assert "nothing was changed" in ran.err
    assert TOKEN not in ran.said
    assert scene.ask("workers/scripts") == []
    sent: list[dict[str, Any]] = scene.edge.requests()[before:]
    tried = [one for one in sent if one["method"] not in ("GET", "POST")]
    assert all(one["path"].endswith("/" + "0" * 32) for one in tried), tried
    assert scene.project.records()[-1]["status"] == "failed"
    return ran


def tables(scene: Scene) -> int:
    """Return how many tables the fleet's databases have."""
    listed = scene.ask("d1/database")
    return sum(scene.ask(f"d1/database/{one['uuid']}")["num_tables"] for one in listed)


def test_who_may_not_write_d1_is_refused_before_all(comments: Scene) -> None:
    comments.allow(*READS, SCRIPTS)
    assert_refused(comments, D1)
    assert tables(comments) == 0
    comments.allow(*READS, SCRIPTS, D1)
    assert comments.deploy().code == 0, comments.project.printed


def test_workers_are_tried_before_d1_migrations(comments: Scene) -> None:
    comments.allow(*READS, D1)
    refused = assert_refused(comments, SCRIPTS)
    assert "migrations" not in refused.said
    assert tables(comments) == 0
    comments.allow(*READS, SCRIPTS, D1)
    deployed = comments.deploy()
    assert deployed.code == 0, deployed.said
    assert "it may write Workers" in deployed.said


def test_a_refused_consumer_ends_it_before_the_upload(orders: Scene) -> None:
    with orders.edge.faults({**OF_A_CONSUMER, "status": 403, "times": None}):
        assert_refused(orders, QUEUES)
    deployed = orders.deploy()
    assert deployed.code == 0, deployed.said
    assert "it may write queue consumers" in deployed.said


def test_who_may_write_workers_may_write_consumers(orders: Scene) -> None:
    orders.allow("Account Settings Read", SCRIPTS)
    assert orders.deploy().code == 0, orders.project.printed
    (queue,) = orders.ask("queues?name=orders-staging")
    assert [one["script"] for one in queue["consumers"]] == ["alder-orders-staging"]


@pytest.mark.parametrize("status", [400, 404, 429, 500])
def test_any_other_answer_lets_the_deploy_go_on(orders: Scene, status: int) -> None:
    with orders.edge.faults({**OF_A_CONSUMER, "status": status, "times": 1}):
        assert orders.deploy().code == 0, orders.project.printed
