"""The one comparison of states, and how a deploy goes about it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgefleet.cloudflare.models import ScriptSettings
from edgefleet.state.diff import choose_strategy, diff, differing_parts, irreversible_effects
from edgefleet.state.models import ChangeKind, DeployStrategy

VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
FACTS = st.dictionaries(st.sampled_from(["crons", "vars.A", "bindings.B", "modules.m"]), VALUES)


@given(FACTS)
def test_a_state_does_not_differ_from_itself(facts: dict[str, Any]) -> None:
    assert diff(facts, dict(facts)) == ()


@given(FACTS, FACTS)
def test_applying_every_change_gives_the_desired_state(
    desired: dict[str, Any], live: dict[str, Any]
) -> None:
    reached = dict(live)
    for change in diff(desired, live):
        if change.kind is ChangeKind.REMOVED:
            assert reached.pop(change.path) == change.before
        else:
            assert (change.path in reached) is (change.kind is ChangeKind.CHANGED)
            reached[change.path] = change.after
    assert reached == desired


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        (True, 1, True),
        (0, False, True),
        (1, 1.0, False),
        ([True], [1], True),
        ({"a": {"b": [1]}}, {"a": {"b": [1.0]}}, False),
        ({"a": True}, {"a": 1}, True),
        ({"a": 1}, {"b": 1}, True),
        ([1, 2], [1], True),
        ("1", 1, True),
        (None, False, True),
    ],
)
def test_values_are_compared_as_json_has_them(one: Any, other: Any, *, differs: bool) -> None:
    assert bool(diff({"vars.A": one}, {"vars.A": other})) is differs


@pytest.mark.parametrize(
    ("desired", "exists", "migrates", "expected"),
    [
        ({}, True, False, DeployStrategy.UNCHANGED),
        ({"crons": ["1"]}, True, False, DeployStrategy.SETTINGS),
        ({"crons": ["1"], "vars.A": "1"}, True, False, DeployStrategy.VERSION),
        ({"vars.A": "1"}, True, True, DeployStrategy.MIGRATION),
        ({"vars.A": "1"}, False, True, DeployStrategy.FIRST),
        ({"traffic": "all"}, True, False, DeployStrategy.VERSION),
    ],
)
def test_the_course_follows_from_what_differs(
    desired: dict[str, Any], *, exists: bool, migrates: bool, expected: DeployStrategy
) -> None:
    how, why = choose_strategy(diff(desired, {}), exists=exists, migrates=migrates)
    assert how is expected
    assert why


def test_only_a_change_that_uploads_leaves_something_behind() -> None:
    assert [how for how in DeployStrategy if irreversible_effects(how)] == [
        DeployStrategy.FIRST,
        DeployStrategy.MIGRATION,
        DeployStrategy.VERSION,
    ]


LIVE = ScriptSettings(
    crons=("0 * * * *",),
    workers_dev=True,
    script={"logpush": False, "observability": {"enabled": False}, "tags": ["theirs"]},
)


@pytest.mark.parametrize(
    ("wanted", "parts"),
    [
        ({}, set()),
        ({"crons": ("0 */1 * * *",)}, set()),
        ({"script": {"tail_consumers": []}}, set()),
        ({"crons": ()}, {"crons"}),
        ({"previews": True}, {"previews"}),
        ({"script": {"logpush": True}}, {"script"}),
        ({"script": {"observability": {"enabled": True}}}, {"script"}),
        ({"routes": ({"pattern": "a.example/*"},)}, {"routes"}),
        ({"domains": ({"hostname": "a.example"},)}, {"domains"}),
        ({"consumers": ({"queue": "jobs"},)}, {"consumers"}),
    ],
)
def test_only_the_parts_that_differ_are_written(wanted: dict[str, Any], parts: set[str]) -> None:
    assert differing_parts(LIVE.model_copy(update=wanted), LIVE) == parts
