import pytest

from support.control_plane import ACCOUNT, COUNTER, KV, ControlPlane

ABSENT = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def versions(cloud: ControlPlane) -> list[str]:
    """Upload three versions; the first is live."""
    cloud.put()
    first = cloud.latest()
    return [first, cloud.version().result["id"], cloud.version().result["id"]]


def test_traffic_is_split_between_two_versions(cloud: ControlPlane, versions: list[str]) -> None:
    made = cloud.deploy((versions[0], 90), (versions[2], 10)).result
    assert cloud.live() == {versions[0]: 90, versions[2]: 10}
    assert made["annotations"] == {"workers/triggered_by": "deployment"}
    assert cloud.data_plane.changes == ["one", "one"]


@pytest.mark.parametrize(
    "percentages",
    [[], [60], [60, 30], [60, 50], [100.5], [-1, 101], [40, 30, 30], ["100"], [None]],
)
def test_shares_must_be_100_percent_of_one_or_two_versions(
    cloud: ControlPlane, versions: list[str], percentages: list[float]
) -> None:
    live = cloud.live()
    assert cloud.deploy(*zip(versions, percentages, strict=False)).status == 400
    assert cloud.live() == live


def test_one_version_is_named_once(cloud: ControlPlane, versions: list[str]) -> None:
    assert cloud.deploy((versions[0], 50), (versions[0], 50)).status == 400


def test_a_version_may_be_deployed_at_no_share(cloud: ControlPlane, versions: list[str]) -> None:
    assert cloud.deploy((versions[0], 100), (versions[1], 0)).status == 200


def test_an_unknown_version_is_not_found(cloud: ControlPlane, versions: list[str]) -> None:
    refused = cloud.deploy((ABSENT, 100))
    assert (refused.status, refused.code) == (404, 10007)


def test_only_the_newest_hundred_versions_are_deployed(
    cloud: ControlPlane, versions: list[str]
) -> None:
    for _ in range(99):
        cloud.version()
    assert cloud.deploy((versions[1], 100)).code == 10220
    assert cloud.deploy((versions[1], 100), force=True).code == 10220
    assert cloud.deploy((versions[2], 100)).status == 200


def test_a_rollback_over_a_changed_secret_needs_force(cloud: ControlPlane) -> None:
    cloud.put()
    first = cloud.latest()
    cloud.secret("ONE", "x")
    second = cloud.latest()
    cloud.secret("TWO", "x")
    cloud.secret("ONE", "y")
    refused = cloud.deploy((first, 100))
    assert refused.code == 10220
    assert refused.message.endswith("The following secrets have changed: ONE, TWO")
    assert cloud.deploy((second, 100), force=True).status == 200
    assert cloud.live() == {second: 100}


def test_going_forward_to_other_secrets_needs_no_force(cloud: ControlPlane) -> None:
    cloud.put()
    secret = {"type": "secret_text", "name": "KEY", "text": "x"}
    version = cloud.version(bindings=[secret]).result["id"]
    assert cloud.deploy((version, 100)).status == 200


def test_no_rollback_crosses_a_migration(cloud: ControlPlane, versions: list[str]) -> None:
    migrations = {"new_tag": "v1", "new_sqlite_classes": ["Counter"]}
    cloud.put(text=COUNTER, migrations=migrations)
    assert cloud.deploy((versions[0], 100)).code == 10220
    assert cloud.deploy((versions[0], 100), force=True).code == 10220


def test_no_rollback_goes_to_a_namespace_that_is_gone(cloud: ControlPlane) -> None:
    bound = {"type": "kv_namespace", "name": "PAGES", "namespace_id": KV}
    cloud.put(bindings=[bound])
    first = cloud.latest()
    cloud.put()
    cloud.api("DELETE", f"/accounts/{ACCOUNT}/storage/kv/namespaces/{KV}")
    assert cloud.deploy((first, 100)).code == 10041


def test_a_message_is_cut_to_its_length(cloud: ControlPlane, versions: list[str]) -> None:
    body = {
        "strategy": "percentage",
        "versions": [{"version_id": versions[1], "percentage": 100}],
        "annotations": {"workers/message": "é" * 600},
    }
    made = cloud.script("POST", "one", "/deployments", json=body).result
    assert made["annotations"]["workers/message"] == "é" * 500


def test_an_old_deployment_is_deleted_the_live_one_stays(
    cloud: ControlPlane, versions: list[str]
) -> None:
    old = cloud.deploy((versions[1], 100)).result["id"]
    live = cloud.deploy((versions[1], 100)).result["id"]
    assert cloud.script("DELETE", "one", f"/deployments/{live}").status == 400
    assert cloud.script("DELETE", "one", f"/deployments/{old}").status == 200
    assert cloud.script("GET", "one", f"/deployments/{old}").status == 404
    assert cloud.script("GET", "one", f"/deployments/{live}").result["id"] == live


def test_a_history_is_newest_first_and_paged_when_asked(
    cloud: ControlPlane, versions: list[str]
) -> None:
    made = [cloud.deploy((version, 100)).result["id"] for version in versions]
    whole = cloud.script("GET", "one", "/deployments").result["deployments"]
    assert [item["id"] for item in whole][:3] == made[::-1]
    page = cloud.script("GET", "one", "/deployments?per_page=2&page=2").result["deployments"]
    assert len(page) == 2
