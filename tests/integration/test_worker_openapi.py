"""The Worker answers as its OpenAPI description says, whatever is sent to it."""

import os
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
from support.worker import KEY, Cloud, Deployed, tenant

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
Case = schemathesis.Case[Any]
schema = schemathesis.openapi.from_path(ROOT / "docs" / "worker" / "openapi.yaml")
EXAMPLES = int(os.environ.get("WORKER_API_EXAMPLES", "5"))
"""Cases for each operation; docs/worker/api.md says how to try thousands."""
thoroughly = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.fixture(scope="module")
def worker(world: Cloud, source: str) -> Deployed:
    return world.deploy(source, [tenant("acme"), tenant("bolt")])


def check(case: Case, worker: Deployed) -> None:
    headers = {"Host": f"{worker.name}.{SUBDOMAIN}.workers.localhost", "x-api-key": KEY}
    case.call_and_validate(base_url=worker.site.url, headers=headers, checks=CHECKS)


# One function an operation: pytest-xdist runs tests of one name once.
@schema.include(path="/health", method="GET").parametrize()
@thoroughly
def test_health_answers_as_described(case: Case, worker: Deployed) -> None:
    check(case, worker)


@schema.include(path="/metrics", method="GET").parametrize()
@thoroughly
def test_metrics_answers_as_described(case: Case, worker: Deployed) -> None:
    check(case, worker)


@schema.include(path="/chat", method="POST").parametrize()
@thoroughly
def test_chat_answers_as_described(case: Case, worker: Deployed) -> None:
    check(case, worker)


@schema.include(path="/chat/{sessionId}/history", method="GET").parametrize()
@thoroughly
def test_history_answers_as_described(case: Case, worker: Deployed) -> None:
    check(case, worker)


@schema.include(path="/chat/{sessionId}", method="DELETE").parametrize()
@thoroughly
def test_deletion_answers_as_described(case: Case, worker: Deployed) -> None:
    check(case, worker)


def test_every_operation_has_its_test() -> None:
    described = {(path, method) for path in schema for method in schema[path]}

    assert described == {
        ("/health", "get"),
        ("/metrics", "get"),
        ("/chat", "post"),
        ("/chat/{sessionId}/history", "get"),
        ("/chat/{sessionId}", "delete"),
    }


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
