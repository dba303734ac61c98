import pytest

from localedge.state.vectorize.requests import parse_ids, parse_query, parse_vectors
from localedge.wire.vectorize_errors import VectorizeBadQuery, VectorizeBadVector


def test_vectors_are_read_from_lines_and_from_one_object() -> None:
    lines = b'{"id":"a","values":[1]}\n\n{"id":"b","values":[2],"namespace":"n"}\n'
    whole = b'{"vectors":[{"id":"a","values":[1]},{"id":"b","values":[2],"namespace":"n"}]}'
    assert parse_vectors(lines) == parse_vectors(whole)
    assert [vector.id for vector in parse_vectors(lines)] == ["a", "b"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"no json", "line 1: Invalid JSON"),
        (b"\xff", "line 1: Invalid JSON"),
        (b'{"id":"\\ud800","values":[1]}', "line 1: Invalid JSON"),
        (b'{"id":"a","values":[1]}\n{"id":"b"}', "line 2: values: Field required"),
        (b'{"id":"a","values":["x"]}', "line 1: values.0: "),
        (b'{"id":"a","values":[1],"colour":"red"}', "line 1: colour: Extra inputs"),
        (b'{"vectors":[{"id":"a"}]}', "line 1: vectors.0.values: Field required"),
        (b"7", "failed to parse vectors"),
    ],
)
def test_a_vector_that_cannot_be_read_is_named(body: bytes, says: str) -> None:
    with pytest.raises(VectorizeBadVector, match=says):
        parse_vectors(body)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"topK":0}', b'{"returnMetadata":false}', b'{"vector":["x"]}']
)
def test_a_query_that_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(VectorizeBadQuery, match="Failed to parse the request body as JSON"):
        parse_query(body)


def test_ids_are_a_list_of_texts() -> None:
    assert parse_ids(b'{"ids":["a"]}') == ["a"]
    with pytest.raises(VectorizeBadQuery):
        parse_ids(b'{"ids":"a"}')
