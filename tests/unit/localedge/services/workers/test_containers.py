"""Container applications are kept and changed as wrangler asks; no container runs."""

from typing import Any

from support.control_plane import ACCOUNT, COUNTER, ControlPlane

CONTAINERS = f"/accounts/{ACCOUNT}/containers"
APPLICATIONS = f"{CONTAINERS}/applications"


def create(cloud: ControlPlane, name: str = "app", **more: Any) -> Any:
    body = {"name": name, "instances": 0, "configuration": {"image": "registry/app:1"}, **more}
    return cloud.api("POST", APPLICATIONS, json=body)


def test_an_application_is_made_changed_and_deleted(cloud: ControlPlane) -> None:
    answer = create(cloud, durable_objects={"namespace_id": "n"}, max_instances=3)
    assert "runs none" in answer.response.json()["messages"][0]["message"]
    one = f"{APPLICATIONS}/{answer.result['id']}"
    assert create(cloud).status == 400, "the name is taken"
    cloud.api("PATCH", one, json={"max_instances": 5}).result  # noqa: B018 - it must succeed
    shown = cloud.api("GET", one).result
    assert (shown["max_instances"], shown["durable_objects"]) == (5, {"namespace_id": "n"})
    assert set(shown["health"]["instances"].values()) == {0}
    assert cloud.api("GET", f"{APPLICATIONS}?name=app").result == [shown]
    assert cloud.api("GET", f"{APPLICATIONS}?name=other").result == []
    (listed,) = cloud.api("GET", f"{CONTAINERS}/dash/applications").result
    assert listed["image"] == "registry/app:1"
    instances = f"{CONTAINERS}/dash/applications/{shown['id']}/instances"
    assert cloud.api("GET", instances).result["instances"] == []
    cloud.api("DELETE", one).result  # noqa: B018
    assert cloud.api("GET", one).status == 404


def test_a_rollout_makes_a_new_version(cloud: ControlPlane) -> None:
    one = f"{APPLICATIONS}/{create(cloud).result['id']}"
    body = {"description": "next", "target_configuration": {"image": "registry/app:2"}}
    made = cloud.api("POST", f"{one}/rollouts", json=body).result
    assert (made["status"], made["target_version"]) == ("completed", 2)
    shown = cloud.api("GET", one).result
    assert (shown["version"], shown["configuration"]["image"]) == (2, "registry/app:2")
    assert cloud.api("GET", f"{one}/rollouts").result == [made]


def test_what_is_no_application_is_refused(cloud: ControlPlane) -> None:
    for more in ({"x": 1}, {"name": ""}, {"instances": -1}, {"configuration": 1}):
        assert create(cloud, **more).status == 400
    assert cloud.api("GET", f"{CONTAINERS}/me").result["limits"]["account_id"] == ACCOUNT


def test_a_worker_with_a_container_s_class_is_taken(cloud: ControlPlane) -> None:
    migrations = {"new_tag": "v1", "new_sqlite_classes": ["Counter"]}
    answer = cloud.put(text=COUNTER, migrations=migrations, containers=[{"class_name": "Counter"}])
    assert answer.status == 200
