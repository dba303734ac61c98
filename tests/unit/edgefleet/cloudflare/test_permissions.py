"""Which permission a refused request needs."""

import pytest

from edgefleet.cloudflare.permissions import permission_of

A = "/accounts/0123"


@pytest.mark.parametrize(
    ("request_line", "group"),
    [
        (f"GET {A}/workers/scripts/one/deployments", "Workers Scripts Read"),
        (f"POST {A}/workers/scripts/one/versions", "Workers Scripts Write"),
        (f"PUT {A}/workers/domains", "Workers Scripts Write"),
        ("GET /zones/9f/workers/routes", "Workers Routes Read"),
        ("POST /zones/9f/workers/routes", "Workers Routes Write"),
        ("GET /zones?name=shop.example&account.id=0123", "Zone Read"),
        (f"POST {A}/d1/database/7fa5/query", "D1 Read"),
        (f"PUT {A}/queues/7f/consumers/1", "Queues Write"),
        (f"GET {A}/storage/kv/namespaces", "Workers KV Storage Read"),
        ("POST /graphql", "Account Analytics Read"),
        (f"POST {A}/workers/observability/telemetry/query", "Workers Observability Write"),
        (f"GET {A}", "Account Settings Read"),
    ],
)
def test_a_request_needs_the_group_of_its_path(request_line: str, group: str) -> None:
    found = permission_of(request_line)
    assert found is not None
    assert found.group == group
    assert f'"{group}"' in found.hint


@pytest.mark.parametrize("request_line", ["GET /user/tokens/verify", f"GET {A}/rulesets", ""])
def test_of_another_request_nothing_is_claimed(request_line: str) -> None:
    assert permission_of(request_line) is None
