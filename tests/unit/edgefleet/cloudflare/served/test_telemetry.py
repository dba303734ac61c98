from datetime import UTC, datetime
from typing import Any

import pytest

from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.envelope import ApiError
from edgefleet.cloudflare.models import ServedByVersion
from edgefleet.core.secret import Secret
from support.answers import Answer, enveloped, refused, scripted

SINCE, UNTIL = datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 1, 12, 5, tzinfo=UTC)
VERSION = "$workers.scriptVersion.id"


def counted(**versions: float) -> Answer:
    """Return how many requests were counted of each version, one in ten sampled."""
    rows = [
        {"value": count, "sampleInterval": 10, "groups": [{"key": VERSION, "value": version}]}
        for version, count in versions.items()
    ]
    return enveloped({"calculations": [{"calculation": "count", "aggregates": rows}]})


def logged(*answers: Answer) -> tuple[tuple[ServedByVersion, ...], list[Any]]:
    with scripted(*answers) as server:
        account = Account(Cloudflare(server.url, Secret("t"), sleep=lambda _: None), "acc")
        return account.logged("one", ["v1", "v2"], SINCE, UNTIL), server.asked


def test_requests_and_failures_are_counted_by_version() -> None:
    rows, asked = logged(counted(v1=900, v2=100), counted(v2=50))

    assert [(row.version_id, row.requests, row.errors, row.sample_interval) for row in rows] == [
        ("v1", 900, 0, 10),
        ("v2", 100, 50, 10),
    ]
    paths = {(one.method, one.path) for one in asked}
    assert paths == {("POST", "/accounts/acc/workers/observability/telemetry/query")}
    first, second = (one.body["parameters"]["filters"] for one in asked)
    assert second[:-1] == first
    assert second[-1]["filterCombination"] == "or"


def test_windows_that_follow_each_other_share_no_moment() -> None:
    _, (asked, _) = logged(counted(), counted())

    frame = asked.body["timeframe"]
    assert frame == {"from": SINCE.timestamp() * 1000, "to": UNTIL.timestamp() * 1000 - 1}


def test_a_refusal_names_the_permission() -> None:
    with pytest.raises(ApiError) as caught:
        logged(refused(10000, 403, "Authentication error"))

    assert "Workers Observability, Edit" in caught.value.hint


@pytest.mark.parametrize("result", [{}, {"calculations": [{"aggregates": [{"value": "many"}]}]}])
def test_a_wrong_answer_is_named(result: Any) -> None:
    with pytest.raises(ApiError, match="unexpected response"):
        logged(enveloped(result))
