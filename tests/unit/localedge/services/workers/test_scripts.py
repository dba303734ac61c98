from typing import Any

import pytest

from support.control_plane import ACCOUNT, COUNTER, D1, INDEX, KV, PLAIN, ControlPlane, form

MIGRATION = {"new_tag": "v1", "new_sqlite_classes": ["Counter"]}
BOUND = {"type": "durable_object_namespace", "name": "COUNTER", "class_name": "Counter"}


def listed(cloud: ControlPlane) -> list[str]:
    scripts = cloud.api("GET", f"/accounts/{ACCOUNT}/workers/scripts").result
    return [item["id"] for item in scripts]


def test_a_first_upload_is_live_at_once(cloud: ControlPlane) -> None:
    uploaded = cloud.put().result
    version = cloud.latest()
    assert uploaded["deployment_id"] == version.replace("-", "")
    assert uploaded["startup_time_ms"] == 0
    assert cloud.live() == {version: 100}
    deployment = cloud.script("GET", "one", "/deployments").result["deployments"][0]
    assert deployment["annotations"] == {
        "workers/message": "Automatic deployment on upload.",
        "workers/triggered_by": "upload",
    }
    assert cloud.data_plane.changes == ["one"]


def test_the_etag_is_of_the_contents_alone(cloud: ControlPlane) -> None:
    first = cloud.put().result["etag"]
    var = {"type": "plain_text", "name": "A", "text": "x"}
    assert cloud.put(bindings=[var]).result["etag"] == first
    assert cloud.put(text=PLAIN + " ").result["etag"] != first


@pytest.mark.parametrize("name", ["Upper", "-dash", "with.dot", "x" * 64])
def test_a_name_that_cloudflare_does_not_take_is_refused(cloud: ControlPlane, name: str) -> None:
    assert cloud.put(name).code == 10016


def test_a_module_that_throws_is_refused_and_nothing_is_left(cloud: ControlPlane) -> None:
    refused = cloud.put(text="throw 1; " + PLAIN)
    assert (refused.status, refused.code) == (400, 10021)
    assert refused.message == "Uncaught Error: no"
    assert listed(cloud) == []


@pytest.mark.parametrize(
    ("text", "metadata", "code"),
    [
        pytest.param("export default {};", {}, 10068, id="no-handlers"),
        pytest.param(PLAIN, {"main_module": "absent.js"}, 10021, id="no-main-module"),
        pytest.param(PLAIN, {"compatibility_date": "2999-01-01"}, 10021, id="future-date"),
        pytest.param(PLAIN, {"compatibility_date": "soon"}, 10021, id="no-date"),
        pytest.param(PLAIN, {"assets": {"jwt": "x"}}, 10021, id="assets"),
        pytest.param(PLAIN, {"migrations": MIGRATION}, 10070, id="class-not-exported"),
        pytest.param(COUNTER, {"bindings": [BOUND]}, 10061, id="class-without-migration"),
        pytest.param(PLAIN, {"bindings": "none"}, 10026, id="bindings-of-another-form"),
        pytest.param(
            PLAIN,
            {"bindings": [{"type": "plain_text", "name": "A", "text": "x" * 5121}]},
            10054,
            id="var-too-large",
        ),
        pytest.param(
            PLAIN,
            {"bindings": [{"type": "json", "name": f"V{n}", "json": n} for n in range(129)]},
            10055,
            id="too-many-vars",
        ),
    ],
)
def test_an_upload_against_the_rules_is_refused(
    cloud: ControlPlane, text: str, metadata: dict[str, Any], code: int
) -> None:
    assert cloud.put(text=text, **metadata).code == code
    assert listed(cloud) == []


@pytest.mark.parametrize(
    ("binding", "code"),
    [
        pytest.param({"type": "kv_namespace", "namespace_id": "0" * 32}, 10041, id="kv"),
        pytest.param({"type": "kv_namespace", "namespace_id": "none"}, 10042, id="kv-no-id"),
        pytest.param({"type": "d1", "id": "absent"}, 10181, id="d1"),
        pytest.param({"type": "d1"}, 10021, id="d1-without-id"),
        pytest.param({"type": "vectorize", "index_name": "absent"}, 10159, id="vectorize"),
        pytest.param({"type": "service", "service": "absent"}, 10143, id="service"),
        pytest.param(
            {"type": "durable_object_namespace", "class_name": "X", "script_name": "absent"},
            10061,
            id="class-of-another-script",
        ),
        pytest.param({"type": "telepathy"}, 10021, id="unknown-type"),
    ],
)
def test_a_binding_to_nothing_is_refused_by_its_name(
    cloud: ControlPlane, binding: dict[str, str], code: int
) -> None:
    refused = cloud.put(bindings=[{**binding, "name": "THING"}])
    assert refused.code == code
    assert any(name in refused.message for name in ("THING", "'X'", "'none'"))


def test_bindings_to_what_exists_are_taken(cloud: ControlPlane) -> None:
    bindings = [
        {"type": "kv_namespace", "name": "PAGES", "namespace_id": KV},
        {"type": "d1", "name": "DB", "id": D1},
        {"type": "vectorize", "name": "INDEX", "index_name": INDEX},
        {"type": "service", "name": "SELF", "service": "one"},
        {"type": "ai", "name": "AI"},
    ]
    cloud.put(bindings=bindings)
    shown = cloud.bindings(cloud.latest())
    assert shown.keys() == {"PAGES", "DB", "INDEX", "SELF", "AI"}
    assert shown["DB"] == {"type": "d1", "name": "DB", "id": D1, "database_id": D1}


@pytest.mark.parametrize(
    ("bindings", "code"),
    [
        ([{"type": "plain_text", "text": "x"}], 10052),
        ([{"type": "plain_text", "name": "A", "text": "x"}] * 2, 10053),
        ([{"type": "inherit", "name": "A", "version_id": "1"}], 10057),
    ],
)
def test_a_binding_without_or_with_anothers_name_is_refused(
    cloud: ControlPlane, bindings: list[dict[str, str]], code: int
) -> None:
    assert cloud.put(bindings=bindings).code == code


def test_class_keeps_its_namespace_when_renamed(cloud: ControlPlane) -> None:
    cloud.put(text=COUNTER, bindings=[BOUND], migrations=MIGRATION)
    first = cloud.bindings(cloud.latest())["COUNTER"]["namespace_id"]
    cloud.version(text=COUNTER, bindings=[BOUND])
    assert cloud.bindings(cloud.latest())["COUNTER"]["namespace_id"] == first
    renaming = {
        "old_tag": "v1",
        "new_tag": "v2",
        "renamed_classes": [{"from": "Counter", "to": "Other"}],
    }
    text = COUNTER.replace("Counter", "Other")
    cloud.put(text=text, bindings=[{**BOUND, "class_name": "Other"}], migrations=renaming)
    assert cloud.bindings(cloud.latest())["COUNTER"]["namespace_id"] == first
    (script,) = cloud.api("GET", f"/accounts/{ACCOUNT}/workers/scripts").result
    assert script["migration_tag"] == "v2"


def test_a_migration_that_was_applied_already_is_refused(cloud: ControlPlane) -> None:
    cloud.put(text=COUNTER, migrations=MIGRATION)
    again = cloud.put(text=COUNTER, migrations=MIGRATION)
    assert (again.status, again.code) == (412, 10079)
    assert "current tag is 'v1'" in again.message
    replay = {**MIGRATION, "old_tag": "v1", "new_tag": "v2"}
    assert cloud.put(text=COUNTER, migrations=replay).code == 10074


def test_code_without_a_class_that_has_objects_is_refused(cloud: ControlPlane) -> None:
    cloud.put(text=COUNTER, migrations=MIGRATION)
    assert cloud.put(text=PLAIN).code == 10064
    assert cloud.version(text=PLAIN).code == 10064


def test_a_deleted_class_loses_its_data(cloud: ControlPlane) -> None:
    cloud.put(text=COUNTER, bindings=[BOUND], migrations=MIGRATION)
    namespace = cloud.bindings(cloud.latest())["COUNTER"]["namespace_id"]
    cloud.put(migrations={"old_tag": "v1", "new_tag": "v2", "deleted_classes": ["Counter"]})
    assert cloud.data_plane.dropped == [namespace]


def test_transferred_class_brings_its_namespace(
    cloud: ControlPlane,
) -> None:
    cloud.put("giver", text=COUNTER, bindings=[BOUND], migrations=MIGRATION)
    namespace = cloud.bindings(cloud.latest("giver"), "giver")["COUNTER"]["namespace_id"]
    taking = {"from": "Counter", "from_script": "giver", "to": "Counter"}
    migrations = {"new_tag": "t1", "transferred_classes": [taking]}
    cloud.put("taker", text=COUNTER, bindings=[BOUND], migrations=migrations)
    assert cloud.bindings(cloud.latest("taker"), "taker")["COUNTER"]["namespace_id"] == namespace
    assert cloud.put("giver", text=COUNTER, bindings=[BOUND]).code == 10061


def test_a_deleted_script_is_gone_with_all_that_belongs_to_it(cloud: ControlPlane) -> None:
    cloud.put(text=COUNTER, bindings=[BOUND], migrations=MIGRATION)
    namespace = cloud.bindings(cloud.latest())["COUNTER"]["namespace_id"]
    cloud.secret("KEY", "x")
    assert cloud.script("DELETE", "one").status == 200
    assert (cloud.data_plane.removals, cloud.data_plane.dropped) == (["one"], [namespace])
    for below in ("/versions", "/deployments", "/secrets", "/schedules", "/settings"):
        gone = cloud.script("GET", "one", below)
        assert (gone.status, gone.code) == (404, 10007), below
    rows = cloud.server.state.database
    assert rows.all("SELECT * FROM blobs") == rows.all("SELECT * FROM secrets") == []


def test_a_script_that_another_binds_to_is_deleted_by_force_only(cloud: ControlPlane) -> None:
    cloud.put("target")
    cloud.put("caller", bindings=[{"type": "service", "name": "T", "service": "target"}])
    refused = cloud.script("DELETE", "target")
    assert refused.code == 10064
    assert "caller" in refused.message
    references = cloud.script("GET", "target", "/references").result
    assert [item["service"] for item in references["services"]["incoming"]] == ["caller"]
    assert cloud.script("DELETE", "target", "?force=true").status == 200


def test_modules_are_stored_once_however_many_scripts_hold_them(cloud: ControlPlane) -> None:
    cloud.put("first")
    cloud.put("second")
    cloud.version("second")
    assert len(cloud.server.state.database.all("SELECT digest FROM blobs")) == 1


def test_a_service_is_described_with_its_one_environment(cloud: ControlPlane) -> None:
    cloud.put()
    service = f"/accounts/{ACCOUNT}/workers/services"
    found = cloud.api("GET", f"{service}/one").result["default_environment"]
    assert found["environment"] == "production"
    assert found["script"]["last_deployed_from"] == "api"
    assert cloud.api("GET", f"{service}/absent").code == 10090
    assert cloud.api("GET", f"{service}/one/environments/staging").code == 10092
    assert cloud.api("GET", f"{service}/one/environments/production/bindings").result == []


def test_who_uploads_is_told_by_the_user_agent(cloud: ControlPlane) -> None:
    agent = {"user-agent": "wrangler/4.63.0"}
    uploaded = cloud.script("PUT", "one", files=form(PLAIN), headers=agent).result
    assert uploaded["last_deployed_from"] == "wrangler"


def test_contents_are_put_alone_and_settings_stay(cloud: ControlPlane) -> None:
    cloud.put(bindings=[{"type": "plain_text", "name": "A", "text": "x"}])
    only = {"main_module": "index.js"}
    put = cloud.script("PUT", "one", "/content", files=form(PLAIN + "//", **only))
    assert put.status == 200
    assert cloud.bindings(cloud.latest())["A"]["text"] == "x"
    assert "fetch() {} };//" in cloud.script("GET", "one", "/content/v2").response.text


def test_a_json_body_is_no_upload(cloud: ControlPlane) -> None:
    assert cloud.script("PUT", "one", json={"metadata": {}}).status == 415
    broken = {"metadata": (None, "{", "application/json"), "m.js": ("m.js", PLAIN, "text/plain")}
    assert cloud.script("PUT", "one", files=broken).code == 10026
