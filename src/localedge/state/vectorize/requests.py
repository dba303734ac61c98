"""Vectorize requests: parses vectors, queries and ids."""

from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from localedge.model import Json
from localedge.wire.vectorize_errors import VectorizeBadQuery, VectorizeBadVector

M = TypeVar("M", bound=BaseModel)


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Vector(_Message):
    """One vector as it is stored and returned."""

    id: str
    values: list[float]
    namespace: str | None = None
    metadata: dict[str, Json] | None = None

    def shown(self) -> dict[str, Json]:
        """Return it as JSON, without what it does not have."""
        return self.model_dump(exclude_none=True)


class VectorQuery(_Message):
    """A query: by a vector or by a stored vector's id, with what to filter and return."""

    vector: list[float] | None = None
    vector_id: str | None = Field(default=None, alias="vectorId")
    top_k: int = Field(default=5, alias="topK", ge=1)
    namespace: str | None = None
    filter: dict[str, Json] | None = None
    return_values: bool = Field(default=False, alias="returnValues")
    return_metadata: Literal["none", "indexed", "all"] = Field(
        default="none", alias="returnMetadata"
    )


class Ids(_Message):
    """The vectors that are meant."""

    ids: list[str]


class Vectors(_Message):
    """Vectors as a Worker sends them that was built before they went as lines."""

    vectors: list[Vector]


def parse_vectors(body: bytes) -> list[Vector]:
    """Read vectors: one JSON object a line, or one object with the list `vectors`."""
    if body.startswith(b'{"vectors"'):
        return _vectors(Vectors, body).vectors
    lines = enumerate(body.splitlines(), start=1)
    return [_vectors(Vector, line, number) for number, line in lines if line.strip()]


def parse_query(body: bytes) -> VectorQuery:
    """Read a query."""
    return _query(VectorQuery, body)


def parse_ids(body: bytes) -> list[str]:
    """Read a list of ids: `{"ids": [...]}`."""
    return _query(Ids, body).ids


def _vectors(model: type[M], text: bytes, line: int = 1) -> M:
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise VectorizeBadVector(f"failed to parse vectors, line {line}: {_first(error)}") from None


def _query(model: type[M], body: bytes) -> M:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise VectorizeBadQuery(
            f"Failed to parse the request body as JSON: {_first(error)}"
        ) from None


def _first(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(map(str, problem["loc"]))
    return f"{where}: {problem['msg']}" if where else problem["msg"]
