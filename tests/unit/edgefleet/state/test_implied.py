"""A plan says what a key means that the file does not have (R35)."""

from typing import Any

import pytest

from edgefleet.state.implied import implied
from edgefleet.state.models import Change, ChangeKind


def told(path: str, **resolved: Any) -> tuple[str, ...]:
    return implied({"name": "s", **resolved}, [Change(path=path, kind=ChangeKind.CHANGED)])


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("crons", "triggers.crons is not in wrangler.jsonc: no cron trigger is left"),
        ("workers_dev", "workers_dev is not in wrangler.jsonc: it is on because there are no"),
        ("previews", "preview_urls is not in wrangler.jsonc: it is on as workers_dev is"),
        ("observability.enabled", "observability is not in wrangler.jsonc: logs and traces"),
        ("domains", "routes is not in wrangler.jsonc: no custom domain is left"),
        ("routes", "routes is not in wrangler.jsonc: no route is left"),
    ],
)
def test_a_change_that_comes_of_a_missing_key_is_explained(path: str, words: str) -> None:
    (found,) = told(path)
    assert found.startswith(words)


def test_routes_switch_workers_dev_off() -> None:
    assert told("workers_dev", routes=["a.example/*"]) == (
        "workers_dev is not in wrangler.jsonc: it is off because there are routes",
    )


def test_what_the_file_says_needs_no_explanation() -> None:
    assert told("crons", triggers={"crons": []}) == ()
    assert told("workers_dev", workers_dev=False) == ()
    assert told("vars.A") == ()
