"""Which events a tail gets."""

from typing import Any

import pytest

from localedge.state.traces.filters import check_filters, wants
from localedge.wire.errors import BadBody

EVENT: dict[str, Any] = {
    "outcome": "ok",
    "scriptVersion": {"id": "v1"},
    "logs": [{"message": ["found", {"id": 7}], "level": "log"}],
    "event": {
        "request": {
            "method": "GET",
            "headers": {"x-mine": "yes please", "cf-connecting-ip": "127.0.0.1"},
        }
    },
}
CRON: dict[str, Any] = {"outcome": "ok", "logs": [], "event": {"cron": "* * * * *"}}


@pytest.mark.parametrize(
    ("wanted", "passes"),
    [
        ({}, True),
        ({"outcome": ["exception", "ok"]}, True),
        ({"outcome": ["exception"]}, False),
        ({"method": ["get"]}, True),
        ({"method": ["POST"]}, False),
        ({"header": {"key": "X-Mine"}}, True),
        ({"header": {"key": "X-Mine", "query": "please"}}, True),
        ({"header": {"key": "X-Mine", "query": "no"}}, False),
        ({"header": {"key": "X-Other"}}, False),
        ({"client_ip": ["10.0.0.1", "self"]}, True),
        ({"client_ip": ["10.0.0.1"]}, False),
        ({"query": "found"}, True),
        ({"query": "lost"}, False),
        ({"scriptVersion": "v1"}, True),
        ({"scriptVersion": "v2"}, False),
        ({"sampling_rate": 0.6}, True),
        ({"sampling_rate": 0.4}, False),
    ],
)
def test_an_event_passes_or_not(wanted: dict[str, Any], passes: bool) -> None:
    assert wants(check_filters([wanted]), EVENT, 0.5) is passes


def test_each_filter_must_hold() -> None:
    filters = check_filters([{"outcome": ["ok"]}, {"method": ["POST"]}])
    assert not wants(filters, EVENT, 0)
    assert not wants(filters, CRON, 0)
    assert wants(filters[:1], CRON, 0)


@pytest.mark.parametrize(
    "given",
    [7, {}, [7], [{"outcome": "ok"}], [{"header": {}}], [{"sampling_rate": "x"}], [{"else": 1}]],
)
def test_other_filters_are_refused(given: Any) -> None:
    with pytest.raises(BadBody):
        check_filters(given)
