"""What an earlier run over a fleet left to be done."""

from typing import Any

import pytest

from edgefleet.config.target import STAGING
from edgefleet.fleet.models import FleetOptions, FleetRecord, Outcome, TargetResult
from edgefleet.fleet.records.resume import remaining_tenants
from edgefleet.records.models import Record, Status
from support.records import NOON, run

RUN = FleetRecord(
    environment=STAGING,
    conduct=FleetOptions(engine="api"),
    bundle_digest="d1",
    started=NOON,
    members=tuple(TargetResult(tenant=one.replace("_", "-"), outcome=one) for one in Outcome),
    edgefleet_version="0",
)


def test_what_failed_or_was_never_begun_is_left() -> None:
    left = "waiting in-progress failed restored restore-failed interrupted"
    assert remaining_tenants(RUN, lambda _: None) == tuple(left.split())


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({}, False),
        ({"status": Status.UNCHANGED}, False),
        ({"status": Status.FAILED}, True),
        ({"status": Status.IN_PROGRESS}, True),
        ({"bundle_digest": "d2"}, True),
        ({"start": -1}, True),
    ],
    ids=str,
)
def test_what_was_brought_to_the_same_bundle_since_is_done(
    fields: dict[str, Any], *, left: bool
) -> None:
    given = {"start": 1, "bundle_digest": "d1", **fields}

    def last(_target: object) -> Record:
        return run(given["start"], 9, **{key: one for key, one in given.items() if key != "start"})

    assert bool(remaining_tenants(RUN, last)) is left
