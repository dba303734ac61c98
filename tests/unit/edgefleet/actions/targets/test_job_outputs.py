"""Targets in few bytes: what fits, what comes back, what is refused."""

import pytest

from edgefleet.actions.targets.job_outputs import skipped_in, skipped_text, targets_in, targets_text
from edgefleet.actions.targets.select_targets import SkippedTarget
from edgefleet.config.target import PRODUCTION, STAGING, Target
from edgefleet.errors import UsageError

MAX_ARG_STRLEN = 128 * 1024
"""What Linux allows for a variable with its name and its end, and for an argument."""

MANY = [
    Target(tenant=f"some-customer-gmbh-{number:06}", environment=PRODUCTION)
    for number in range(5_000)
]


def test_5000_tenants_fit_into_one_variable_and_come_back() -> None:
    text = targets_text(MANY)
    assert len(f"TARGETS={text}\0".encode()) <= MAX_ARG_STRLEN
    assert targets_in(text) == MANY


def test_what_would_not_fit_is_refused_before_anything_runs() -> None:
    more = [one.model_copy(update={"environment": STAGING}) for one in MANY]
    with pytest.raises(UsageError, match=r"10,000 targets take 2\d\d,\d\d\d bytes") as caught:
        targets_text([*MANY, *more])
    assert caught.value.hint == "name fewer tenants"
    with pytest.raises(UsageError, match="5,000 reasons"):
        skipped_text(
            SkippedTarget(one, "held", f"frozen for a reason like no other: {one}") for one in MANY
        )


def test_a_folder_that_is_no_tenants_yet_stops_nobody() -> None:
    template = Target(tenant="_Template", environment=STAGING)
    assert targets_in(targets_text([template])) == [template]
    skipped = [SkippedTarget(template, "not set up", "no environment")]
    assert skipped_in(skipped_text(skipped)) == skipped


def test_targets_stand_by_environment() -> None:
    targets = [
        Target(tenant=tenant, environment=environment)
        for environment in (STAGING, PRODUCTION)
        for tenant in ("alder", "birch")
    ]
    assert targets_text(targets) == '{"staging":"alder,birch","production":"alder,birch"}'
    assert targets_in(targets_text([])) == []


def test_a_reason_that_many_share_is_handed_on_once() -> None:
    skipped = [SkippedTarget(one, "held", "frozen until 2026-12-24: audit") for one in MANY]
    skipped.append(SkippedTarget(MANY[0], "not set up", 'no "environment"\nof this name'))
    text = skipped_text(skipped)
    assert len(f"SKIPPED={text}\0".encode()) <= MAX_ARG_STRLEN
    assert skipped_in(text) == skipped


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "alder-staging",
        '{"include": [{"target": "alder-staging"}]}',
        '{"Moon": "alder"}',
        '{"staging": 1}',
        '{"staging": ""}',
        '{"staging": "alder,,birch"}',
    ],
)
def test_what_is_no_such_text_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError, match="--targets"):
        targets_in(text)
    with pytest.raises(UsageError, match="--skipped"):
        skipped_in(text.replace("[]", "{}"))
