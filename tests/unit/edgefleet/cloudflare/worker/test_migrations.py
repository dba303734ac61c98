"""Which migrations are pending, by the tag that a script is at."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgefleet.cloudflare.worker.migrations import pending, transferred_from
from edgefleet.errors import ConfigError

STEPS: list[dict[str, Any]] = [
    {"tag": "v1", "new_sqlite_classes": ["A"]},
    {"tag": "v2", "renamed_classes": [{"from": "A", "to": "B"}]},
    {"tag": "v3", "deleted_classes": ["B"]},
]
FILE = {"name": "acme-staging", "migrations": STEPS}
BARE = [{key: value for key, value in step.items() if key != "tag"} for step in STEPS]


def test_a_new_script_gets_all_of_them() -> None:
    assert pending(FILE, None) == {"new_tag": "v3", "steps": BARE}


def test_a_script_at_an_earlier_one_gets_those_after_it() -> None:
    assert pending(FILE, "v1") == {"old_tag": "v1", "new_tag": "v3", "steps": BARE[1:]}


def test_a_script_at_the_last_one_gets_none() -> None:
    assert pending(FILE, "v3") is None


@pytest.mark.parametrize("file", [{"name": "a"}, {"name": "a", "migrations": []}])
@pytest.mark.parametrize("tag", [None, "v1"])
def test_a_file_without_migrations_asks_for_none(file: dict[str, Any], tag: str | None) -> None:
    assert pending(file, tag) is None


def test_a_tag_that_the_file_does_not_have_is_refused_in_words() -> None:
    with pytest.raises(ConfigError) as caught:
        pending(FILE, "v4")
    message = caught.value.message
    assert "'acme-staging' is at migration 'v4'" in message
    assert "v1, v2, v3" in message
    assert "older than what is deployed, or of another history" in message
    assert "take the migrations up to 'v4' back" in caught.value.hint


@given(st.lists(st.text(min_size=1), min_size=1, unique=True), st.data())
def test_every_step_is_applied_once_whatever_came_before(tags: list[str], data: Any) -> None:
    file = {"name": "a", "migrations": [{"tag": tag, "new_classes": [tag]} for tag in tags]}
    tag = data.draw(st.sampled_from([None, *tags]))
    found = pending(file, tag)
    steps = found["steps"] if found else []
    before = tags[: tags.index(tag) + 1] if tag is not None else []
    assert before + [step["new_classes"][0] for step in steps] == tags
    assert (found is None) == (tag == tags[-1])


def test_r11_giving_scripts_are_named_while_pending() -> None:
    moved = {"from": "RateLimiter", "from_script": "acme-limits", "to": "RateLimiter"}
    resolved: dict[str, Any] = {
        "name": "acme",
        "migrations": [
            {"tag": "v1", "new_sqlite_classes": ["Chat"]},
            {"tag": "v2", "transferred_classes": [moved]},
        ],
    }
    assert transferred_from(resolved, None) == ("acme-limits",)
    assert transferred_from(resolved, "v1") == ("acme-limits",)
    assert transferred_from(resolved, "v2") == ()
