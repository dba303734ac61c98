"""Vectorize: vectors in their indexes, one store for the API and for running Workers."""

import heapq
import json
from array import array
from collections.abc import Iterable, Sequence

from localedge.model import Json
from localedge.state.database import Database
from localedge.state.vectorize.indexes import IndexStore, VectorIndex
from localedge.state.vectorize.requests import Vector, VectorQuery
from localedge.state.vectorize.rules import (
    check_query,
    check_query_vector,
    check_vector,
    matches,
    score,
)
from localedge.wire.vectorize_errors import VectorizeBadQuery

SCHEMA = """
CREATE TABLE IF NOT EXISTS vectorize_vectors (
    account_id TEXT NOT NULL,
    index_name TEXT NOT NULL,
    id TEXT NOT NULL,
    namespace TEXT,
    floats BLOB NOT NULL,
    metadata TEXT,
    PRIMARY KEY (account_id, index_name, id),
    FOREIGN KEY (account_id, index_name) REFERENCES vectorize_indexes ON DELETE CASCADE
);
"""
SELECT = """
SELECT id, floats, namespace, metadata FROM vectorize_vectors
WHERE account_id = ? AND index_name = ?
"""
COUNT = "SELECT count(*) FROM vectorize_vectors WHERE account_id = ? AND index_name = ?"
ADD = "INSERT OR IGNORE INTO vectorize_vectors VALUES (?, ?, ?, ?, ?, ?)"
REPLACE = "INSERT OR REPLACE INTO vectorize_vectors VALUES (?, ?, ?, ?, ?, ?)"
REMOVE = "DELETE FROM vectorize_vectors WHERE account_id = ? AND index_name = ? AND id = ?"


class VectorizeStore(IndexStore):
    """The indexes and their vectors. Cloudflare applies changes later; here they are at once."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        database.create(SCHEMA)

    def insert(
        self, index: VectorIndex, vectors: Iterable[Vector], *, replace: bool = False
    ) -> str:
        """Store vectors; an id that is there stays as it was unless `replace`.

        Returns the id of the change. Raises before anything is stored where a vector is not right.
        """
        rows = []
        for vector in vectors:
            check_vector(vector, index.dimensions)
            metadata = None if vector.metadata is None else json.dumps(vector.metadata)
            floats = array("d", vector.values).tobytes()
            rows.append((*_key(index), vector.id, vector.namespace, floats, metadata))
        with self._database.transaction():
            for row in rows:
                self._database.run(REPLACE if replace else ADD, row)
            return self.changed(index)

    def get(self, index: VectorIndex, ids: Sequence[str]) -> list[Vector]:
        """Return the vectors of these ids that exist, in the order of `ids`."""
        rows = [self._database.one(f"{SELECT} AND id = ?", (*_key(index), id_)) for id_ in ids]
        return [_vector(*row) for row in rows if row]

    def remove(self, index: VectorIndex, ids: Sequence[str]) -> str:
        """Drop the vectors of these ids; return the id of the change."""
        with self._database.transaction():
            for id_ in ids:
                self._database.run(REMOVE, (*_key(index), id_))
            return self.changed(index)

    def query(self, index: VectorIndex, ask: VectorQuery) -> dict[str, Json]:
        """Return the nearest vectors, the nearest first, as the API shows them."""
        check_query(ask)
        wanted = self._query_vector(index, ask)
        indexed = frozenset(index.indexed)
        scored = [
            (score(index.metric, wanted, vector.values), vector)
            for vector in (_vector(*row) for row in self._database.all(SELECT, _key(index)))
            if ask.namespace in {None, vector.namespace}
            and matches(ask.filter or {}, vector.metadata or {}, indexed)
        ]
        pick = heapq.nsmallest if index.metric == "euclidean" else heapq.nlargest
        nearest = pick(ask.top_k, scored, key=lambda pair: pair[0])
        shown = [_match(near, vector, ask, indexed) for near, vector in nearest]
        return {"count": len(shown), "matches": shown}

    def page(self, index: VectorIndex, limit: int, cursor: str = "") -> list[str]:
        """Return up to `limit` ids after the id `cursor`, in their order."""
        sql = f"{SELECT} AND id > ? ORDER BY id LIMIT ?"
        return [row["id"] for row in self._database.all(sql, (*_key(index), cursor, limit))]

    def count(self, index: VectorIndex) -> int:
        """Return how many vectors the index holds."""
        return int(self._database.all(COUNT, _key(index))[0][0])

    def info(self, index: VectorIndex) -> dict[str, Json]:
        """Return what the API says of an index's contents."""
        return {
            "dimensions": index.dimensions,
            "vectorCount": self.count(index),
            "processedUpToMutation": index.mutation_id,
            "processedUpToDatetime": index.mutated_at,
        }

    def _query_vector(self, index: VectorIndex, ask: VectorQuery) -> Sequence[float]:
        if ask.vector is None:
            found = self.get(index, [ask.vector_id or ""])
            if not found:
                raise VectorizeBadQuery(
                    f'vector id="{ask.vector_id}" not found'
                    if ask.vector_id
                    else "a query needs a vector or a vectorId"
                )
            return found[0].values
        check_query_vector(ask.vector, index.dimensions)
        return ask.vector


def _match(
    near: float, vector: Vector, ask: VectorQuery, indexed: frozenset[str]
) -> dict[str, Json]:
    match: dict[str, Json] = {"id": vector.id, "score": near}
    if vector.namespace is not None:
        match["namespace"] = vector.namespace
    if ask.return_values:
        match["values"] = vector.values
    if ask.return_metadata != "none":
        every = ask.return_metadata == "all"
        metadata = vector.metadata or {}
        match["metadata"] = {k: v for k, v in metadata.items() if every or k in indexed}
    return match


def _vector(id_: str, floats: bytes, namespace: str | None, metadata: str | None) -> Vector:
    return Vector.model_construct(
        id=id_,
        values=list(array("d", floats)),
        namespace=namespace,
        metadata=None if metadata is None else json.loads(metadata),
    )


def _key(index: VectorIndex) -> tuple[str, str]:
    return index.account_id, index.name
