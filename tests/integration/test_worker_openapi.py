"""The Worker answers as its OpenAPI description says, whatever is sent to it."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from support.data_plane import SUBDOMAIN
from support.project import ROOT
from support.worker import KEY, Build, Cloud, Deployed, cloud, tenant

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
schema = schemathesis.openapi.from_path(ROOT / "docs" / "worker" / "openapi.yaml")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with cloud(tmp_path_factory.mktemp("cloud")) as opened:
        yield opened


@pytest.fixture(scope="module")
def worker(world: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    build = Build(tmp_path_factory.mktemp("build"))
    return world.deploy(build.bundle(), [tenant("acme"), tenant("bolt")])


@schema.parametrize()
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_every_answer_is_one_that_is_described(
    case: "schemathesis.Case[Any]", worker: Deployed
) -> None:
    site = worker.site
    headers = {"Host": f"{worker.name}.{SUBDOMAIN}.workers.localhost", "x-api-key": KEY}
    case.call_and_validate(base_url=site.url, headers=headers, checks=CHECKS)


def test_a_conversation_is_answered_as_described(worker: Deployed) -> None:
    session = str(uuid4())
    answers = {
        ("/chat", "POST"): worker.chat("Hello", session),
        ("/chat/{sessionId}/history", "GET"): worker.ask(f"/chat/{session}/history"),
        ("/chat/{sessionId}", "DELETE"): worker.ask(f"/chat/{session}", method="DELETE"),
        ("/metrics", "GET"): worker.ask("/metrics"),
        ("/health", "GET"): worker.ask("/health", headers={"x-tenant-id": "acme"}),
    }

    for (path, method), answer in answers.items():
        assert answer.status_code == 200
        schema[path][method].validate_response(answer)
