from support.control_plane import ACCOUNT, OTHER, OTHER_TOKEN, ControlPlane

SQL = f"/accounts/{ACCOUNT}/analytics_engine/sql"


def test_a_query_reads_the_points_of_its_account_alone(cloud: ControlPlane) -> None:
    store = cloud.server.state.analytics
    store.write(ACCOUNT, "visits", {"indexes": ["i"], "blobs": ["berlin"], "doubles": [2, None]})
    query = "SELECT blob1, double1 FROM visits"
    answer = cloud.api("POST", SQL, content=query).response.json()
    assert answer["meta"] == [
        {"name": "blob1", "type": "String"},
        {"name": "double1", "type": "Float64"},
    ]
    assert (answer["data"], answer["rows"]) == ([{"blob1": "berlin", "double1": 2.0}], 1)
    lines = cloud.api("GET", SQL, params={"query": f"{query} FORMAT JSONEachRow"}).response
    assert lines.text == '{"blob1": "berlin", "double1": 2.0}\n'
    other = SQL.replace(ACCOUNT, OTHER)
    assert cloud.api("POST", other, token=OTHER_TOKEN, content=query).status == 400


def test_what_is_refused_comes_in_the_envelope(cloud: ControlPlane) -> None:
    for sql in ("", "SELECT nope()", "SHOW TABLES FORMAT Parquet"):
        refused = cloud.api("POST", SQL, content=sql)
        assert (refused.status, refused.code) == (400, 10026)
