"""How running Durable Objects change to new code."""

from typing import Any

import pytest

from edgefleet.cloudflare.client import Cloudflare
from edgefleet.cloudflare.models import TrafficShare
from edgefleet.cloudflare.script.client import WorkerScript
from edgefleet.cloudflare.worker.code_update import code_update, code_update_of_upload
from edgefleet.core.secret import Secret
from support.answers import enveloped, scripted

AT_ONCE = {"mode": "immediate"}
CLASSES = {"exports": {"Room": {"type": "durable-object", "storage": "sqlite"}}}


def asked(strategy: dict[str, Any]) -> dict[str, Any]:
    return {"durable_objects": {"code_update_strategy": strategy}}


@pytest.mark.parametrize(
    ("resolved", "deployment", "upload"),
    [
        ({}, None, None),
        (asked({"mode": "immediate", "max_delay": 9}), AT_ONCE, AT_ONCE),
        (asked({"mode": "deferred"}), *[{"mode": "deferred", "max_delay": 300}] * 2),
        (asked({"mode": "deferred", "max_delay": 9}), *[{"mode": "deferred", "max_delay": 9}] * 2),
        (CLASSES, None, {"mode": "deferred", "max_delay": 300}),
        ({**CLASSES, **asked(AT_ONCE)}, AT_ONCE, AT_ONCE),
    ],
)
def test_a_file_says_it_for_uploads_and_deployments(
    resolved: dict[str, Any], deployment: Any, upload: Any
) -> None:
    assert (code_update(resolved), code_update_of_upload(resolved)) == (deployment, upload)


@pytest.mark.parametrize("strategy", [None, AT_ONCE])
def test_a_deployment_carries_it_where_it_is_asked_for(strategy: Any) -> None:
    with scripted(enveloped({})) as server:
        api = Cloudflare(server.url, Secret("token"), sleep=lambda _: None)
        shares = [TrafficShare(version_id="v", percentage=100)]
        WorkerScript(api, "a", "s").deployments.create(shares, "m", code_update=strategy)
    assert server.asked[0].body.get("code_update_strategy") == strategy
