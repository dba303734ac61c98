"""One environment of a wrangler file, as wrangler resolves it."""

from edgefleet.config.environments import environments
from edgefleet.config.overlay.layers import Layers
from edgefleet.core.model import Json

FILE = {
    "$schema": "x",
    "name": "worker",
    "account_id": "a",
    "compatibility_date": "2026-01-01",
    "migrations": [{"tag": "v1"}],
    "vars": {"TOP": "1"},
    "kv_namespaces": [{"binding": "TOP", "id": "1"}],
    "triggers": {"crons": ["1 * * * *"]},
    "env": {
        "staging": {"vars": {"OWN": "2"}},
        "production": {
            "name": "shop",
            "triggers": {"crons": []},
            "compatibility_date": "2026-02-01",
        },
    },
}


def resolve(environment: str) -> dict[str, Json]:
    return Layers("wrangler.jsonc", FILE, None).resolve(environment)


def test_inheritable_keys_come_from_the_top_level_whole() -> None:
    found = resolve("staging")
    assert found["compatibility_date"] == "2026-01-01"
    assert found["migrations"] == [{"tag": "v1"}]
    assert found["triggers"] == {"crons": ["1 * * * *"]}


def test_bindings_and_vars_do_not_inherit() -> None:
    found = resolve("staging")
    assert found["vars"] == {"OWN": "2"}
    assert "kv_namespaces" not in found


def test_an_environments_own_value_wins() -> None:
    found = resolve("production")
    assert (found["compatibility_date"], found["triggers"]) == ("2026-02-01", {"crons": []})


def test_name_gets_the_suffix_unless_named_there() -> None:
    assert resolve("staging")["name"] == "worker-staging"
    assert resolve("production")["name"] == "shop"


def test_what_is_for_editors_or_for_other_environments_is_gone() -> None:
    assert not {"env", "$schema"} & resolve("staging").keys()


def test_the_environments_are_listed_in_order() -> None:
    assert environments(FILE) == ("staging", "production")
    assert environments({"name": "x"}) == ()
