from support.control_plane import COUNTER, PLAIN, ControlPlane

VAR = {"type": "plain_text", "name": "A", "text": "x"}


def test_a_version_of_an_absent_script_is_refused(cloud: ControlPlane) -> None:
    refused = cloud.version("absent")
    assert (refused.status, refused.code) == (404, 10007)


def test_a_version_gets_a_number_and_no_traffic(cloud: ControlPlane) -> None:
    cloud.put()
    live = cloud.live()
    version = cloud.version(annotations={"workers/tag": "t", "workers/message": "m"}).result
    assert version["number"] == 2
    assert version["annotations"]["workers/triggered_by"] == "version_upload"
    assert cloud.live() == live
    assert cloud.script("GET", "one", f"/versions/{version['id']}").result == {
        key: value for key, value in version.items() if key != "startup_time_ms"
    }


def test_a_version_with_a_migration_is_refused(cloud: ControlPlane) -> None:
    cloud.put()
    migrations = {"new_tag": "v1", "new_sqlite_classes": ["Counter"]}
    assert cloud.version(text=COUNTER, migrations=migrations).code == 10211


def test_an_unknown_version_is_not_found(cloud: ControlPlane) -> None:
    cloud.put()
    assert cloud.script("GET", "one", "/versions/absent").code == 10007


def test_latest_secrets_are_kept_unless_others_are_named(
    cloud: ControlPlane,
) -> None:
    cloud.put(bindings=[VAR])
    cloud.secret("KEY", "hidden")
    assert cloud.bindings(cloud.version().result["id"]) == {
        "KEY": {"type": "secret_text", "name": "KEY"}
    }
    cloud.put(bindings=[VAR])
    kept = cloud.version(keep_bindings=["plain_text", "secret_text"]).result
    assert cloud.bindings(kept["id"]).keys() == {"A", "KEY"}
    assert cloud.bindings(cloud.version(keep_bindings=[]).result["id"]) == {}


def test_a_binding_is_inherited_from_the_latest_version_by_name(cloud: ControlPlane) -> None:
    cloud.put(bindings=[VAR])
    renamed = {"type": "inherit", "name": "B", "old_name": "A"}
    absent = {"type": "inherit", "name": "C"}
    version = cloud.version(bindings=[renamed, absent]).result["id"]
    assert cloud.bindings(version) == {"B": {"type": "plain_text", "name": "B", "text": "x"}}
    strict = "/versions?bindings_inherit=strict"
    form = {
        "metadata": (None, '{"main_module": "m.js", "bindings": [{"type":"inherit","name":"Z"}]}'),
        "m.js": ("m.js", PLAIN, "application/javascript+module"),
    }
    assert cloud.script("POST", "one", strict, files=form).code == 10057


def test_no_secret_is_taken_by_its_id(cloud: ControlPlane) -> None:
    cloud.put()
    cloud.secret("KEY", "hidden")
    state = cloud.server.state
    row = state.database.one("SELECT id FROM secrets")
    assert row is not None
    stolen = {"type": "secret_text", "name": "STOLEN", "secret_id": row["id"]}
    assert cloud.version(bindings=[stolen]).code == 10021


def test_a_list_comes_in_pages_and_the_last_one_is_empty(cloud: ControlPlane) -> None:
    cloud.put()
    for _ in range(4):
        cloud.version()

    def numbers(query: str) -> list[int]:
        items = cloud.script("GET", "one", f"/versions{query}").result["items"]
        return [item["number"] for item in items]

    assert numbers("?per_page=2") == [5, 4]
    assert numbers("?per_page=2&page=3") == [1]
    assert numbers("?per_page=2&page=4") == []
    assert numbers("?deployable=true&page=2&per_page=1") == [5, 4, 3, 2, 1]
    assert cloud.script("GET", "one", "/versions?page=0").code == 10026
