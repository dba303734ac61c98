"""Two states in one form: what Cloudflare fills in is no difference."""

from typing import Any

import pytest

from edgefleet.cloudflare.models import ScriptSettings, TrafficShare
from edgefleet.cloudflare.worker.bundle import Bundle, Module
from edgefleet.state.diff import diff
from edgefleet.state.flat_state import (
    binding_facts,
    desired_state,
    managed_only,
    runtime_facts,
    setting_facts,
    traffic_fact,
)
from edgefleet.state.normalize import UNTOLD


def bindings(*entries: dict[str, Any]) -> dict[str, Any]:
    return binding_facts(entries, "mine")


def test_a_binding_is_what_it_points_to() -> None:
    told = {"type": "kv_namespace", "name": "A", "namespace_id": "n"}
    assert bindings(told) == {"bindings.A": {"type": "kv_namespace", "namespace_id": "n"}}


def test_vars_are_compared_key_by_key_and_secrets_by_name_alone() -> None:
    assert bindings(
        {"type": "plain_text", "name": "A", "text": "1"},
        {"type": "json", "name": "T", "json": {"rate": {"burst": 1}, "list": [1], "none": {}}},
        {"type": "secret_text", "name": "S"},
    ) == {
        "vars.A": "1",
        "vars.T.rate.burst": 1,
        "vars.T.list": [1],
        "vars.T.none": {},
        "secrets.S": "set",
    }


def test_a_key_with_a_dot_is_not_the_same_as_two_keys() -> None:
    both = {"a.b": 1, "a": {"b": 2}}
    found = bindings({"type": "json", "name": "T", "json": both})
    assert found == {'vars.T."a.b"': 1, "vars.T.a.b": 2}


def test_a_file_without_migrations_asks_for_none() -> None:
    live = {"migration_tag": "v1"}
    assert managed_only(live, {"migrations": [{"tag": "v1"}]}) == live
    assert managed_only(live, {}) == {}


def test_desired_state_equals_the_state_after_its_upload() -> None:
    """The other side of the comparison, said in an answer's words."""
    resolved = {
        "name": "mine",
        "compatibility_date": "2026-01-01",
        "compatibility_flags": ["nodejs_compat"],
        "placement": {"region": "aws:us-east-1"},
        "limits": {"cpu_ms": 50},
        "cache": {"enabled": True, "cross_version_cache": False},
        "vars": {"A": "1"},
        "migrations": [{"tag": "v1"}, {"tag": "v2"}],
        "workers_dev": False,
        "observability": {"enabled": True},
    }
    module = Module(name="a.js", content_type="text/javascript", content=b"x")
    bundle = Bundle(main_module="a.js", modules=(module,), builder="t")
    assert desired_state(resolved, bundle) == {
        "modules.a.js": module.digest,
        "main_module": "a.js",
        "vars.A": "1",
        **runtime_facts(
            compatibility_date="2026-01-01",
            compatibility_flags=["nodejs_compat"],
            limits={"cpu_ms": 50},
            placement={"mode": "targeted", "region": "aws:us-east-1"},
            cache={"enabled": True},
            migration_tag="v2",
        ),
        **setting_facts(ScriptSettings(script={"observability": {"enabled": True}})),
        "traffic": "100 % to one version",
    }


def test_what_is_not_set_is_no_fact_and_order_means_nothing() -> None:
    assert runtime_facts(
        compatibility_date="d",
        compatibility_flags=["b", "a"],
        limits={},
        placement=None,
        migration_tag=None,
    ) == {"compatibility_date": "d", "compatibility_flags": ["a", "b"]}
    assert setting_facts(ScriptSettings(crons=("2", "1")))["crons"] == ["1", "2"]


def test_a_split_is_said_in_words() -> None:
    one, two = (
        TrafficShare(version_id="a", percentage=90),
        TrafficShare(version_id="b", percentage=10),
    )
    assert traffic_fact([one, two]) == "90 % to a, 10 % to b"
    assert traffic_fact([one]) == "100 % to one version"


def test_one_schedule_in_two_spellings_is_one_fact() -> None:
    """R7: neither another spelling nor one that stands there twice is a difference."""
    written = ScriptSettings(crons=("17  3 * * sun", "*/5 * * * *", "*/5 * * * *"))
    stored = ScriptSettings(crons=("*/5 * * * *", "17 3 * * SUN"))
    assert setting_facts(written)["crons"] == setting_facts(stored)["crons"]


@pytest.mark.parametrize("placement", [{"region": "aws:us-east-1"}, {"host": "db.example:5432"}])
def test_placement_of_an_older_live_version_is_ignored(
    placement: dict[str, str],
) -> None:
    """R19: Cloudflare tells of it only that it has a place."""
    live = {"placement": {"mode": "targeted"}}
    resolved = {"placement": placement}
    assert managed_only(live, resolved) == {"placement": {"mode": "targeted", **placement}}
    assert managed_only(live, {"placement": {"mode": "smart"}}) == live
    assert managed_only(live, {}) == live


@pytest.mark.parametrize("cache", [None, {"enabled": True}])
def test_cache_of_an_older_live_version_is_no_difference(cache: Any) -> None:
    asked = {} if cache is None else {"cache": cache}
    assert managed_only({"cache": dict(UNTOLD), "main_module": "a.js"}, asked) == {
        "main_module": "a.js",
        **asked,
    }


def test_changed_sampling_rate_is_one_difference() -> None:
    """R20: what Cloudflare fills in, and the order of keys, is none."""
    asked = {"enabled": True, "logs": {"head_sampling_rate": 0.1, "invocation_logs": False}}
    told = {
        "traces": None,
        "logs": {"invocation_logs": False, "head_sampling_rate": 0.1, "destinations": []},
        "persist": True,
        "head_sampling_rate": 0.5,
        "enabled": True,
    }
    wanted, live = (
        setting_facts(ScriptSettings(script={"observability": it})) for it in (asked, told)
    )
    assert [one.path for one in diff(wanted, live)] == ["observability.head_sampling_rate"]
