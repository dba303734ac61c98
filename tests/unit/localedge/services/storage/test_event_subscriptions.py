"""Event subscriptions of queues are kept, shown, changed and deleted."""

from typing import Any

import pytest

from support.control_plane import ACCOUNT, ControlPlane

SUBSCRIPTIONS = f"/accounts/{ACCOUNT}/event_subscriptions/subscriptions"


@pytest.fixture
def queue(cloud: ControlPlane) -> str:
    """Make a queue; return its id."""
    body = {"queue_name": "events"}
    made: str = cloud.api("POST", f"/accounts/{ACCOUNT}/queues", json=body).result["queue_id"]
    return made


def subscription(queue: str, **changed: Any) -> dict[str, Any]:
    return {
        "name": "mine",
        "source": {"type": "workflows.workflow", "workflow_name": "orders"},
        "destination": {"type": "queues.queue", "queue_id": queue},
        "events": ["instance.completed"],
        **changed,
    }


def test_a_subscription_is_kept_and_changed(cloud: ControlPlane, queue: str) -> None:
    made = cloud.api("POST", SUBSCRIPTIONS, json=subscription(queue)).result
    one = f"{SUBSCRIPTIONS}/{made['id']}"
    assert made["enabled"] is True
    cloud.api("PATCH", one, json={"enabled": False, "name": "other"}).result  # noqa: B018
    shown = cloud.api("GET", one).result
    assert (shown["name"], shown["enabled"], shown["events"]) == (
        "other", False, ["instance.completed"]
    )  # fmt: skip
    assert cloud.api("GET", f"{SUBSCRIPTIONS}?queue_id={queue}").result == [shown]
    assert cloud.api("GET", f"{SUBSCRIPTIONS}?queue_id=another").result == []
    cloud.api("DELETE", one).result  # noqa: B018 - it must succeed
    assert cloud.api("GET", one).status == 404


@pytest.mark.parametrize(
    "changed",
    [
        {"source": {"type": "unknown"}},
        {"source": {"type": "workers.script"}},
        {"name": ""},
        {"events": [1]},
        {"enabled": "yes"},
        {"destination": {"type": "queues.queue", "queue_id": "absent"}},
    ],
)
def test_a_subscription_of_another_form_is_refused(
    cloud: ControlPlane, queue: str, changed: dict[str, Any]
) -> None:
    answer = cloud.api("POST", SUBSCRIPTIONS, json=subscription(queue, **changed))
    assert answer.status in {400, 404}
    assert cloud.api("GET", SUBSCRIPTIONS).result == []
