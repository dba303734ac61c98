"""Without a runtime, localedge answers `/health` itself, from what is deployed."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from localedge.model import Json
from localedge.runtime.edge.health_stub import HealthStub, filled
from support.control_plane import ACCOUNT, TOKEN, Client, form, make_server
from support.data_plane import SUBDOMAIN, MemorySource
from support.localedge import HEALTH_TEMPLATE

TEMPLATE = json.loads(HEALTH_TEMPLATE.read_text())
VARS: tuple[Mapping[str, Json], ...] = (
    {"type": "json", "name": "TENANT_CONFIG", "json": {"tenantId": "t", "aiModels": {"chat": "c"}}},
    {"type": "plain_text", "name": "ENVIRONMENT", "text": "staging"},
    {"type": "ai", "name": "AI"},
)


@pytest.fixture
def source() -> MemorySource:
    return MemorySource()


def ask(
    source: MemorySource, path: str = "/health", method: str = "GET", **more: str
) -> httpx.Response:
    host = {"host": f"shop.{SUBDOMAIN}.workers.localhost"}
    headers = {**host, **{name.replace("_", "-"): value for name, value in more.items()}}
    with asyncio.Runner() as runner:
        return Client(HealthStub(source, TEMPLATE), runner).request(method, path, headers=headers)


def data(answer: httpx.Response) -> Json:
    return answer.json()["data"]


def test_health_names_tenant_environment_model_and_version(
    source: MemorySource,
) -> None:
    version = source.publish("shop", "", *VARS)

    answer = ask(source)

    assert answer.status_code == 200
    assert answer.json()["ok"] is True
    assert data(answer) == {
        "status": "ok",
        "simulated": data(answer)["simulated"],
        "tenantId": "t",
        "environment": "staging",
        "version": {"id": version, "tag": "tag-1", "timestamp": "2026-01-02T03:04:05.678901Z"},
        "modelId": "c",
    }


def test_the_answer_says_that_no_worker_ran(source: MemorySource) -> None:
    source.publish("shop", "", *VARS)

    answer = ask(source)

    assert data(answer)["simulated"].startswith("No Worker ran")
    assert answer.headers["x-localedge-runtime"] == "none"


def test_a_model_in_the_vars_comes_before_the_tenants_own(source: MemorySource) -> None:
    source.publish("shop", "", *VARS, {"type": "plain_text", "name": "MODEL_ID", "text": "m"})

    assert data(ask(source))["modelId"] == "m"


def test_a_worker_without_such_vars_says_nothing_of_them(source: MemorySource) -> None:
    version = source.publish("shop", "", {"type": "json", "name": "TENANT_CONFIG", "json": [1]})

    found = data(ask(source))

    assert (found["tenantId"], found["environment"], found["modelId"]) == (None, None, None)
    assert found["version"]["id"] == version


def test_override_reaches_a_version_at_0_percent(
    source: MemorySource,
) -> None:
    live, waiting, other = (source.upload("shop", "", *VARS) for _ in range(3))
    source.deploy("shop", (live, 100), (waiting, 0))

    def chosen(wanted: str) -> Json:
        headers = {"cloudflare_workers_version_overrides": f'shop="{wanted}"'}
        return data(ask(source, **headers))["version"]["id"]

    assert [chosen(it) for it in (live, waiting, other)] == [live, waiting, live]


def test_a_new_deployment_is_answered_from_at_once(source: MemorySource) -> None:
    first = source.publish("shop", "", *VARS)
    app = HealthStub(source, TEMPLATE)
    headers = {"host": f"shop.{SUBDOMAIN}.workers.localhost"}
    with asyncio.Runner() as runner:
        client = Client(app, runner)
        before = data(client.get("/health", headers=headers))["version"]["id"]
        second = source.publish("shop", "", *VARS)
        after = data(client.get("/health", headers=headers))["version"]["id"]

    assert (before, after) == (first, second)


@pytest.mark.parametrize("uploads", [0, 1])
def test_a_script_without_a_deployment_is_not_there(source: MemorySource, uploads: int) -> None:
    for _ in range(uploads):
        source.upload("shop", "", *VARS)

    assert ask(source).status_code == 404


@pytest.mark.parametrize(("method", "path"), [("POST", "/health"), ("GET", "/v1/chat")])
def test_nothing_else_is_answered(source: MemorySource, method: str, path: str) -> None:
    source.publish("shop", "", *VARS)

    answer = ask(source, path, method)

    assert answer.status_code == 503
    assert "--runtime none" in answer.text


def test_a_server_without_a_runtime_answers_for_what_is_uploaded(tmp_path: Path) -> None:
    server = make_server(tmp_path)
    with asyncio.Runner() as runner:
        client = Client(server, runner)
        scripts = f"/client/v4/accounts/{ACCOUNT}/workers/scripts/one"
        token = {"authorization": f"Bearer {TOKEN}"}
        uploaded = client.request(
            "PUT", scripts, headers=token, files=form("export default {}", bindings=[*VARS])
        )
        client.request("POST", f"{scripts}/subdomain", headers=token, json={"enabled": True})
        answer = client.get("/health", headers={"host": "one.acme.workers.localhost"})
    server.state.close()

    assert uploaded.status_code == 200, uploaded.text
    assert answer.json().keys() == {"simulated", "version"}


def test_a_template_is_filled_at_any_depth_and_else_kept() -> None:
    facts = {"version": {"id": "v"}, "vars": {"A": "", "B": [1], "C": {"d": 2}}}
    template = {"a": ["{version.id}", {"b": "{vars.A|vars.B}"}], "c": "{vars.C.d.e}", "x": "a {b}"}
    assert filled(template, facts) == {"a": ["v", {"b": [1]}], "c": None, "x": "a {b}"}
