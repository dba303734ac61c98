"""What is said over a layer gives what was wanted, and says no more than that."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from edgefleet.config.overlay.merge import merge
from edgefleet.config.overlay.over import over

NAMES = st.sampled_from(["A", "B", "C"])
SCALARS = st.integers(0, 3) | st.booleans() | st.sampled_from(["", "a"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


def bindings() -> st.SearchStrategy[list[dict[str, Any]]]:
    entry = st.fixed_dictionaries({"binding": NAMES}, optional={"id": SCALARS, "props": VALUES})
    return st.lists(entry, max_size=3, unique_by=lambda one: str(one["binding"]))


CONFIGS = st.fixed_dictionaries(
    {},
    optional={
        "vars": st.dictionaries(NAMES, VALUES, max_size=3),
        "kv_namespaces": bindings(),
        "queues": st.fixed_dictionaries({}, optional={"producers": bindings()}),
        "triggers": st.fixed_dictionaries({"crons": st.lists(SCALARS, max_size=3)}),
        "logpush": SCALARS,
    },
)


def ordered(config: Any) -> Any:
    """Return a configuration whose bindings have one order."""
    if isinstance(config, dict):
        return {key: ordered(value) for key, value in config.items()}
    if isinstance(config, list) and all(isinstance(one, dict) for one in config):
        return sorted(json.dumps(one, sort_keys=True) for one in config)
    return config


@settings(deadline=None)
@given(CONFIGS, CONFIGS)
def test_what_is_over_a_layer_gives_what_is_wanted(below: Any, wanted: Any) -> None:
    assert ordered(merge(below, over(below, wanted))) == ordered(wanted)


@given(CONFIGS)
def test_nothing_is_said_over_what_is_wanted_already(wanted: Any) -> None:
    assert over(wanted, wanted) == {}


def test_one_binding_is_taken_away_by_its_name() -> None:
    below = {"kv_namespaces": [{"binding": "A", "id": "1"}, {"binding": "B", "id": "2"}]}
    wanted = {"kv_namespaces": [{"binding": "B", "id": "3"}]}
    assert over(below, wanted) == {"kv_namespaces": {"A": None, "B": {"id": "3"}}}


def test_one_and_true_are_two_values() -> None:
    assert over({"vars": {"A": 1}}, {"vars": {"A": True}}) == {"vars": {"A": True}}
