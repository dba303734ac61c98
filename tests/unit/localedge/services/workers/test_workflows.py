"""The Workflows API without a runtime: registration, versions, and instances that wait for one."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.control_plane import ACCOUNT, PLAIN, ControlPlane, control_plane

WORKFLOWS = f"/accounts/{ACCOUNT}/workflows"
ORDERS = f"{WORKFLOWS}/orders"
CODE = PLAIN + "export class Order {}\nexport class Other {}"


def register(cloud: ControlPlane, class_name: str = "Order", **more: Any) -> Any:
    body = {"script_name": "one", "class_name": class_name, **more}
    return cloud.api("PUT", ORDERS, json=body)


def test_a_workflow_is_registered_changed_and_deleted(cloud: ControlPlane) -> None:
    assert cloud.api("GET", ORDERS).code == 10200
    assert register(cloud).code == 10007
    cloud.put(text=CODE)
    made = register(cloud).result
    changed = register(cloud, "Other").result
    assert (changed["id"], changed["class_name"]) == (made["id"], "Other")
    versions = cloud.api("GET", f"{ORDERS}/versions").result
    assert [it["id"] for it in versions] == [changed["version_id"], made["version_id"]]
    assert cloud.api("GET", f"{ORDERS}/versions/absent").code == 10300
    assert [it["name"] for it in cloud.api("GET", WORKFLOWS).result] == ["orders"]
    assert cloud.api("DELETE", ORDERS).result["status"] == "ok"
    assert cloud.data_plane.dropped == [made["id"]]
    assert cloud.api("GET", WORKFLOWS).result == []


def test_a_class_that_the_script_lacks_is_refused(cloud: ControlPlane) -> None:
    cloud.put(text=CODE)
    assert register(cloud, "Absent").code == 10002


def test_a_registration_says_what_holds(cloud: ControlPlane) -> None:
    cloud.put(text=CODE)
    assert register(cloud, schedules=[{"cron": "no"}]).status == 400
    register(cloud, schedules=[{"cron": "0 0 29 2 *"}], limits={"steps": 9}, jurisdiction="eu")
    shown = cloud.api("GET", ORDERS).result
    (schedule,) = shown["schedules"]
    assert (schedule["cron"], shown["limits"]) == ("0 0 29 2 *", {"steps": 9})
    assert schedule["next_instance"].endswith("-02-29T00:00:00Z")
    assert register(cloud).code == 10209, "it cannot leave its jurisdiction"
    register(cloud, jurisdiction="eu")
    assert "schedules" not in cloud.api("GET", ORDERS).result


def test_a_workflow_that_moves_to_another_script_stops_the_first(cloud: ControlPlane) -> None:
    cloud.put(text=CODE)
    cloud.put("two", text=CODE)
    register(cloud)
    register(cloud, script_name="two")
    assert cloud.data_plane.removals == ["one"]
    assert cloud.api("GET", ORDERS).result["script_name"] == "two"


def test_an_instance_is_queued_until_a_runtime_has_it(cloud: ControlPlane) -> None:
    cloud.put(text=CODE)
    register(cloud)
    instances = f"{ORDERS}/instances"
    made = cloud.api("POST", instances, json={"instance_id": "a", "params": '{"n": 1}'}).result
    assert (made["id"], made["status"], made["trigger_source"]) == ("a", "queued", "api")
    assert cloud.api("POST", instances, json={"instance_id": "a"}).code == 10405
    assert cloud.api("POST", instances, json={"instance_id": "not an id"}).code == 10002
    both = [{"instance_id": "b"}, {"instance_id": "a"}]
    assert cloud.api("POST", f"{instances}/batch", json=both).code == 10405
    listed = cloud.api("GET", f"{instances}?status=queued").result
    assert [it["id"] for it in listed] == ["a"], "a batch is created as a whole"
    shown = cloud.api("GET", f"{instances}/a").result
    assert (shown["params"], shown["steps"], shown["success"]) == ({"n": 1}, [], None)
    pause = cloud.api("PATCH", f"{instances}/a/status", json={"status": "pause"})
    assert (pause.status, "without a Workers runtime" in pause.message) == (400, True)
    assert cloud.api("GET", f"{instances}/absent").code == 10400
    assert cloud.api("GET", ORDERS).result["instances"]["queued"] == 1


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "one", "Order", "{}"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
NEW = st.fixed_dictionaries({}, optional={"instance_id": ANY, "params": ANY})
CALLS: dict[tuple[str, str], st.SearchStrategy[Any]] = {
    ("PUT", ""): st.fixed_dictionaries(
        {"script_name": ANY, "class_name": ANY}, optional={"schedules": ANY, "limits": ANY}
    ),
    ("POST", "/instances"): NEW,
    ("POST", "/instances/batch"): st.lists(NEW, max_size=3),
    ("PATCH", "/instances/a/status"): st.fixed_dictionaries(
        {"status": st.sampled_from(["pause", "resume", "terminate", "restart"]) | ANY},
        optional={"from": ANY, "rollback": ANY},
    ),
    ("POST", "/instances/a/events/go"): ANY,
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with control_plane(tmp_path_factory.mktemp("state")) as served:
        served.put(text=CODE)
        register(served)
        served.api("POST", f"{ORDERS}/instances", json={"instance_id": "a"})
        yield served


@settings(deadline=None)
@given(st.one_of([st.tuples(st.just(call), body | ANY) for call, body in CALLS.items()]))
def test_any_json(shared: ControlPlane, call: tuple[tuple[str, str], Any]) -> None:
    (method, below), body = call
    answer = shared.api(method, ORDERS + below, content=json.dumps(body))
    assert answer.status < 500, answer.response.text
    assert answer.response.json()["success"] == (answer.status < 400)
    for shown in ("", "/versions", "/instances", "/instances/a"):
        shared.api("GET", ORDERS + shown).result  # noqa: B018 - it must still be readable
