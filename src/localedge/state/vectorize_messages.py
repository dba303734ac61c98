"""What Vectorize is told: vectors, queries and ids, read from a request's bytes."""

import json
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from localedge.model import Json
from localedge.wire.storage_errors import VectorizeBadQuery, VectorizeBadVector

M = TypeVar("M")


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


class Ask(_Message):
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


_VECTORS = TypeAdapter(list[Vector])


def vectors_from(body: bytes) -> list[Vector]:
    """Read vectors: one JSON object a line, or one object with the list `vectors`."""
    try:
        objects = [json.loads(line) for line in body.splitlines() if line.strip()]
        if len(objects) == 1 and "vectors" in objects[0]:
            objects = objects[0]["vectors"]
        return _VECTORS.validate_python(objects)
    except (ValueError, TypeError) as error:
        raise VectorizeBadVector(f"failed to parse vectors: {_first(error)}") from None


def ask_from(body: bytes) -> Ask:
    """Read a query."""
    return _read(Ask, body)


def ids_from(body: bytes) -> list[str]:
    """Read a list of ids: `{"ids": [...]}`."""
    return _read(Ids, body).ids


def _read(model: type[M], body: bytes) -> M:
    try:
        return TypeAdapter(model).validate_json(body)
    except ValidationError as error:
        raise VectorizeBadQuery(
            f"Failed to parse the request body as JSON: {_first(error)}"
        ) from None


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        problem = error.errors(include_url=False, include_context=False)[0]
        return f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
    return str(error)
