"""A plan in words: one line for each change."""

from datetime import UTC, datetime
from typing import Any

import pytest

from edgefleet.cloudflare.models import TrafficShare
from edgefleet.config.target import STAGING, Target
from edgefleet.plan.report import change_text, counts, plan_text, plans_text
from edgefleet.state.models import CanaryStage, CanaryView, Change, ChangeKind, DeployStrategy, Plan

DIGEST = "ab" * 32


def plan(*changes: Change, **more: Any) -> Plan:
    given: dict[str, Any] = {
        "target": Target(tenant="acme", environment=STAGING),
        "script": "acme-worker-staging",
        "account_id": "a" * 32,
        "bundle_digest": DIGEST,
        "course": DeployStrategy.VERSION if changes else DeployStrategy.UNCHANGED,
        "why": "because",
        "changes": changes,
    }
    return Plan(**{**given, **more})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Change(path="vars.A", kind=ChangeKind.ADDED, after="1"), '+ vars.A: "1"'),
        (
            Change(path="crons", kind=ChangeKind.REMOVED, before=["1 * * * *"]),
            '- crons: ["1 * * * *"]',
        ),
        (
            Change(
                path="limits", kind=ChangeKind.CHANGED, before={"cpu_ms": 1}, after={"cpu_ms": 2}
            ),
            '~ limits: {"cpu_ms": 1} -> {"cpu_ms": 2}',
        ),
        (
            Change(path="modules.a.js", kind=ChangeKind.ADDED, after=DIGEST),
            "+ modules.a.js: sha256:abababababab",
        ),
        (Change(path="vars.A", kind=ChangeKind.ADDED, after=DIGEST), f'+ vars.A: "{DIGEST}"'),
        (
            Change(path="vars.A", kind=ChangeKind.CHANGED, before=None, after=""),
            '~ vars.A: null -> ""',
        ),
    ],
)
def test_a_change_is_a_sign_a_path_and_values(change: Change, said: str) -> None:
    assert change_text(change) == said


def test_a_value_cannot_redraw_the_terminal() -> None:
    told = Change(
        path="vars.\x1b[2J", kind=ChangeKind.REMOVED, before="\x1b[2J\x9b2J\u202e\n- Grüße"
    )
    assert change_text(told).isprintable()
    assert change_text(told).endswith('- Grüße"')


def test_a_plan_ends_with_its_counts() -> None:
    changes = (
        Change(path="vars.A", kind=ChangeKind.ADDED, after="1"),
        Change(path="vars.B", kind=ChangeKind.CHANGED, before="1", after="2"),
        Change(path="vars.C", kind=ChangeKind.CHANGED, before="1", after="2"),
    )
    last = plan_text(plan(*changes)).splitlines()[-1]
    assert last.strip() == "Plan: 1 to add, 2 to change, 0 to remove."


def test_a_plan_says_how_why_and_what_stays() -> None:
    text = plan_text(plan(Change(path="vars.A", kind=ChangeKind.ADDED), stays=("what it wrote",)))
    assert "version: because" in text
    assert "a rollback does not restore: what it wrote" in text


def test_empty_plan_with_a_missing_secret_is_two_words() -> None:
    found = plan(missing_secrets=("STRIPE_KEY",))
    assert counts(found) == "No changes."
    assert "! secret STRIPE_KEY is not set" in plan_text(found)


def test_equal_plans_are_grouped_and_a_hold_is_shown() -> None:
    """A9: forty targets of one release are not forty times the same lines."""
    change = Change(path="vars.A", kind=ChangeKind.ADDED, after="1")
    found = [
        plan(change, target=Target(tenant=name, environment=STAGING))
        for name in ("acme", "birch", "cedar")
    ]
    text = plans_text([(found[0], None), (found[1], "pinned to commit 1f0c9ad"), (found[2], None)])
    assert text.count("+ vars.A") == 2
    assert text.startswith("2 targets: acme-staging, cedar-staging\n  + vars.A")
    assert "birch-staging (acme-worker-staging)\n  held: pinned to commit 1f0c9ad\n" in text


def test_a_value_without_end_is_cut() -> None:
    """Review 8: what an account's API says may have ten megabytes."""
    long = "x" * 10_000_000
    told = change_text(Change(path=long, kind=ChangeKind.CHANGED, before=long, after="y"))
    assert len(told) < 15_000
    assert "… (10,000,002 characters)" in told


def test_a_canary_under_way_is_shown_with_the_next_command() -> None:
    now = datetime(2026, 11, 28, 18, tzinfo=UTC)
    view = CanaryView(
        version_id="v2",
        before="v1",
        share=5,
        state=CanaryStage.PAUSED,
        paused="too_little_traffic",
        begun=now,
        since=now,
        until=now,
        next="edgefleet canary continue --tenants acme --env staging",
    )
    change = Change(path="vars.A", kind=ChangeKind.ADDED, after="1")
    said = plan_text(plan(change).model_copy(update={"canary": view}))
    assert "a canary is under way: version v2 at 5 %, paused (too little traffic), since" in said
    assert "a deploy ends it first" in said
    assert f"  next: {view.next}" in said


def test_a_canary_under_way_is_named() -> None:
    shares = [("v1", 95.0), ("v2", 5.0)]
    traffic = tuple(TrafficShare(version_id=name, percentage=share) for name, share in shares)
    said = plan_text(plan(Change(path="vars.A", kind=ChangeKind.ADDED, after="1"), traffic=traffic))
    assert "note: traffic is split: a canary of edgefleet at 5 %, under way or killed" in said
