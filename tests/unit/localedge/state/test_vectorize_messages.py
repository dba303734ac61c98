import pytest

from localedge.state.vectorize_messages import ask_from, ids_from, vectors_from
from localedge.wire.storage_errors import VectorizeBadQuery, VectorizeBadVector


def test_vectors_are_read_from_lines_and_from_one_object() -> None:
    lines = b'{"id":"a","values":[1]}\n\n{"id":"b","values":[2],"namespace":"n"}\n'
    whole = b'{"vectors":[{"id":"a","values":[1]},{"id":"b","values":[2],"namespace":"n"}]}'
    assert vectors_from(lines) == vectors_from(whole)
    assert [vector.id for vector in vectors_from(lines)] == ["a", "b"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"no json", "failed to parse vectors"),
        (b'{"id":"a"}', "0.values: Field required"),
        (b'{"id":"a","values":["x"]}', "0.values.0"),
        (b'{"id":"a","values":[1],"colour":"red"}', "0.colour: Extra inputs"),
        (b"7", "failed to parse vectors"),
    ],
)
def test_a_vector_that_cannot_be_read_is_named(body: bytes, says: str) -> None:
    with pytest.raises(VectorizeBadVector, match=says):
        vectors_from(body)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"topK":0}', b'{"returnMetadata":false}', b'{"vector":["x"]}']
)
def test_a_query_that_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(VectorizeBadQuery, match="Failed to parse the request body as JSON"):
        ask_from(body)


def test_ids_are_a_list_of_texts() -> None:
    assert ids_from(b'{"ids":["a"]}') == ["a"]
    with pytest.raises(VectorizeBadQuery):
        ids_from(b'{"ids":"a"}')
