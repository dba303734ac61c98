from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localedge.services.storage import vectorize
from support.storage import Api, stores

INDEXES = f"/accounts/{'a' * 32}/vectorize/v2/indexes"
INDEX = f"{INDEXES}/two"
LINES = b'{"id":"a","values":[1,0],"metadata":{"k":"x"}}\n{"id":"b","values":[0,1]}'


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with stores(tmp_path) as opened:
        api = Api(vectorize.routes(opened.vectorize))
        config = {"dimensions": 2, "metric": "cosine"}
        api.result("POST", INDEXES, json={"name": "two", "config": config, "description": "d"})
        yield api


def test_an_index_is_made_listed_read_and_deleted(api: Api) -> None:
    (index,) = api.result("GET", INDEXES)
    assert index == api.result("GET", INDEX)
    assert (index["name"], index["description"]) == ("two", "d")
    assert index["config"] == {"dimensions": 2, "metric": "cosine"}
    assert api.result("DELETE", INDEX) is None
    assert api.refusal("GET", INDEX) == (404, 3000)


def test_a_name_is_taken_once(api: Api) -> None:
    body = {"name": "two", "config": {"dimensions": 2, "metric": "cosine"}}
    assert api.refusal("POST", INDEXES, json=body) == (409, 3002)


@pytest.mark.parametrize("body", [{"content": LINES}, {"files": {"vectors": ("v.ndjson", LINES)}}])
def test_vectors_come_as_lines_or_as_a_file(api: Api, body: dict[str, Any]) -> None:
    mutation = api.result("POST", f"{INDEX}/insert", **body)["mutationId"]
    info = api.result("GET", f"{INDEX}/info")
    assert (info["vectorCount"], info["processedUpToMutation"]) == (2, mutation)


def test_a_query_finds_the_nearest(api: Api) -> None:
    api.result("POST", f"{INDEX}/upsert", content=LINES)
    found = api.result("POST", f"{INDEX}/query", json={"vector": [1, 0], "topK": 1})
    assert found == {"count": 1, "matches": [{"id": "a", "score": 1}]}


def test_a_filter_works_when_its_property_is_indexed(api: Api) -> None:
    api.result("POST", f"{INDEX}/upsert", content=LINES)
    ask = {"vector": [1, 0], "filter": {"k": "x"}}
    assert api.result("POST", f"{INDEX}/query", json=ask)["count"] == 0
    made = {"propertyName": "k", "indexType": "string"}
    api.result("POST", f"{INDEX}/metadata_index/create", json=made)
    assert api.result("GET", f"{INDEX}/metadata_index/list") == {"metadataIndexes": [made]}
    assert api.result("POST", f"{INDEX}/query", json=ask)["count"] == 1
    api.result("POST", f"{INDEX}/metadata_index/delete", json={"propertyName": "k"})
    assert api.result("POST", f"{INDEX}/query", json=ask)["count"] == 0


def test_vectors_are_read_and_deleted_by_id(api: Api) -> None:
    api.result("POST", f"{INDEX}/upsert", content=LINES)
    assert api.result("POST", f"{INDEX}/get_by_ids", json={"ids": ["b", "absent"]}) == [
        {"id": "b", "values": [0, 1]}
    ]
    assert api.result("POST", f"{INDEX}/delete_by_ids", json={"ids": ["b"]})["mutationId"]
    assert api.result("GET", f"{INDEX}/info")["vectorCount"] == 1


def test_ids_are_listed_in_pages(api: Api) -> None:
    api.result("POST", f"{INDEX}/upsert", content=LINES)
    first = api.result("GET", f"{INDEX}/list", params={"count": 1})
    assert (first["vectors"], first["isTruncated"], first["totalCount"]) == ([{"id": "a"}], True, 2)
    params = {"count": 1, "cursor": first["nextCursor"]}
    second = api.result("GET", f"{INDEX}/list", params=params)
    assert (second["vectors"], second["isTruncated"]) == ([{"id": "b"}], False)


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("query", {"vector": [1]}, 40006),
        ("query", {"vector": [1, 0], "topK": 101}, 40025),
        ("query", {"returnMetadata": True}, 40026),
        ("upsert", {"id": "a", "values": [1]}, 40012),
        ("upsert", {"id": "x" * 65, "values": [1, 0]}, 40008),
        ("upsert", {"name": "a"}, 40023),
        ("metadata_index/create", {"propertyName": "k", "indexType": "date"}, 40026),
    ],
)
def test_what_vectorize_refuses_is_refused(
    api: Api, path: str, body: dict[str, Any], code: int
) -> None:
    assert api.refusal("POST", f"{INDEX}/{path}", json=body) == (400, code)


def test_a_form_without_vectors_is_refused(api: Api) -> None:
    files = {"other": ("v", LINES)}
    assert api.refusal("POST", f"{INDEX}/insert", files=files) == (400, 40023)


@pytest.mark.parametrize("count", ["0", "1001", "many", "-1"])
def test_a_page_has_a_number_of_ids(api: Api, count: str) -> None:
    assert api.refusal("GET", f"{INDEX}/list", params={"count": count}) == (400, 40026)
