"""Two states in one form: what Cloudflare fills in is no difference."""

from typing import Any

import pytest

from edgefleet.model.live import Settings, Share
from edgefleet.rules.facts import binding_facts, runtime_facts, setting_facts, traffic_fact


def bindings(*entries: dict[str, Any]) -> dict[str, Any]:
    return binding_facts(entries, "mine")


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (
            {"type": "durable_object_namespace", "name": "A", "class_name": "C"},
            {
                "type": "durable_object_namespace",
                "name": "A",
                "class_name": "C",
                "namespace_id": "n",
                "script_name": "mine",
                "environment": "production",
            },
        ),
        (
            {"type": "d1", "name": "A", "id": "x"},
            {"type": "d1", "name": "A", "id": "x", "database_id": "x"},
        ),
        ({"type": "d1", "name": "A", "id": "x"}, {"type": "d1", "name": "A", "database_id": "x"}),
        (
            {"type": "service", "name": "A", "service": "s"},
            {"type": "service", "name": "A", "service": "s", "environment": "production"},
        ),
        ({"type": "ai", "name": "A"}, {"type": "ai", "name": "A", "staging": None}),
    ],
)
def test_what_an_answer_adds_to_a_binding_is_no_difference(
    sent: dict[str, Any], answered: dict[str, Any]
) -> None:
    assert bindings(sent) == bindings(answered)


def test_a_class_of_another_script_is_a_difference() -> None:
    own = {"type": "durable_object_namespace", "name": "A", "class_name": "C"}
    assert bindings(own) != bindings({**own, "script_name": "theirs"})


def test_vars_are_compared_key_by_key_and_secrets_not_at_all() -> None:
    assert bindings(
        {"type": "plain_text", "name": "A", "text": "1"},
        {"type": "json", "name": "T", "json": {"rate": {"burst": 1}, "list": [1], "none": {}}},
        {"type": "secret_text", "name": "S"},
    ) == {"vars.A": "1", "vars.T.rate.burst": 1, "vars.T.list": [1], "vars.T.none": {}}


EXPANDED = {
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
        ({"enabled": True}, EXPANDED),
        ({"enabled": True, "logs": None}, EXPANDED),
    ],
)
def test_observability_is_filled_in_on_both_sides(one: Any, other: Any) -> None:
    assert setting_facts(Settings(script={"observability": one})) == setting_facts(
        Settings(script={"observability": other})
    )


def test_a_setting_that_is_not_the_default_is_a_difference() -> None:
    sampled = {**EXPANDED, "head_sampling_rate": 0.1}
    assert setting_facts(Settings(script={"observability": sampled})) != setting_facts(
        Settings(script={"observability": EXPANDED})
    )


def test_what_is_not_set_is_no_fact_and_order_means_nothing() -> None:
    assert runtime_facts(
        compatibility_date="d",
        compatibility_flags=["b", "a"],
        limits={},
        placement=None,
        migration_tag=None,
    ) == {"compatibility_date": "d", "compatibility_flags": ["a", "b"]}
    assert setting_facts(Settings(crons=("2", "1")))["crons"] == ["1", "2"]


def test_a_split_is_said_in_words() -> None:
    one, two = Share(version_id="a", percentage=90), Share(version_id="b", percentage=10)
    assert traffic_fact([one, two]) == "90 % to a, 10 % to b"
    assert traffic_fact([one]) == "100 % to one version"
