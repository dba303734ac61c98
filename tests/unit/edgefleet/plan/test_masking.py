"""Values go out without what looks like a secret; that they differ is still to be seen."""

from datetime import UTC, datetime

from edgefleet.cloudflare.models import DeploymentEvent
from edgefleet.drift.masking import masked_drift
from edgefleet.plan.masking import masked_plan
from edgefleet.state.models import Change, ChangeKind, DeployStrategy, Plan
from support.drifts import drift_of
from support.records import TARGET

TOKEN = f"ghp_{'a1B2' * 9}"
OPAQUE = "q8Zr2Lw9" * 4


def test_values_are_masked_at_any_depth_and_paths_are_not() -> None:
    live = {"type": "service", "headers": [{"api_key": OPAQUE}, TOKEN], "limit": 3}
    change = Change(path="bindings.UPSTREAM", kind=ChangeKind.CHANGED, before=live, after="plain")
    plan = Plan(
        target=TARGET,
        script="acme",
        account_id="a" * 32,
        bundle_digest="b" * 64,
        course=DeployStrategy.VERSION,
        why="the settings differ",
        changes=(change,),
    )
    (masked,) = masked_plan(plan).changes
    assert masked_plan(plan) == plan.model_copy(update={"changes": (masked,)})
    assert masked.before == {
        "type": "service",
        "headers": [{"api_key": "[redacted]"}, "[redacted]"],
        "limit": 3,
    }
    assert (masked.path, masked.kind, masked.after) == (change.path, change.kind, "plain")


def test_everything_of_a_drift_that_others_wrote_is_masked() -> None:
    change = Change(path="vars.UPSTREAM_TOKEN", kind=ChangeKind.REMOVED, before=OPAQUE)
    last = DeploymentEvent(
        id="1", created_on=datetime(2026, 3, 1, tzinfo=UTC), versions=(), message=f"with {TOKEN}"
    )
    told = {"ignored": (change,), "notes": (f"secret {TOKEN}",), "last_change": last}
    drift = drift_of("alder", UPSTREAM_TOKEN=OPAQUE, LOG_LEVEL="debug").model_copy(update=told)
    masked = masked_drift(drift)
    text = masked.model_dump_json()
    assert TOKEN not in text
    assert OPAQUE not in text
    assert [one.change.path for one in masked.findings] == ["vars.UPSTREAM_TOKEN", "vars.LOG_LEVEL"]
    assert masked.findings[1] == drift.findings[1]
    assert masked.last_change == last.model_copy(update={"message": "with [redacted]"})


def test_a_drift_without_secrets_stays_as_it_is() -> None:
    drift = drift_of("alder", LOG_LEVEL="debug", LIMITS=[1, "two", None])
    assert masked_drift(drift) == drift
