"""The datasets of an account that a query can name, as rows of nested fields."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from localedge.model import Json
from localedge.services.graphql.query import GraphqlError
from localedge.state.r2.buckets import DEFAULT_JURISDICTION, R2Bucket
from localedge.state.r2.store import R2Store

Rows = list[dict[str, Json]]
Dataset = Callable[[str, Mapping[str, Json]], Rows]
"""Returns the rows of an account, by the arguments of a query's field."""
MOST_ROWS = 10_000
FILTERS = frozenset({"bucketName", "datetime_geq", "datetime_leq", "date_geq", "date_leq"})


def datasets(r2: R2Store) -> Mapping[str, Dataset]:
    """Return the datasets by the names of their fields."""
    return {"r2StorageAdaptiveGroups": lambda account, given: _r2_storage(r2, account, given)}


def _r2_storage(r2: R2Store, account: str, arguments: Mapping[str, Json]) -> Rows:
    """Return what each bucket holds now; Cloudflare measures once in a while."""
    wanted = arguments.get("filter") or {}
    if not isinstance(wanted, dict) or wanted.keys() - FILTERS:
        raise GraphqlError(f"localedge filters r2StorageAdaptiveGroups by {sorted(FILTERS)} only")
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    at = now.isoformat().replace("+00:00", "Z")
    rows = []
    for bucket in r2.buckets.of_account(account):
        count, size = r2.objects.totals(bucket)
        name = _full_name(bucket)
        if wanted.get("bucketName") in (None, name):
            rows.append(
                {
                    "dimensions": {"bucketName": name, "datetime": at, "date": at[:10]},
                    "max": {
                        "objectCount": count,
                        "payloadSize": size,
                        "metadataSize": 0,
                        "uploadCount": 0,
                    },
                }
            )
    return rows[: _limit(arguments)]


def _full_name(bucket: R2Bucket) -> str:
    if bucket.jurisdiction == DEFAULT_JURISDICTION:
        return bucket.name
    return f"{bucket.jurisdiction}_{bucket.name}"


def _limit(arguments: Mapping[str, Json]) -> int:
    limit = arguments.get("limit", MOST_ROWS)
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST_ROWS:
        raise GraphqlError(f"limit must be from 1 to {MOST_ROWS}")
    return limit
