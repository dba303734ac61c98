import contextlib
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localedge.services.graphql.query import Field, GraphqlError, parse_query
from support.control_plane import ACCOUNT, OTHER, ControlPlane

STORAGE = """
query Named($accountTag: String, $filter: Filter_InputObject) {
  viewer {
    accounts(filter: { accountTag: $accountTag }) {
      r2StorageAdaptiveGroups(limit: 1, filter: $filter, orderBy: [datetime_DESC]) {
        max { count: objectCount, payloadSize }
        dimensions { bucketName }
      }
    }
  }
}
"""


def ask(cloud: ControlPlane, query: str, **variables: Any) -> Any:
    given = {"query": query, "variables": variables}
    answer = cloud.api("POST", "/graphql", json=given).response
    assert answer.status_code == 200
    return answer.json()


def refusal(cloud: ControlPlane, query: str, **variables: Any) -> str:
    answer = ask(cloud, query, **variables)
    assert answer["data"] is None
    message: str = answer["errors"][0]["message"]
    return message


def test_a_bucket_shows_what_it_holds(cloud: ControlPlane) -> None:
    buckets = f"/accounts/{ACCOUNT}/r2/buckets"
    for name in ("one", "two"):
        cloud.api("POST", buckets, json={"name": name})
    cloud.api("PUT", f"{buckets}/two/objects/a", content=b"123")
    answer = ask(cloud, STORAGE, accountTag=ACCOUNT, filter={"bucketName": "two"})
    (account,) = answer["data"]["viewer"]["accounts"]
    assert account["r2StorageAdaptiveGroups"] == [
        {"max": {"count": 1, "payloadSize": 3}, "dimensions": {"bucketName": "two"}}
    ]
    assert answer["errors"] is None


def test_what_localedge_does_not_have_is_refused_by_name(cloud: ControlPlane) -> None:
    account = f'{{ viewer {{ accounts(filter: {{accountTag: "{ACCOUNT}"}}) {{ DATASET }} }} }}'
    assert '"d1Queries"' in refusal(cloud, account.replace("DATASET", "d1Queries { count }"))
    groups = account.replace("DATASET", "r2StorageAdaptiveGroups(limit: 9, FILTER) { min { x } }")
    assert "filters" in refusal(cloud, groups.replace("FILTER", "filter: {action: 1}"))
    cloud.api("POST", f"/accounts/{ACCOUNT}/r2/buckets", json={"name": "one"})
    assert '"min"' in refusal(cloud, groups.replace("FILTER", ""))
    assert '"zones"' in refusal(cloud, "{ viewer { zones { x } } }")
    assert "mutation" not in refusal(cloud, "mutation { x }")


def test_one_token_sees_nothing_of_another_account(cloud: ControlPlane) -> None:
    assert refusal(cloud, STORAGE, accountTag=OTHER) == "not authorized for that account"
    assert refusal(cloud, STORAGE) == "not authorized for that account"


@pytest.mark.parametrize(
    ("query", "variables", "fields"),
    [
        ("{a}", {}, (Field("a", "a"),)),
        ("query { b: a # c\n, d }", {}, (Field("a", "b"), Field("d", "d"))),
        (
            'query Q($v: [Int!]! = 1) { a(x: $v, y: {z: [1, -2.5, "t\\n", true, ENUM]}) { b } }',
            {"v": 7},
            (
                Field(
                    "a",
                    "a",
                    {"x": 7, "y": {"z": [1, -2.5, "t\n", True, "ENUM"]}},
                    (Field("b", "b"),),
                ),
            ),
        ),
    ],
)
def test_a_query_is_read(
    query: str, variables: Mapping[str, Any], fields: tuple[Field, ...]
) -> None:
    assert parse_query(query, variables) == fields


@pytest.mark.parametrize(
    "query",
    ["", "{", "{a", "{a}}", "{a(x:}", "{...F}", "{a @skip(if: true)}", "{a}{b}", "%", "{" * 99],
)
def test_a_query_of_another_form_is_refused(query: str) -> None:
    with pytest.raises(GraphqlError):
        parse_query(query, {})


@given(st.text('{}()[]:$!."\\#ab1- \n', max_size=30))
def test_any_text_is_a_query_or_refused(text: str) -> None:
    with contextlib.suppress(GraphqlError):
        assert parse_query(text, {}) is not None
