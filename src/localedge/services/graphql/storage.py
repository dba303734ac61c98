"""The dataset `r2StorageAdaptiveGroups`: what each bucket holds, which wrangler reads."""

from datetime import UTC, datetime

from localedge.services.graphql.dataset import Dataset, Rows
from localedge.services.graphql.scalars import DATE, TEXT, TIME, WHOLE
from localedge.state.r2.buckets import DEFAULT_JURISDICTION, R2Bucket
from localedge.state.r2.store import R2Store

SIZES = ("objectCount", "payloadSize", "metadataSize", "uploadCount")


def storage(r2: R2Store) -> Dataset:
    """Return the dataset, as it is now; Cloudflare measures once in a while."""
    return Dataset(
        "r2StorageAdaptiveGroups",
        "AccountR2StorageAdaptiveGroups",
        {"bucketName": TEXT, "datetime": TIME, "date": DATE},
        {"max": {name: (WHOLE, lambda rows, name=name: rows[0][name]) for name in SIZES}},  # type: ignore[misc]
        lambda account, _: _rows(r2, account),
    )


def _rows(r2: R2Store, account: str) -> Rows:
    at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    rows = []
    for bucket in r2.buckets.of_account(account):
        count, size = r2.objects.totals(bucket)
        sizes = {"objectCount": count, "payloadSize": size, "metadataSize": 0, "uploadCount": 0}
        name = _full_name(bucket)
        rows.append({"bucketName": name, "datetime": at, "date": at.date(), **sizes})
    return rows


def _full_name(bucket: R2Bucket) -> str:
    if bucket.jurisdiction == DEFAULT_JURISDICTION:
        return bucket.name
    return f"{bucket.jurisdiction}_{bucket.name}"
