"""Queries are read as Cloudflare reads them, and refused in its form."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.control_plane import ACCOUNT, OTHER, ControlPlane, control_plane

STORAGE = """
query Named($accountTag: string, $filter: ZoneWorkersRequestsFilter_InputObject, $n: int = 1) {
  viewer {
    accounts(filter: { accountTag: $accountTag }) {
      r2StorageAdaptiveGroups(limit: $n, filter: $filter, orderBy: [datetime_DESC]) {
        max { count: objectCount, ...Sizes }
        dimensions { bucketName }
      }
    }
  }
}
fragment Sizes on AccountR2StorageAdaptiveGroupsMax { payloadSize }
"""
ACCOUNT_QUERY = f'{{ viewer {{ accounts(filter: {{accountTag: "{ACCOUNT}"}}) {{ DATASET }} }} }}'
GROUPS = ACCOUNT_QUERY.replace("DATASET", "r2StorageAdaptiveGroups(ARGUMENTS) { FIELDS }")


def ask(cloud: ControlPlane, query: str, **variables: Any) -> Any:
    given = {"query": query, "variables": variables}
    answer = cloud.api("POST", "/graphql", json=given).response
    assert answer.status_code == 200
    return answer.json()


def refusal(cloud: ControlPlane, query: str, **variables: Any) -> dict[str, Any]:
    answer = ask(cloud, query, **variables)
    assert answer["data"] is None
    (error,) = answer["errors"]
    assert set(error) == {"message", "path", "extensions"}
    assert error["extensions"]["timestamp"].endswith("Z")
    return dict(error)


def fill(cloud: ControlPlane) -> None:
    buckets = f"/accounts/{ACCOUNT}/r2/buckets"
    for name in ("one", "two"):
        cloud.api("POST", buckets, json={"name": name})
    cloud.api("PUT", f"{buckets}/two/objects/a", content=b"123")


def test_a_bucket_shows_what_it_holds(cloud: ControlPlane) -> None:
    fill(cloud)
    answer = ask(cloud, STORAGE, accountTag=ACCOUNT, filter={"bucketName": "two"})
    (account,) = answer["data"]["viewer"]["accounts"]
    assert account["r2StorageAdaptiveGroups"] == [
        {"max": {"count": 1, "payloadSize": 3}, "dimensions": {"bucketName": "two"}}
    ]
    assert answer["errors"] is None


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, ["one", "two"]),
        ({"bucketName_neq": "one"}, ["two"]),
        ({"bucketName_in": ["one", "x"]}, ["one"]),
        ({"bucketName_notin": ["one", "x"]}, ["two"]),
        ({"bucketName_gt": "one"}, ["two"]),
        ({"bucketName_like": "%n_"}, ["one"]),
        ({"bucketName_notlike": "t%"}, ["one"]),
        ({"OR": [{"bucketName": "one"}, {"bucketName": "two"}]}, ["one", "two"]),
        ({"AND": [{"bucketName": "one"}, {"bucketName": "two"}]}, []),
        ({"bucketName": None, "date_lt": "2020-01-01"}, []),
        ({"datetime_geq": "2020-01-01T00:00:00.000Z"}, ["one", "two"]),
    ],
)
def test_filters_have_operators(cloud: ControlPlane, given: Any, names: list[str]) -> None:
    fill(cloud)
    fields = "dimensions { bucketName }"
    query = GROUPS.replace("ARGUMENTS", "limit: 9, filter: $f, orderBy: $o").replace(
        "FIELDS", fields
    )
    query = f"query ($f: Filter, $o: [Order]) {query}"
    found = ask(cloud, query, f=given, o=["bucketName_ASC"])
    rows = found["data"]["viewer"]["accounts"][0]["r2StorageAdaptiveGroups"]
    assert [it["dimensions"]["bucketName"] for it in rows] == names


def test_what_is_not_there_is_named(cloud: ControlPlane) -> None:
    def message(query: str) -> str:
        return str(refusal(cloud, query)["message"])

    unknown = ACCOUNT_QUERY.replace("DATASET", "d1Queries { count }")
    assert message(unknown) == 'unknown field "d1Queries"'
    groups = GROUPS.replace("FIELDS", "max { objectCount }")
    assert "action" in message(groups.replace("ARGUMENTS", "limit: 9, filter: {action: 1}"))
    assert "limit" in message(groups.replace("(ARGUMENTS)", ""))
    assert "not greater than 10000" in message(groups.replace("ARGUMENTS", "limit: 10001"))
    assert "x_ASC" in message(groups.replace("ARGUMENTS", "limit: 9, orderBy: [x_ASC]"))
    assert message("{ viewer { zones { x } } }") == 'unknown field "zones"'
    assert "operation" in message("mutation { x }")
    assert "query" in message("query A { viewer { __typename } } query B { viewer { __typename } }")


def test_one_token_sees_nothing_of_another_account(cloud: ControlPlane) -> None:
    for variables in ({"accountTag": OTHER}, {}):
        error = refusal(cloud, STORAGE, **variables)
        assert error["message"] == "not authorized for that account"
        assert (error["path"], error["extensions"]["code"]) == (["viewer", "accounts"], "authz")


def test_the_schema_can_be_asked_for(cloud: ControlPlane) -> None:
    answer = ask(cloud, '{ __type(name: "account") { fields { name } } }')
    names = {it["name"] for it in answer["data"]["__type"]["fields"]}
    assert "workersInvocationsAdaptive" in names


@pytest.mark.parametrize(
    "query",
    ["", "{", "{viewer}}", "{viewer(x:}", "{...F}", "{ viewer @skip }", "%", "{a" * 900, "[" * 9],
)
def test_a_query_of_another_form_is_refused(cloud: ControlPlane, query: str) -> None:
    refusal(cloud, query)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "x", "bucketName_ASC", "2026-01-01", "9999-12-31T23:59:59Z"]),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(st.sampled_from(["AND", "OR", "bucketName", "date_gt", "a b"]), inner),
    max_leaves=5,
)  # fmt: skip


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with control_plane(tmp_path_factory.mktemp("state")) as served:
        fill(served)
        yield served


@settings(deadline=None)
@given(st.text('{}()[]:$!."\\#ab1- \n', max_size=30), ANY)
def test_any_text_is_answered(shared: ControlPlane, text: str, variables: Any) -> None:
    body = {"query": text, "variables": variables}
    answer = shared.api("POST", "/graphql", content=json_bytes(body)).response
    assert answer.status_code == 200


@settings(deadline=None)
@given(ANY, ANY, ANY)
def test_any_variables_are_answered(
    shared: ControlPlane, limit: Any, wanted: Any, order: Any
) -> None:
    query = GROUPS.replace("ARGUMENTS", "limit: $l, filter: $f, orderBy: $o").replace(
        "FIELDS", "dimensions { bucketName }"
    )
    body: dict[str, Any] = {"query": f"query ($l: x, $f: x, $o: x) {query}"}
    body |= {"variables": {"l": limit, "f": wanted, "o": order}}
    answer = shared.api("POST", "/graphql", content=json_bytes(body)).response
    assert answer.status_code == 200
    assert (answer.json()["data"] is None) == (answer.json()["errors"] is not None)


def json_bytes(body: Any) -> bytes:
    return json.dumps(body).encode()
