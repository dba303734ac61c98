from support.control_plane import ACCOUNT, KV, TOKEN, ControlPlane


def test_requests_are_listed_oldest_first_with_their_query(cloud: ControlPlane) -> None:
    cloud.api("GET", "/accounts?page=1")
    cloud.api("GET", "/telepathy")
    listed = cloud.control("GET", "requests").json()
    assert [(item["method"], item["path"], item["status"]) for item in listed] == [
        ("GET", "/client/v4/accounts?page=1", 200),
        ("GET", "/client/v4/telepathy", 404),
    ]
    assert listed[0].keys() == {"method", "path", "status", "at"}
    assert listed[0]["at"] <= listed[1]["at"]


def test_only_api_requests_are_listed_and_they_can_be_forgotten(cloud: ControlPlane) -> None:
    cloud.control("GET", "health")
    cloud.client.get("/elsewhere")
    cloud.client.get("/", headers={"host": "one.acme.workers.localhost"})
    assert cloud.control("GET", "requests").json() == []
    cloud.api("GET", "/accounts")
    cloud.control("DELETE", "requests")
    assert cloud.control("GET", "requests").json() == []


def test_a_reset_goes_back_to_how_it_was_started(cloud: ControlPlane) -> None:
    cloud.put()
    namespaces = f"/accounts/{ACCOUNT}/storage/kv/namespaces"
    cloud.api("POST", namespaces, json={"title": "later"})
    cloud.control("POST", "faults", json={"kind": "status", "status": 500, "nth": 99})
    assert cloud.control("POST", "reset").status_code == 204
    assert cloud.data_plane.resets == 1
    assert cloud.control("GET", "requests").json() == []
    assert cloud.control("GET", "faults").json() == []
    assert cloud.api("GET", f"/accounts/{ACCOUNT}/workers/scripts").result == []
    assert [item["id"] for item in cloud.api("GET", namespaces).result] == [KV]


def test_a_schedule_is_run_by_name(cloud: ControlPlane) -> None:
    cloud.put()
    crons = [{"cron": "0 1 * * *"}, {"cron": "0 2 * * *"}]
    cloud.script("PUT", "one", "/schedules", json=crons)
    ran = cloud.control("POST", "cron", json={"script": "one"}).json()
    assert (ran["cron"], ran["outcome"]) == ("0 1 * * *", "ok")
    cloud.control("POST", "cron", json={"script": "one", "cron": "0 2 * * *"})
    assert cloud.data_plane.crons == [("one", "0 1 * * *"), ("one", "0 2 * * *")]


def test_a_schedule_that_is_not_there_is_not_run(cloud: ControlPlane) -> None:
    assert cloud.control("POST", "cron", json={"script": "absent"}).status_code == 404
    cloud.put()
    none = cloud.control("POST", "cron", json={"script": "one"})
    assert (none.status_code, none.text) == (400, "one has no cron schedule.\n")
    cloud.script("PUT", "one", "/schedules", json=[{"cron": "0 1 * * *"}])
    other = cloud.control("POST", "cron", json={"script": "one", "cron": "* * * * *"})
    assert other.status_code == 400
    assert "0 1 * * *" in other.text
    assert cloud.control("POST", "cron", content=b"{").status_code == 400
    assert cloud.data_plane.crons == []


def test_an_unknown_control_is_not_found(cloud: ControlPlane) -> None:
    assert cloud.control("GET", "telepathy").status_code == 404
    assert cloud.control("GET", "reset").status_code == 405
    assert cloud.control("GET", "health").json() == {"status": "ok"}


def test_bindings_are_open_to_workers_only(cloud: ControlPlane) -> None:
    assert cloud.control("GET", f"bindings/guess/{ACCOUNT}/one/version").status_code == 404


def only(cloud: ControlPlane, *permissions: str) -> None:
    """Give the token these permission groups alone."""
    limited = {"token": TOKEN, "permissions": permissions}
    assert cloud.control("PUT", "permissions", json=limited).status_code == 204


def test_who_may_write_workers_may_write_their_queues(cloud: ControlPlane) -> None:
    queues = f"/accounts/{ACCOUNT}/queues"
    for groups, statuses in (
        (("Workers Scripts Write",), (200, 200)),
        (("Queues Write",), (200, 200)),
        (("Workers Scripts Read",), (200, 403)),
        (("Queues Read",), (200, 403)),
        (("D1 Write",), (403, 403)),
    ):
        only(cloud, *groups)
        made = cloud.api("POST", queues, json={"queue_name": groups[0].lower().replace(" ", "-")})
        assert (cloud.api("GET", queues).status, made.status) == statuses, groups


def test_who_may_read_d1_changes_nothing_by_a_query(cloud: ControlPlane) -> None:
    databases = f"/accounts/{ACCOUNT}/d1/database"
    made = cloud.api("POST", databases, json={"name": "db"}).result["uuid"]

    def status(sql: str) -> int:
        return cloud.api("POST", f"{databases}/{made}/query", json={"sql": sql}).status

    table = "create table if not exists t (a)"
    only(cloud, "D1 Read")
    assert cloud.api("POST", f"{databases}/{made}/raw", json={"sql": table}).code == 10000
    assert status("select name from sqlite_master") == 200
    only(cloud, "D1 Write")
    assert status(table) == 200
    only(cloud, "D1 Read")
    writes = (table, "insert into t values (1)", "update t set a = 2", "delete from t where 0")
    assert [status(sql) for sql in (*writes, "drop table t")] == [403] * 5
    assert status("select 1; drop table t") == 403
    assert status("select * from t") == 200
    assert status("select * from there_is_no_such_table") == 400


def test_a_token_has_the_permissions_that_it_is_given(cloud: ControlPlane) -> None:
    def statuses() -> tuple[int, ...]:
        scripts = f"/accounts/{ACCOUNT}/workers/scripts"
        calls = [("GET", scripts), ("GET", f"/accounts/{ACCOUNT}/d1/database"), ("GET", "/zones")]
        calls += [("PUT", f"{scripts}/one/schedules"), ("GET", "/user/tokens/verify")]
        return tuple(cloud.api(method, path).status for method, path in calls)

    limited = {"token": TOKEN, "permissions": ["Workers Scripts Read", "Zone Write"]}
    assert cloud.control("PUT", "permissions", json=limited).status_code == 204
    assert statuses() == (200, 403, 200, 403, 200)
    assert cloud.api("GET", f"/accounts/{ACCOUNT}/d1/database").code == 10000
    cloud.control("PUT", "permissions", json={"token": TOKEN, "permissions": None})
    assert 403 not in statuses()
