"""Uploads that name what is absent (R24)."""

from typing import Any

import pytest

from support.control_plane import ACCOUNT, ControlPlane, settings_form

BUCKETS = f"/accounts/{ACCOUNT}/r2/buckets"
HYPERDRIVE = f"/accounts/{ACCOUNT}/hyperdrive/configs"
ORIGIN = {
    "scheme": "postgres",
    "host": "db.example",
    "database": "d",
    "user": "u",
    "password": "p",
}


ABSENT = [
    ({"type": "r2_bucket", "bucket_name": "acme-flies"}, 10085),
    ({"type": "r2_bucket", "bucket_name": "files", "jurisdiction": "eu"}, 10085),
    ({"type": "queue", "queue_name": "absent"}, 11000),
    ({"type": "service", "service": "acme-auth"}, 10143),
    ({"type": "hyperdrive", "id": "f" * 32}, 10157),
]


@pytest.fixture
def stocked(cloud: ControlPlane) -> ControlPlane:
    """Make a bucket and a script."""
    cloud.api("POST", BUCKETS, json={"name": "files"})
    cloud.put()
    return cloud


@pytest.mark.parametrize(("binding", "code"), ABSENT)
def test_binding_to_a_missing_resource_is_refused(
    stocked: ControlPlane, binding: dict[str, str], code: int
) -> None:
    before = stocked.latest()
    named = [{"name": "B", **binding}]
    assert stocked.put("new", bindings=named).code == code
    assert stocked.version(bindings=named).code == code
    assert stocked.put(bindings=named).code == code
    assert stocked.script("GET", "new").status == 404
    assert stocked.latest() == before


def test_bindings_to_what_is_there_are_taken(stocked: ControlPlane) -> None:
    stocked.api("POST", f"/accounts/{ACCOUNT}/queues", json={"queue_name": "jobs"})
    pool = stocked.api("POST", HYPERDRIVE, json={"name": "pool", "origin": ORIGIN}).result
    bindings: list[dict[str, Any]] = [
        {"name": "F", "type": "r2_bucket", "bucket_name": "files"},
        {"name": "Q", "type": "queue", "queue_name": "jobs"},
        {"name": "H", "type": "hyperdrive", "id": pool["id"]},
    ]
    assert stocked.put("new", bindings=bindings).status == 200


def test_a_version_whose_bucket_is_gone_gets_no_traffic(stocked: ControlPlane) -> None:
    named = [{"name": "F", "type": "r2_bucket", "bucket_name": "files"}]
    version = stocked.version(bindings=named).result["id"]
    stocked.api("DELETE", f"{BUCKETS}/files")
    assert stocked.deploy((version, 100)).code == 10085


def test_a_tail_consumer_that_is_no_script_is_refused(stocked: ControlPlane) -> None:
    absent: dict[str, Any] = {"tail_consumers": [{"service": "absent"}]}
    assert stocked.put("new", **absent).code == 10203
    assert stocked.script("PATCH", "one", "/script-settings", json=absent).code == 10203
    assert stocked.script("PATCH", "one", "/settings", files=settings_form(**absent)).code == 10203
    assert stocked.script("GET", "one", "/script-settings").result["tail_consumers"] is None
    own: dict[str, Any] = {"tail_consumers": [{"service": "one"}]}
    assert stocked.put("new", **own).status == 200
    assert stocked.script("PATCH", "one", "/script-settings", json=own).status == 200
