import asyncio
import json
from typing import Any

import pytest
from pydantic import ValidationError

from localedge.control.fault_injection import DROP, inject_fault
from localedge.control.faults import Fault, Faults
from support.control_plane import TOKEN, ControlPlane

VERIFY = "/user/tokens/verify"


def order(cloud: ControlPlane, **fault: Any) -> None:
    answer = cloud.control("POST", "faults", json=fault)
    assert answer.status_code == 201, answer.text


def statuses(cloud: ControlPlane, times: int, method: str = "GET", path: str = VERIFY) -> list[int]:
    return [cloud.api(method, path).status for _ in range(times)]


def test_a_status_is_answered_without_acting(cloud: ControlPlane) -> None:
    order(cloud, method="PUT", path="*/scripts/one", kind="status", status=500)
    refused = cloud.put()
    assert (refused.status, refused.code) == (500, 10013)
    assert cloud.script("GET", "one", "/versions").code == 10007
    assert cloud.put().status == 200


def test_the_envelope_fits_the_status_or_the_order(cloud: ControlPlane) -> None:
    order(cloud, kind="status", status=429, headers={"Retry-After": "7"})
    throttled = cloud.api("GET", VERIFY)
    assert (throttled.code, throttled.response.headers["retry-after"]) == (971, "7")
    order(cloud, kind="status", status=400, code=10220, message="No.")
    refused = cloud.api("GET", VERIFY)
    assert (refused.code, refused.message) == (10220, "No.")


def test_a_fault_strikes_from_the_nth_request_on_so_many_times(cloud: ControlPlane) -> None:
    order(cloud, path=f"*{VERIFY}", nth=2, times=2, kind="status", status=503)
    assert statuses(cloud, 4) == [200, 503, 503, 200]


def test_a_fault_without_an_end_strikes_for_ever(cloud: ControlPlane) -> None:
    order(cloud, times=None, kind="status", status=503)
    assert statuses(cloud, 5) == [503] * 5
    cloud.control("DELETE", "faults")
    assert statuses(cloud, 1) == [200]


@pytest.mark.parametrize(
    ("glob", "struck"),
    [
        ("*", True),
        ("/client/v4/user/tokens/*", True),
        ("/user/tokens/verify", True),
        ("*/verify?page=2", True),
        ("*/verify?page=1", False),
        ("/tokens/verify", False),
        ("/USER/*", False),
    ],
)
def test_a_path_is_a_glob_over_several_spellings(glob: str, struck: bool) -> None:
    faults = Faults()
    faults.add(Fault.model_validate({"path": glob, "kind": "drop_before"}))
    assert (faults.match("GET", f"/client/v4{VERIFY}", "page=2") is not None) == struck


def test_a_method_is_matched(cloud: ControlPlane) -> None:
    order(cloud, method="POST", kind="status", status=503)
    assert statuses(cloud, 1) == [200]


def test_the_first_of_two_faults_strikes_and_both_count() -> None:
    faults = Faults()
    for status in (500, 501):
        fault = {"kind": "status", "status": status, "times": 2}
        faults.add(Fault.model_validate(fault))
    faults.add(Fault.model_validate({"kind": "status", "status": 502, "nth": 3}))
    taken = [faults.match("GET", "/", "") for _ in range(4)]
    assert [fault and fault.status for fault in taken] == [500, 500, 502, None]


def test_a_malformed_answer_is_half_of_it_after_acting(cloud: ControlPlane) -> None:
    order(cloud, method="PUT", kind="malformed")
    answer = cloud.put().response
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert len(cloud.script("GET", "one", "/versions").result["items"]) == 1


def test_latency_waits_then_acts(cloud: ControlPlane) -> None:
    order(cloud, kind="latency", seconds=0.05)
    loop = asyncio.new_event_loop()
    began = loop.time()
    assert cloud.put().status == 200
    assert loop.time() - began >= 0.05
    loop.close()


@pytest.mark.parametrize(("kind", "acted"), [("drop_before", False), ("drop_after", True)])
def test_a_dropped_connection_is_closed_without_an_answer(kind: str, acted: bool) -> None:
    happened: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        happened.append("acted")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        happened.append(message["type"])

    scope = {"type": "http", "extensions": {DROP: {"close": lambda: happened.append("closed")}}}
    fault = Fault.model_validate({"kind": kind})
    asyncio.run(inject_fault(app, fault, scope, receive, send))
    assert happened == (["acted", "closed"] if acted else ["closed"])


def test_a_request_to_a_worker_is_struck_by_its_url(cloud: ControlPlane) -> None:
    order(cloud, path="http://one.acme.workers.localhost/*", kind="status", status=502)
    order(cloud, path="*/elsewhere", kind="status", status=500)
    host = {"host": "one.acme.workers.localhost:8080"}
    assert cloud.client.get("/any", headers=host).status_code == 502
    assert cloud.client.get("/any", headers=host).status_code == 503


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({}, "kind: Field required"),
        ({"kind": "explode"}, "kind: Input should be"),
        ({"kind": "status"}, '`status` is needed for the kind "status"'),
        ({"kind": "status", "status": 200}, "status: Input should be greater than or equal to 400"),
        ({"kind": "latency"}, '`seconds` is needed for the kind "latency"'),
        ({"kind": "drop_after", "status": 500}, "`status` is needed"),
        ({"kind": "drop_after", "headers": {"a": "b"}}, "go with the kind"),
        ({"kind": "drop_after", "nth": 0}, "nth: Input should be greater than or equal to 1"),
        ({"kind": "drop_after", "times": 0}, "times: Input should be greater than or equal to 1"),
        ({"kind": "drop_after", "method": "get"}, "method: String should match"),
        ({"kind": "drop_after", "often": True}, "often: Extra inputs are not permitted"),
    ],
)
def test_meaningless_order_is_refused_with_the_reason(
    cloud: ControlPlane, fault: dict[str, Any], said: str
) -> None:
    answer = cloud.control("POST", "faults", json=fault)
    assert answer.status_code == 400
    assert said in answer.text
    with pytest.raises(ValidationError):
        Fault.model_validate(fault)


def test_orders_are_listed(cloud: ControlPlane) -> None:
    order(cloud, kind="latency", seconds=1, path="*/x")
    (listed,) = cloud.control("GET", "faults").json()
    assert (listed["kind"], listed["seconds"], listed["path"]) == ("latency", 1, "*/x")
    assert TOKEN not in repr(listed)
