"""What a Vectorize request may say, and how near two vectors are.

Limits: https://developers.cloudflare.com/vectorize/platform/limits/. This is a stand-in: it looks
at every vector in plain Python, which is right for thousands and slow for millions.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from operator import mul
from typing import Literal

from localedge.model import Json
from localedge.state.json_values import as_text
from localedge.state.vectorize.requests import Vector, VectorQuery
from localedge.wire.vectorize_errors import (
    VectorizeBadId,
    VectorizeBadVector,
    VectorizeQueryDimensions,
    VectorizeTopK,
    VectorizeVectorDimensions,
)

Metric = Literal["cosine", "euclidean", "dot-product"]
MAX_ID_BYTES = 64
MAX_METADATA_BYTES = 10 * 1024
MAX_TOP_K = 100
MAX_TOP_K_IN_FULL = 50
PRESETS: Mapping[str, int] = {
    "@cf/baai/bge-small-en-v1.5": 384,
    "@cf/baai/bge-base-en-v1.5": 768,
    "@cf/baai/bge-large-en-v1.5": 1024,
    "openai/text-embedding-ada-002": 1536,
    "cohere/embed-multilingual-v2.0": 768,
}


def check_vector(vector: Vector, dimensions: int) -> None:
    """Raise where an index of so many dimensions cannot take the vector."""
    for what, text in (("id", vector.id), ("namespace", vector.namespace or "")):
        length = len(text.encode())
        if length > MAX_ID_BYTES:
            raise VectorizeBadId(
                f"{what} too long; max is {MAX_ID_BYTES} bytes, got {length} bytes"
            )
    if not vector.id:
        raise VectorizeBadId("id must not be empty")
    if len(vector.values) != dimensions:
        raise VectorizeVectorDimensions(
            f'invalid vector for id="{vector.id}", expected {dimensions} dimensions, '
            f"and got {len(vector.values)} dimensions"
        )
    if not all(map(math.isfinite, vector.values)):
        raise VectorizeBadVector(f'invalid vector for id="{vector.id}", not every value is finite')
    try:
        metadata = as_text(vector.metadata)
    except ValueError:
        raise VectorizeBadVector(f'invalid metadata for id="{vector.id}"') from None
    if len(metadata.encode()) > MAX_METADATA_BYTES:
        raise VectorizeBadVector(
            f'metadata of id="{vector.id}" too large; max is {MAX_METADATA_BYTES} bytes'
        )


def check_query(ask: VectorQuery) -> None:
    """Raise where a query wants more than one answer may hold."""
    in_full = ask.return_values or ask.return_metadata == "all"
    if in_full and ask.top_k > MAX_TOP_K_IN_FULL:
        raise VectorizeTopK(
            f"with returnValues=true or returnMetadata=all, max top K is {MAX_TOP_K_IN_FULL}, "
            f"but got {ask.top_k}; for a top K up to {MAX_TOP_K}, retry with returnValues=false "
            "and returnMetadata=indexed"
        )
    if ask.top_k > MAX_TOP_K:
        raise VectorizeTopK(f"max top K is {MAX_TOP_K}, but got {ask.top_k}")


def check_query_vector(values: Sequence[float], dimensions: int) -> None:
    """Raise where the query's vector does not fit the index."""
    if len(values) != dimensions:
        raise VectorizeQueryDimensions(
            f"invalid query vector, expected {dimensions} dimensions, "
            f"and got {len(values)} dimensions"
        )


def score(metric: Metric, one: Sequence[float], other: Sequence[float]) -> float:
    """Return the score: a distance for `euclidean`, else the greater the nearer."""
    if metric == "euclidean":
        return math.dist(one, other)
    product = math.fsum(map(mul, one, other))
    if metric == "dot-product":
        return product
    lengths = math.hypot(*one) * math.hypot(*other)
    return product / lengths if lengths else 0.0


def matches(
    condition: Mapping[str, Json], metadata: Mapping[str, Json], indexed: frozenset[str]
) -> bool:
    """Return whether metadata meets a filter.

    A property without a metadata index meets none: Vectorize filters on indexed ones alone.
    """
    return all(
        name in indexed and _meets(_property(metadata, name), wanted)
        for name, wanted in condition.items()
    )


def _property(metadata: Mapping[str, Json], name: str) -> Json:
    value: Json = metadata
    for step in name.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _meets(value: Json, wanted: Json) -> bool:
    if not isinstance(wanted, Mapping):
        return _same(value, wanted)
    return all(
        operator in _OPERATORS and _OPERATORS[operator](value, operand)
        for operator, operand in wanted.items()
    )


def _same(value: Json, operand: Json) -> bool:
    return isinstance(value, bool) == isinstance(operand, bool) and bool(value == operand)


def _ordered(compare: Callable[[Json, Json], bool]) -> Callable[[Json, Json], bool]:
    def meets(value: Json, operand: Json) -> bool:
        numbers = isinstance(value, int | float) and isinstance(operand, int | float)
        texts = isinstance(value, str) and isinstance(operand, str)
        return (numbers or texts) and compare(value, operand)

    return meets


def _one_of(value: Json, operands: Json) -> bool:
    return isinstance(operands, list) and any(_same(value, operand) for operand in operands)


_OPERATORS: Mapping[str, Callable[[Json, Json], bool]] = {
    "$eq": _same,
    "$ne": lambda value, operand: not _same(value, operand),
    "$in": _one_of,
    "$nin": lambda value, operands: not _one_of(value, operands),
    "$lt": _ordered(lambda value, operand: value < operand),
    "$lte": _ordered(lambda value, operand: value <= operand),
    "$gt": _ordered(lambda value, operand: value > operand),
    "$gte": _ordered(lambda value, operand: value >= operand),
}
