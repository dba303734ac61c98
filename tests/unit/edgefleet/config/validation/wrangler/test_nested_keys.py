"""Keys inside sections: each is known, or is named."""

from typing import Any

import pytest

from edgefleet.config.validation.wrangler.wrangler_file import keys_of_file


def found(**keys: Any) -> list[tuple[str, Any]]:
    return [(each.rule.code, each.place) for each in keys_of_file("w.jsonc", keys)]


def test_a_misspelt_key_of_a_binding_is_named() -> None:
    bound = [{"binding": "A", "id": "1"}, {"binding": "B", "Id": "2"}]
    assert found(kv_namespaces=bound) == [("wrangler-unknown-key", ("kv_namespaces", 1, "Id"))]


def test_bindings_of_an_overlay_stand_by_their_names() -> None:
    bound = {"A": {"id": "1"}, "B": None, "C": {"idd": "1"}}
    assert found(kv_namespaces=bound) == [("wrangler-unknown-key", ("kv_namespaces", "C", "idd"))]


@pytest.mark.parametrize(
    "keys",
    [
        {"vars": {"ANY": {"thing": 1}}},
        {"observability": {"logs": {"enabled": True}}},
        {"services": [{"binding": "A", "service": "b", "props": {"x": 1}, "environment": "p"}]},
        {"durable_objects": {"bindings": [{"name": "A", "class_name": "B"}]}},
        {"kv_namespaces": "no list"},
        {"routes": ["a.example/*"]},
    ],
)
def test_what_is_free_known_or_wrong_elsewhere_is_left_alone(keys: dict[str, Any]) -> None:
    assert found(**keys) == []
