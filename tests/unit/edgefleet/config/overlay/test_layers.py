"""A tenant's overlay over the Worker's own wrangler file, and where each value came from."""

import json
from typing import Any

import pytest

from edgefleet.config.overlay.layers import Base, Layers
from edgefleet.config.overlay.origin import ValueOrigin

BASE = "src/worker/wrangler.jsonc"
OWN = "tenants/acme/wrangler.jsonc"


def layers(base: dict[str, Any], own: dict[str, Any], account_id: str = "a") -> Layers:
    return Layers.of(OWN, own, Base(BASE, json.dumps(base), base), account_id)


def over(base: dict[str, Any], top: dict[str, Any], own: dict[str, Any] | None = None) -> Any:
    """Resolve staging of a base's section with an overlay's top level and section over it."""
    wrangler = {"name": "worker", "main": "index.ts", "env": {"staging": base}}
    overlay = {**top, "env": {"staging": own or {}}}
    return layers(wrangler, overlay).resolve("staging")


def test_a_file_with_main_stands_alone() -> None:
    own = {"name": "own", "main": "own.ts", "env": {"staging": {}}}
    found = layers({"vars": {"A": "1"}, "env": {"staging": {}}}, own).resolve("staging")
    assert found == {"name": "own-staging", "main": "own.ts"}


def test_a_tenant_without_a_file_is_the_base_with_its_account() -> None:
    found = layers({"name": "worker", "main": "index.ts", "env": {"staging": {}}}, {}, "acme")
    assert found.resolve("staging") == {
        "name": "worker-staging",
        "main": "index.ts",
        "account_id": "acme",
    }


def test_the_base_inherits_as_wrangler_does_it() -> None:
    base = {"limits": {"cpu_ms": 5}, "vars": {"TOP": "1"}, "env": {"staging": {"vars": {"A": "1"}}}}
    found = layers(base, {}).resolve("staging")
    assert (found["limits"], found["vars"]) == ({"cpu_ms": 5}, {"A": "1"})


def test_a_base_without_environments_describes_each() -> None:
    found = layers({"name": "worker", "main": "index.ts", "vars": {"A": "1"}}, {})
    assert found.resolve("staging")["vars"] == {"A": "1"}
    assert found.resolve("production")["name"] == "worker-production"


def test_the_environment_of_an_overlay_is_above_its_top_level() -> None:
    found = over(
        {"vars": {"A": "1", "B": "1", "C": "1"}},
        {"vars": {"B": "2", "C": "2"}},
        {"vars": {"C": "3"}},
    )
    assert found["vars"] == {"A": "1", "B": "2", "C": "3"}


def test_overlays_name_gets_the_suffix_unless_named_there() -> None:
    assert over({}, {"name": "acme"})["name"] == "acme-staging"
    assert over({"name": "own"}, {"name": "acme"})["name"] == "acme-staging"
    assert over({}, {"name": "acme"}, {"name": "shop"})["name"] == "shop"


def test_bindings_merge_by_name() -> None:
    base = {"kv_namespaces": [{"binding": "A", "id": "1"}, {"binding": "B", "id": "2"}]}
    top = {"kv_namespaces": [{"binding": "B", "id": "3"}, {"binding": "C", "id": "4"}]}
    assert over(base, top)["kv_namespaces"] == [
        {"binding": "A", "id": "1"},
        {"binding": "B", "id": "3"},
        {"binding": "C", "id": "4"},
    ]


def test_binding_object_and_null_that_removes_one() -> None:
    base = {"kv_namespaces": [{"binding": "A", "id": "1"}, {"binding": "B", "id": "2"}]}
    top = {"kv_namespaces": {"A": None, "B": {"id": "3"}}}
    assert over(base, top)["kv_namespaces"] == [{"binding": "B", "id": "3"}]


def test_null_takes_away() -> None:
    base = {"vars": {"A": "1", "B": "1"}, "triggers": {"crons": ["1 * * * *"]}}
    found = over(base, {"vars": {"A": None}, "triggers": None, "limits": {"cpu_ms": None}})
    assert found["vars"] == {"B": "1"}
    assert "triggers" not in found
    assert found["limits"] == {}


def test_other_lists_are_replaced() -> None:
    base = {"triggers": {"crons": ["1 * * * *", "2 * * * *"]}, "routes": ["a/*"]}
    found = over(base, {"triggers": {"crons": ["3 * * * *"]}, "routes": []})
    assert (found["triggers"], found["routes"]) == ({"crons": ["3 * * * *"]}, [])


def test_two_bindings_of_one_name_stay_two() -> None:
    twice = {"kv_namespaces": [{"binding": "A", "id": "1"}, {"binding": "A", "id": "2"}]}
    assert over({}, twice)["kv_namespaces"] == twice["kv_namespaces"]


WRANGLER = {
    "name": "worker",
    "main": "index.ts",
    "limits": {"cpu_ms": 5},
    "env": {
        "staging": {
            "vars": {"A": "1", "B": "1"},
            "kv_namespaces": [{"binding": "K", "id": "1"}, {"binding": "L", "id": "2"}],
            "triggers": {"crons": ["1 * * * *"]},
        }
    },
}


@pytest.mark.parametrize(
    ("keys", "file", "place"),
    [
        (("limits", "cpu_ms"), BASE, ("limits", "cpu_ms")),
        (("vars", "A"), BASE, ("env", "staging", "vars", "A")),
        (("vars", "B"), OWN, ("vars", "B")),
        (("name",), OWN, ("name",)),
        (("kv_namespaces", 0, "id"), BASE, ("env", "staging", "kv_namespaces", 0, "id")),
        (("kv_namespaces", 1, "id"), OWN, ("env", "staging", "kv_namespaces", 0, "id")),
        (("kv_namespaces", 1, "binding"), OWN, ("env", "staging", "kv_namespaces", 0, "binding")),
        (("kv_namespaces", "L", "id"), OWN, ("env", "staging", "kv_namespaces", 0, "id")),
        (("kv_namespaces", "GONE"), OWN, ("env", "staging", "kv_namespaces")),
        (("triggers", "crons", 0), OWN, ("triggers",)),
        (("ai", "binding"), OWN, ("env", "staging", "ai", "binding")),
    ],
)
def test_each_value_is_found_in_the_file_that_says_it(
    keys: tuple[str | int, ...], file: str, place: tuple[str | int, ...]
) -> None:
    own = {
        "name": "acme",
        "vars": {"B": "2"},
        "triggers": None,
        "env": {"staging": {"kv_namespaces": [{"binding": "L", "id": "9"}]}},
    }
    assert layers(WRANGLER, own).origin("staging", keys) == ValueOrigin(file, place)


@pytest.mark.parametrize(
    ("directory", "found"),
    [("public", "../../tenants/acme/public"), ("../shared", "../../tenants/shared"), ("/x", "/x")],
)
def test_an_overlays_folder_of_assets_is_beside_the_overlay(directory: str, found: str) -> None:
    base = {"assets": {"directory": "public", "binding": "ASSETS"}}
    for top, own in (({"directory": directory}, {}), ({}, {"directory": directory})):
        resolved = over(base, {"assets": top}, {"assets": own})
        assert resolved["assets"] == {"directory": found, "binding": "ASSETS"}


def test_an_overlay_without_a_folder_serves_that_of_the_base() -> None:
    base = {"assets": {"directory": "public"}}
    found = over(base, {"assets": {"html_handling": "none"}})
    assert found["assets"] == {"directory": "public", "html_handling": "none"}
    assert "assets" not in over(base, {"assets": None})
