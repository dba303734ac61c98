"""What Cloudflare fills in, or says in other words, is no difference; all else is one."""

from typing import Any

import pytest

from edgefleet.state import normalize as defaults

OBJECTS = {"type": "durable_object_namespace", "name": "A", "class_name": "C"}
WORKFLOW = {"type": "workflow", "name": "A", "workflow_name": "w", "class_name": "C"}
SERVICE = {"type": "service", "name": "A", "service": "s"}
QUEUE = {"type": "queue", "name": "A", "queue_name": "q"}
D1 = {"type": "d1", "name": "A", "id": "x"}


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (OBJECTS, {"namespace_id": "n", "script_name": "mine", "environment": "production"}),
        (WORKFLOW, {"script_name": "mine"}),
        (SERVICE, {"environment": "production"}),
        (QUEUE, {"delivery_delay": 0}),
        (D1, {"database_id": "x"}),
        ({"type": "ai", "name": "A"}, {"staging": None}),
    ],
    ids=lambda one: str(one.get("type", "")),
)
def test_what_an_answer_adds_to_a_binding_is_no_difference(
    sent: dict[str, Any], told: dict[str, Any]
) -> None:
    assert defaults.binding(sent, "mine") == defaults.binding({**sent, **told}, "mine")


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (OBJECTS, {"class_name": "D"}),
        (OBJECTS, {"script_name": "theirs"}),
        (WORKFLOW, {"script_name": "theirs"}),
        (SERVICE, {"environment": "staging"}),
        (SERVICE, {"entrypoint": "Admin"}),
        (D1, {"id": "y"}),
    ],
)
def test_a_binding_that_points_elsewhere_is_a_difference(
    sent: dict[str, Any], told: dict[str, Any]
) -> None:
    assert defaults.binding(sent, "mine") != defaults.binding({**sent, **told}, "mine")


def test_a_database_is_found_under_either_of_its_keys() -> None:
    told = {"type": "d1", "name": "A", "database_id": "x"}
    assert defaults.binding(told, "mine") == defaults.binding(D1, "mine")


EXPANDED: dict[str, Any] = {
    "enabled": True,
    "head_sampling_rate": 1,
    "logs": {
        "enabled": True,
        "head_sampling_rate": 1,
        "invocation_logs": True,
        "persist": True,
        "destinations": [],
    },
    "traces": {"enabled": False, "head_sampling_rate": 1, "persist": True},
}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, {"enabled": False}),
        ({}, {"enabled": False}),
        ({"enabled": True}, EXPANDED),
        ({"enabled": True, "logs": None}, EXPANDED),
        ({"enabled": True, "logs": {"invocation_logs": True}}, EXPANDED),
        ({"enabled": True}, {**EXPANDED, "persist": True}),  # R20
        ({"enabled": True, "logs": {"destinations": []}, "traces": None}, EXPANDED),
        ({"enabled": True}, dict(reversed(EXPANDED.items()))),
    ],
)
def test_the_switches_of_observability_are_filled_in(one: Any, other: Any) -> None:
    assert defaults.observability(one) == defaults.observability(other)


@pytest.mark.parametrize(
    "set_by_hand",
    [
        {**EXPANDED, "enabled": False},
        {**EXPANDED, "head_sampling_rate": 0.1},
        {**EXPANDED, "logs": {**EXPANDED["logs"], "invocation_logs": False}},
        {**EXPANDED, "traces": {"enabled": True}},
    ],
)
def test_a_switch_that_was_set_is_a_difference(set_by_hand: dict[str, Any]) -> None:
    assert defaults.observability(set_by_hand) != defaults.observability({"enabled": True})


def test_a_part_of_observability_counts_though_the_whole_is_off() -> None:
    traced = {"enabled": False, "traces": {"enabled": True}}
    assert defaults.observability(traced) != defaults.observability({"enabled": False})


def test_tail_consumers_have_no_order_and_no_default_environment() -> None:
    told: list[dict[str, Any]] = [
        {"service": "b", "environment": None},
        {"service": "a", "environment": "production"},
    ]
    assert defaults.tail_consumers(told) == [{"service": "a"}, {"service": "b"}]
    assert defaults.tail_consumers([{"service": "a", "namespace": "n"}]) != [{"service": "a"}]
    assert defaults.tail_consumers(None) == []


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"mode": "off"}, None),
        ({"mode": "off"}, {}),
        (
            {"hint": "wnam"},
            {"mode": "smart", "last_analyzed_at": "2026-01-01", "status": "SUCCESS"},
        ),
        ({"region": "aws:us-east-1"}, {"mode": "targeted", "region": "aws:us-east-1"}),
        ({"host": "a.example:5432"}, {"mode": "targeted", "target": [{"host": "a.example:5432"}]}),
    ],
)
def test_a_placement_is_the_same_however_it_is_said(asked: Any, told: Any) -> None:
    assert defaults.placement(asked) == defaults.placement(told)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"mode": "smart"}, None),
        ({"region": "aws:us-east-1"}, {"mode": "targeted", "region": "aws:eu-west-1"}),
        ({"region": "aws:us-east-1"}, {"mode": "targeted"}),
        (
            {"region": "aws:us-east-1"},
            {"mode": "targeted", "target": [{"region": "aws:us-east-1"}, {"region": "gcp:x"}]},
        ),
    ],
)
def test_another_place_is_a_difference(asked: Any, told: Any) -> None:
    assert defaults.placement(asked) != defaults.placement(told)
