"""Vectorize's indexes: which there are, their shapes, and what filters may name."""

import json
import re
from dataclasses import dataclass
from typing import get_args
from uuid import uuid4

from localedge.model import Json
from localedge.state.database import Database
from localedge.state.timestamps import now
from localedge.state.vectorize.rules import PRESETS, Metric
from localedge.wire.vectorize_errors import (
    VectorizeBadIndex,
    VectorizeBadQuery,
    VectorizeIndexExists,
    VectorizeIndexNotFound,
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS vectorize_indexes (
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    dimensions INTEGER NOT NULL,
    metric TEXT NOT NULL,
    description TEXT NOT NULL,
    created_on TEXT NOT NULL,
    indexed TEXT NOT NULL DEFAULT '{}',
    mutation_id TEXT,
    mutated_at TEXT,
    PRIMARY KEY (account_id, name)
);
"""
SELECT = """
SELECT account_id, name, dimensions, metric, description, created_on, indexed, mutation_id,
mutated_at FROM vectorize_indexes WHERE account_id = ?
"""
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
MAX_DIMENSIONS = 1536
MAX_METADATA_INDEXES = 10


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """One index; `indexed` maps each property that filters may name to its type."""

    account_id: str
    name: str
    dimensions: int
    metric: Metric
    description: str
    created_on: str
    indexed: dict[str, str]
    mutation_id: str | None
    mutated_at: str | None


class IndexStore:
    """Every index of every account."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.create(SCHEMA)

    def indexes(self, account_id: str) -> list[VectorIndex]:
        """Return the account's indexes by name."""
        rows = self._database.all(f"{SELECT} ORDER BY name", (account_id,))
        return [_index(dict(row)) for row in rows]

    def index(self, account_id: str, name: str) -> VectorIndex | None:
        """Return one index, or None where the account has none of this name."""
        row = self._database.one(f"{SELECT} AND name = ?", (account_id, name))
        return _index(dict(row)) if row else None

    def require(self, account_id: str, name: str) -> VectorIndex:
        """Return one index; raise `VectorizeIndexNotFound` where there is none."""
        found = self.index(account_id, name)
        if found is None:
            raise VectorizeIndexNotFound(f'vectorize.index.not_found - Index name "{name}"')
        return found

    def create(
        self, account_id: str, name: str, config: Json, description: str = ""
    ) -> VectorIndex:
        """Make an index from an API config: dimensions and metric, or a preset's name."""
        if not NAME.fullmatch(name):
            raise VectorizeBadIndex(f'vectorize.index.invalid_name - Index name "{name}"')
        if self.index(account_id, name) is not None:
            raise VectorizeIndexExists(f'vectorize.index.duplicate_name - Index name "{name}"')
        dimensions, metric = _config(config)
        return self.ensure(account_id, name, dimensions, metric, description)

    def ensure(
        self,
        account_id: str,
        name: str,
        dimensions: int = 768,
        metric: Metric = "cosine",
        description: str = "",
    ) -> VectorIndex:
        """Make an index of a given shape, unless one of this name is there."""
        self._database.run(
            "INSERT OR IGNORE INTO vectorize_indexes"
            " (account_id, name, dimensions, metric, description, created_on)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (account_id, name, dimensions, metric, description, now()),
        )
        return self.require(account_id, name)

    def delete(self, index: VectorIndex) -> None:
        """Drop an index and its vectors."""
        self._database.run(
            "DELETE FROM vectorize_indexes WHERE account_id = ? AND name = ?",
            (index.account_id, index.name),
        )

    def clear(self) -> None:
        """Forget every index of every account."""
        self._database.run("DELETE FROM vectorize_indexes")

    def set_filterable(self, index: VectorIndex, name: str, kind: str | None) -> str:
        """Make a metadata index on a property, or drop it where `kind` is None."""
        indexed = {key: value for key, value in index.indexed.items() if key != name}
        if kind is not None:
            indexed[name] = kind
        if len(indexed) > MAX_METADATA_INDEXES:
            raise VectorizeBadQuery(f"an index has at most {MAX_METADATA_INDEXES} metadata indexes")
        self._database.run(
            "UPDATE vectorize_indexes SET indexed = ? WHERE account_id = ? AND name = ?",
            (json.dumps(indexed), index.account_id, index.name),
        )
        return self.changed(index)

    def changed(self, index: VectorIndex) -> str:
        """Note a change of the index's contents; return the change's id."""
        mutation = str(uuid4())
        self._database.run(
            "UPDATE vectorize_indexes SET mutation_id = ?, mutated_at = ?"
            " WHERE account_id = ? AND name = ?",
            (mutation, now(), index.account_id, index.name),
        )
        return mutation


def _config(config: Json) -> tuple[int, Metric]:
    if not isinstance(config, dict):
        raise VectorizeBadIndex("vectorize.index.invalid_config - config must be an object")
    if "preset" in config:
        if config["preset"] not in PRESETS:
            raise VectorizeBadIndex(f"vectorize.index.invalid_preset - {config['preset']!r}")
        return PRESETS[config["preset"]], "cosine"
    dimensions = config.get("dimensions")
    if not isinstance(dimensions, int) or not 1 <= dimensions <= MAX_DIMENSIONS:
        raise VectorizeBadIndex(f"vectorize.index.invalid_dimensions - {dimensions!r}")
    for metric in get_args(Metric):
        if metric == config.get("metric"):
            return dimensions, metric
    raise VectorizeBadIndex(f"vectorize.index.invalid_metric - {config.get('metric')!r}")


def _index(row: dict[str, Json]) -> VectorIndex:
    return VectorIndex(**(row | {"indexed": json.loads(row["indexed"])}))
