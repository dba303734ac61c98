"""The metadata of an upload: what is in it, and when."""

from typing import Any

import pytest

from edgefleet.cloudflare.worker.metadata import bindings, metadata
from edgefleet.cloudflare.worker.unsupported import UNSUPPORTED
from edgefleet.errors import ConfigError
from support.uploads import config

MIGRATIONS = {"new_tag": "v1", "steps": [{"new_sqlite_classes": ["Room"]}]}


def version(**more: Any) -> dict[str, Any]:
    return metadata(config(**more), main_module="a.js", first=False)


def whole(**more: Any) -> dict[str, Any]:
    return metadata(config(**more), main_module="a.js", first=True)


def test_the_least_configuration_says_no_more_than_it_must() -> None:
    assert whole() == {
        "main_module": "a.js",
        "bindings": [],
        "compatibility_date": "2026-01-15",
        "compatibility_flags": [],
        "keep_bindings": ["secret_text", "secret_key"],
    }


def test_version_keeps_secrets_and_script_settings() -> None:
    settings = {"logpush": True, "observability": {"enabled": True}, "tail_consumers": []}
    found = version(**settings)
    assert found["keep_bindings"] == ["secret_text", "secret_key"]
    assert not {"logpush", "observability"} & found.keys()
    assert found["tail_consumers"] == []


def test_a_whole_script_carries_its_settings_and_keeps_secrets() -> None:
    settings = {
        "logpush": False,
        "observability": {"enabled": False},
        "limits": {},
    }
    found = whole(**settings)
    assert {key: found[key] for key in settings} == settings
    assert found["keep_bindings"] == ["secret_text", "secret_key"]


def test_unsafe_metadata_and_the_cache_are_in_each_upload() -> None:
    asked = {"cache": {"enabled": True}, "unsafe": {"metadata": {"build_options": {"x": 1}}}}
    for found in (version(**asked), whole(**asked)):
        assert found["cache_options"] == {"enabled": True}
        assert found["build_options"] == {"x": 1}


def test_assets_go_beside_the_modules_or_alone() -> None:
    assets = {"jwt": "a token", "config": {"html_handling": "none"}}
    beside = metadata(config(), main_module="a.js", assets=assets, first=False)
    assert beside["assets"] == assets
    alone = metadata(config(), main_module=None, assets=assets, annotations={"a": "b"}, first=True)
    assert alone == {
        "assets": assets,
        "compatibility_date": "2026-01-15",
        "compatibility_flags": [],
        "annotations": {"a": "b"},
    }


def test_nothing_is_bound_to_assets_alone() -> None:
    with pytest.raises(ConfigError, match="a Worker of assets alone has no bindings"):
        metadata(config(vars={"A": "1"}), main_module=None, assets={}, first=True)


def test_migrations_and_annotations_are_passed_on() -> None:
    found = metadata(
        config(),
        main_module="a.js",
        migrations=MIGRATIONS,
        annotations={"workers/tag": "t"},
        first=True,
    )
    assert found["migrations"] == MIGRATIONS
    assert found["annotations"] == {"workers/tag": "t"}


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({"mode": "smart"}, {"mode": "smart"}),
        ({"hint": "wnam"}, {"mode": "smart", "hint": "wnam"}),
        ({"mode": "off", "hint": "wnam"}, {"mode": "smart", "hint": "wnam"}),
        ({"region": "aws:us-east-1"}, {"mode": "targeted", "region": "aws:us-east-1"}),
        ({"host": "db:5432"}, {"mode": "targeted", "host": "db:5432"}),
        ({"hostname": "db"}, {"mode": "targeted", "hostname": "db"}),
        ({"mode": "off"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_placement_is_said_as_cloudflare_takes_it(asked: Any, sent: Any) -> None:
    assert whole(placement=asked).get("placement") == sent


@pytest.mark.parametrize("key", UNSUPPORTED)
def test_what_metadata_cannot_say_is_refused_by_its_key(key: str) -> None:
    with pytest.raises(ConfigError, match=f"^everything: edgefleet deploys no {key} ") as it:
        version(**{key: {"some": "thing"}})
    assert it.value.hint == f"remove '{key}' from wrangler.jsonc"


@pytest.mark.parametrize("key", UNSUPPORTED)
@pytest.mark.parametrize("nothing", [None, False, []])
def test_a_switch_that_is_off_asks_for_nothing(key: str, nothing: Any) -> None:
    assert version(**{key: nothing})["bindings"] == []


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"assets": {"directory": "public", "base_path": "/docs"}}, "assets.base_path"),
        (
            {"queues": {"consumers": [{"queue": "q", "visibility_timeout_ms": 5}]}},
            "queues.consumers.visibility_timeout_ms",
        ),
        (
            {"queues": {"producers": [{"binding": "A", "queue": "q", "delivery_delay": 5}]}},
            r"queues.producers\[0\].delivery_delay",
        ),
        ({"streaming_tail_consumers": [{"service": "t"}]}, "streaming_tail_consumers"),
        ({"routes": [{"pattern": "a.example", "enabled": False}]}, "routes.enabled"),
        ({"triggers": {"events": [{"type": "x"}]}}, "triggers.events"),
        ({"compliance_region": "fedramp_high"}, "compliance_region"),
        ({"legacy_env": False}, "legacy_env"),
        ({"keep_vars": True}, "keep_vars"),
        ({"unsafe": {"capnp": {"compiled_schema": "x"}}}, "unsafe.capnp"),
        ({"unsafe": {"metadata": {"bindings": []}}}, "unsafe.metadata.bindings"),
    ],
)
def test_what_would_be_dropped_in_silence_is_refused(more: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError, match=f"edgefleet deploys no {key} "):
        version(**more)


def test_a_workflow_of_another_script_is_only_bound() -> None:
    flow = {"binding": "A", "name": "w", "class_name": "C", "script_name": "other"}
    (bound,) = version(workflows=[flow])["bindings"]
    assert bound["script_name"] == "other"


@pytest.mark.parametrize("date", [None, "", 20260115])
def test_without_a_compatibility_date_nothing_is_uploaded(date: Any) -> None:
    with pytest.raises(ConfigError, match=r"^everything: there is no compatibility_date"):
        version(compatibility_date=date)


def test_a_name_is_given_once() -> None:
    with pytest.raises(ConfigError, match="two bindings or vars are called 'AI'"):
        bindings(config(vars={"AI": "x"}, ai={"binding": "AI"}))


def test_a_placement_of_another_shape_is_one_clear_error() -> None:
    with pytest.raises(ConfigError, match=r"^everything: placement must be an object"):
        version(placement="smart")
