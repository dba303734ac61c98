"""Workflows: the official SDK manages them, and real instances run."""

import json
from collections.abc import Iterator
from typing import Any

import cloudflare
import pytest
from cloudflare import Cloudflare

from support.accounts import Account
from support.data_plane import eventually
from support.localedge import LocalEdge
from support.sdk import strict_client
from support.workflows import Workflows


@pytest.fixture(scope="module")
def client(edge: LocalEdge, account: Account) -> Iterator[Cloudflare]:
    with strict_client(edge, account.token) as opened:
        yield opened


@pytest.fixture(scope="module")
def workflows(edge: LocalEdge, client: Cloudflare, account: Account) -> Workflows:
    return Workflows.open(edge, client, account.id, account.subdomain)


def test_an_instance_of_the_api_runs_its_steps(workflows: Workflows) -> None:
    workflows.create("by-api", '{"number": 21}')
    eventually(lambda: workflows.status("by-api") == "complete")
    found = workflows.get("by-api")
    assert found.output == '{"doubled": 42, "by": "first"}'
    (step,) = found.steps
    assert (step.name, step.type, step.success, step.output) == (
        "first-1", "step", True, '{"doubled": 42}'
    )  # fmt: skip
    assert [it.success for it in step.attempts] == [True]
    assert found.trigger.source == "api"
    with pytest.raises(cloudflare.BadRequestError) as caught:
        workflows.create("by-api")
    assert caught.value.errors[0].code == 10405


def test_an_instance_of_a_binding_waits_for_an_event(workflows: Workflows) -> None:
    assert workflows.ask("/create", "by-worker", {"number": 1, "wait": True}) == "by-worker"
    assert workflows.ask("/status", "by-worker")["status"] in {"queued", "running", "waiting"}
    assert workflows.ask("/status", "absent") == "instance.not_found"
    workflows.ask("/event", "by-worker")
    eventually(lambda: workflows.ask("/status", "by-worker")["status"] == "complete")
    assert workflows.ask("/status", "by-worker")["output"] == {"doubled": 2, "by": "first"}


def test_failing_step_is_retried_then_fails_the_instance(
    workflows: Workflows, client: Cloudflare, account: Account
) -> None:
    workflows.create("fails", '{"fail": true}')
    eventually(lambda: workflows.status("fails") == "errored")
    answer = client.workflows.instances.with_raw_response.get(
        "fails", account_id=account.id, workflow_name="orders"
    )
    found = json.loads(answer.read())["result"]
    assert (found["success"], found["steps"][0]["success"]) == (False, False)
    assert "failed on purpose" in found["error"]["message"]
    assert workflows.runs("fails", "first") == 2


def test_the_sdk_lists_workflows_versions_and_instances(
    workflows: Workflows, client: Cloudflare, account: Account
) -> None:
    its: Any = {"account_id": account.id}
    workflows.create("listed")
    eventually(lambda: workflows.status("listed") == "complete")
    (found,) = client.workflows.list(**its)
    assert (found.name, found.class_name, found.script_name) == ("orders", "Order", "shop")
    assert client.workflows.get("orders", **its).instances["complete"] >= 1
    (version,) = client.workflows.versions.list("orders", **its)
    assert client.workflows.versions.get(version.id, workflow_name="orders", **its).id == version.id
    done = client.workflows.instances.list("orders", status="complete", **its)
    assert "listed" in [it.id for it in done]
    batch = client.workflows.instances.bulk("orders", body=[{}, {"params": '{"number": 2}'}], **its)
    assert len(list(batch)) == 2
    with pytest.raises(cloudflare.NotFoundError) as caught:
        client.workflows.get("absent", **its)
    assert caught.value.errors[0].code == 10200
