"""The section `counters` of fleet.jsonc: where the Worker tells what each version has served."""

from typing import Annotated

from pydantic import Field

from edgefleet.config.health.places import Pointer
from edgefleet.config.health.requests import Headers, Path
from edgefleet.core.model import CamelModel

PLACEHOLDERS = ("tenant", "environment")
"""What a header may name as {tenant}."""


class LatencyBuckets(CamelModel):
    """Where the counters of a version tell how long its answers took."""

    buckets: Pointer = Field(
        description="Where a version's entry lists buckets, each above the one before."
    )
    up_to: Pointer = Field(
        default="/upToMs", description="Where a bucket has its upper bound, in milliseconds."
    )
    requests: Pointer = Field(
        default="/requests", description="Where a bucket has the requests in it alone."
    )


class CounterContract(CamelModel):
    """How edgefleet reads what each version of the Worker has served, to judge a canary.

    The numbers of a version only grow. The request itself should not be among them.
    """

    editor_schema: str | None = Field(
        default=None, alias="$schema", description="Where editors find this schema."
    )
    path: Path = Field(default="/metrics", description="The path that is asked, with its query.")
    headers: Headers = Field(
        default={},
        description="Headers of the request; {tenant} and {environment} stand for the target's. "
        'A secret stands by its name: {"secret": "NAME"}.',
    )
    versions: Pointer = Field(
        default="/versions", description="Where the JSON body lists an entry for each version."
    )
    id: Pointer = Field(default="/id", description="Where an entry has the version's id.")
    requests: Pointer = Field(
        default="/requests", description="Where an entry has the number of requests served."
    )
    errors: Pointer = Field(
        default="/errors",
        description="Where an entry has the number of failed requests; those of one caller in one "
        "minute should count once.",
    )
    latency: LatencyBuckets | None = Field(
        default=None, description="Where an entry tells how long answers took."
    )
    timeout: Annotated[float, Field(strict=True, ge=1, le=60)] = Field(
        default=10.0, description="Seconds for one answer."
    )
