from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from localedge.state.vectorize.indexes import VectorIndex
from localedge.state.vectorize.requests import Vector, VectorQuery
from localedge.state.vectorize.store import VectorizeStore
from localedge.wire.vectorize_errors import (
    VectorizeBadId,
    VectorizeBadIndex,
    VectorizeBadQuery,
    VectorizeBadVector,
    VectorizeIndexExists,
    VectorizeIndexNotFound,
    VectorizeQueryDimensions,
    VectorizeTopK,
    VectorizeVectorDimensions,
)
from support.storage import stores

ACCOUNT = "a" * 32


@pytest.fixture
def store(tmp_path: Path) -> Iterator[VectorizeStore]:
    with stores(tmp_path) as opened:
        yield opened.vectorize


@pytest.fixture
def index(store: VectorizeStore) -> VectorIndex:
    return store.ensure(ACCOUNT, "two", 2)


def vector(name: str, *values: float, **more: Any) -> Vector:
    return Vector(id=name, values=list(values), **more)


def ask(*values: float, **more: Any) -> VectorQuery:
    return VectorQuery.model_validate({"vector": list(values), **more})


def found(store: VectorizeStore, index: VectorIndex, question: VectorQuery) -> list[str]:
    return [match["id"] for match in store.query(index, question)["matches"]]


@pytest.mark.parametrize(
    ("metric", "order", "best"),
    [
        ("cosine", ["near", "far", "across"], pytest.approx(1)),
        ("dot-product", ["far", "near", "across"], 8),
        ("euclidean", ["near", "across", "far"], 1),
    ],
)
def test_each_metric_orders_its_own_way(
    store: VectorizeStore, metric: Any, order: list[str], best: Any
) -> None:
    index = store.ensure(ACCOUNT, "two", 2, metric)
    store.insert(index, [vector("far", 8, 1), vector("near", 2, 0), vector("across", 0, 2)])
    result = store.query(index, ask(1, 0))
    assert [match["id"] for match in result["matches"]] == order
    assert result["matches"][0]["score"] == best


def test_an_insert_keeps_what_is_there_and_an_upsert_does_not(
    store: VectorizeStore, index: VectorIndex
) -> None:
    store.insert(index, [vector("a", 1, 0)])
    store.insert(index, [vector("a", 0, 1)])
    assert store.get(index, ["a"])[0].values == [1, 0]
    store.insert(index, [vector("a", 0, 1)], replace=True)
    assert store.get(index, ["a"])[0].values == [0, 1]


def test_one_wrong_vector_keeps_all_out(store: VectorizeStore, index: VectorIndex) -> None:
    with pytest.raises(VectorizeVectorDimensions, match="expected 2 dimensions, and got 3"):
        store.insert(index, [vector("a", 1, 0), vector("b", 1, 0, 0)])
    assert store.count(index) == 0


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (vector("", 1, 0), VectorizeBadId),
        (vector("x" * 65, 1, 0), VectorizeBadId),
        (vector("a", 1, 0, namespace="x" * 65), VectorizeBadId),
        (vector("a", 1, float("inf")), VectorizeBadVector),
        (vector("a", 1, 0, metadata={"k": float("nan")}), VectorizeBadVector),
        (vector("a", 1, 0, metadata={"k": "x" * 10240}), VectorizeBadVector),
    ],
)
def test_a_vector_that_vectorize_refuses_is_refused(
    store: VectorizeStore, index: VectorIndex, wrong: Vector, error: type[Exception]
) -> None:
    with pytest.raises(error):
        store.insert(index, [wrong])


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ({"kind": "cat"}, ["tom"]),
        ({"kind": {"$eq": "cat"}}, ["tom"]),
        ({"kind": {"$ne": "cat"}}, ["rex", "absent"]),
        ({"kind": {"$in": ["cat", "dog"]}}, ["tom", "rex"]),
        ({"kind": {"$nin": ["cat"]}}, ["rex", "absent"]),
        ({"age": {"$gte": 3, "$lt": 5}}, ["tom"]),
        ({"age": {"$gt": 3}}, ["rex"]),
        ({"age": {"$lte": "z"}}, []),
        ({"home.town": "Rome"}, ["rex"]),
        ({"good": True}, ["rex"]),
        ({"good": 1}, []),
        ({"kind": "cat", "age": 5}, []),
        ({"kind": {"$near": "cat"}}, []),
        ({"not indexed": "cat"}, []),
        ({}, ["tom", "rex", "absent"]),
    ],
)
def test_a_filter_lets_through_what_meets_it(
    store: VectorizeStore, index: VectorIndex, condition: dict[str, Any], names: list[str]
) -> None:
    for name in ("kind", "age", "home.town", "good"):
        index = store.require(ACCOUNT, index.name)
        store.set_filterable(index, name, "string")
    rex = {"kind": "dog", "age": 5, "home": {"town": "Rome"}, "good": True, "not indexed": "cat"}
    store.insert(
        index,
        [
            vector("tom", 3, 0, metadata={"kind": "cat", "age": 3}),
            vector("rex", 2, 1, metadata=rex),
            vector("absent", 1, 2),
        ],
    )
    question = ask(1, 0, filter=condition)
    assert found(store, store.require(ACCOUNT, index.name), question) == names


def test_a_namespace_parts_vectors(store: VectorizeStore, index: VectorIndex) -> None:
    store.insert(index, [vector("a", 1, 0, namespace="one"), vector("b", 1, 0, namespace="two")])
    assert found(store, index, ask(1, 0, namespace="two")) == ["b"]
    assert found(store, index, ask(1, 0, namespace="none")) == []


def test_a_query_gives_no_more_than_it_is_asked_for(
    store: VectorizeStore, index: VectorIndex
) -> None:
    store.insert(index, [vector("a", 1, 0, metadata={"k": 1}), vector("b", 0, 1)])
    (match,) = store.query(index, ask(1, 0, topK=1))["matches"]
    assert match == {"id": "a", "score": 1}
    (full,) = store.query(index, ask(1, 0, topK=1, returnValues=True, returnMetadata="all"))[
        "matches"
    ]
    assert (full["values"], full["metadata"]) == ([1, 0], {"k": 1})
    (part,) = store.query(index, ask(1, 0, topK=1, returnMetadata="indexed"))["matches"]
    assert part["metadata"] == {}


def test_a_stored_vector_can_be_the_question(store: VectorizeStore, index: VectorIndex) -> None:
    store.insert(index, [vector("a", 1, 0), vector("b", 1, 1)])
    assert found(store, index, VectorQuery.model_validate({"vectorId": "b"})) == ["b", "a"]
    with pytest.raises(VectorizeBadQuery, match="not found"):
        store.query(index, VectorQuery.model_validate({"vectorId": "absent"}))
    with pytest.raises(VectorizeBadQuery, match="needs a vector"):
        store.query(index, VectorQuery())


def test_a_query_asks_for_no_more_than_is_allowed(
    store: VectorizeStore, index: VectorIndex
) -> None:
    assert found(store, index, ask(1, 0, topK=100)) == []
    with pytest.raises(VectorizeTopK, match="max top K is 100, but got 101"):
        store.query(index, ask(1, 0, topK=101))
    with pytest.raises(VectorizeTopK, match="max top K is 50, but got 51"):
        store.query(index, ask(1, 0, topK=51, returnMetadata="all"))
    with pytest.raises(VectorizeQueryDimensions):
        store.query(index, ask(1))


def test_vectors_survive_a_restart(tmp_path: Path) -> None:
    with stores(tmp_path) as before:
        index = before.vectorize.ensure(ACCOUNT, "two", 2)
        before.vectorize.insert(index, [vector("a", 0.1, 0.2, metadata={"k": "é"})])
    with stores(tmp_path) as after:
        assert after.vectorize.get(index, ["a"]) == [vector("a", 0.1, 0.2, metadata={"k": "é"})]


def test_deleting_an_index_deletes_its_vectors(store: VectorizeStore, index: VectorIndex) -> None:
    store.insert(index, [vector("a", 1, 0)])
    store.delete(index)
    with pytest.raises(VectorizeIndexNotFound):
        store.require(ACCOUNT, "two")
    assert store.count(store.ensure(ACCOUNT, "two", 2)) == 0


def test_an_index_is_made_of_a_preset(store: VectorizeStore) -> None:
    index = store.create(ACCOUNT, "preset", {"preset": "@cf/baai/bge-large-en-v1.5"})
    assert (index.dimensions, index.metric) == (1024, "cosine")


def test_a_name_is_taken_once(store: VectorizeStore, index: VectorIndex) -> None:
    with pytest.raises(VectorizeIndexExists):
        store.create(ACCOUNT, index.name, {"dimensions": 2, "metric": "cosine"})


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("Big", {"dimensions": 2, "metric": "cosine"}),
        ("a", {"dimensions": 1537, "metric": "cosine"}),
        ("a", {"dimensions": "2", "metric": "cosine"}),
        ("a", {"dimensions": 2, "metric": "manhattan"}),
        ("a", {"preset": "unknown"}),
        ("a", None),
    ],
)
def test_an_index_that_vectorize_refuses_is_refused(
    store: VectorizeStore, name: str, config: Any
) -> None:
    with pytest.raises(VectorizeBadIndex):
        store.create(ACCOUNT, name, config)
