"""The arithmetic of docs/scale.md: every computed cell follows from the table of inputs."""

from math import ceil
from pathlib import Path

import pytest

from edgefleet.actions.targets.drift_targets import BATCH
from edgefleet.actions.targets.ring_jobs import LARGEST_MATRIX
from support.request_counts import MOST

PAGE = (Path(__file__).parents[3] / "docs" / "scale.md").read_text()
Row = dict[str, str]


def tables(heading: str) -> list[Row]:
    """Return the rows of the table below a heading, by the names of the columns."""
    part = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("|")]
    names, _, *rows = lines
    return [dict(zip(names, row, strict=True)) for row in rows]


def test_the_requests_are_those_that_are_counted() -> None:
    assert {row["course"]: int(row["requests"]) for row in tables("Requests")} == MOST


GIVEN = {row["input"]: float(row["value"]) for row in tables("What goes in")}
REQUESTS = GIVEN["API requests of a deploy"] + GIVEN["API requests of the check before it"]
AT_LEAST_TARGETS = 85
"""What one owner's tokens deploy in five minutes."""
DEPLOY, SETUP = GIVEN["seconds of a deploy"], GIVEN["seconds to set up a runner"]
AT_ONCE, SHARD = GIVEN["targets at once"], GIVEN["seconds of a shard"]


def cells(row: Row) -> list[int]:
    return [int(cell) for cell in row.values()]


def minutes(seconds: float) -> int:
    return ceil(seconds / 60)


@pytest.mark.parametrize("row", tables("One runner"))
def test_one_runner(row: Row) -> None:
    tenants, *computed = cells(row)
    wall = SETUP + tenants * DEPLOY / AT_ONCE
    loop = SETUP + tenants * GIVEN["seconds of `wrangler deploy`"]
    assert computed == [
        round(wall),
        minutes(wall),
        tenants * REQUESTS,
        round(loop),
        minutes(loop),
    ]


@pytest.mark.parametrize("row", tables("One job for each target"))
def test_one_job_for_each_target(row: Row) -> None:
    tenants, *computed = cells(row)
    wall = SETUP + DEPLOY
    assert computed == [tenants, round(wall), tenants * minutes(wall)]


@pytest.mark.parametrize("row", tables("Shards"))
def test_shards(row: Row) -> None:
    tenants, *computed = cells(row)
    shards = ceil(tenants * DEPLOY / SHARD)
    each = ceil(tenants / shards)
    wall = SETUP + each * DEPLOY / AT_ONCE
    assert computed == [shards, each, round(wall), shards * minutes(wall)]


@pytest.mark.parametrize("row", tables("One owner for all"))
def test_one_owner_for_all(row: Row) -> None:
    tenants, *computed = cells(row)
    windows = ceil(tenants * REQUESTS / GIVEN["requests allowed"])
    least = (windows - 1) * GIVEN["seconds of the window"]
    assert computed == [tenants * REQUESTS, windows, least]


def test_the_same_sizes_are_told_of_everywhere() -> None:
    headings = ("One runner", "One job for each target", "Shards", "One owner for all")
    sizes = {heading: [row["tenants"] for row in tables(heading)] for heading in headings}
    assert set(map(tuple, sizes.values())) == {("10", "100", "1000", "10000")}


@pytest.mark.parametrize("row", tables("The drift check"))
def test_the_look_for_drift(row: Row) -> None:
    targets, jobs, month, *computed = row.values()
    batches = 2 * ceil(int(targets) / 2 / BATCH)
    assert computed == [str(batches), str(batches * 2 * 30)]
    alone = int(targets) if int(targets) <= LARGEST_MATRIX else None
    assert (jobs, month) == ((str(alone), str(alone * 2 * 30)) if alone else ("-", "-"))


def test_deploys_take_the_requests_that_are_counted() -> None:
    assert GIVEN["API requests of a deploy"] == MOST["new version, by deploy-all"]
    assert GIVEN["API requests of the check before it"] == MOST["check of deploy-all, each token"]


def test_one_owner_deploys_85_targets_in_a_window() -> None:
    targets = int(GIVEN["requests allowed"] // REQUESTS)
    assert targets >= AT_LEAST_TARGETS
    assert f"{targets} targets in five minutes" in PAGE


def test_the_look_for_drift_takes_the_requests_that_are_counted() -> None:
    first, seen = MOST["drift, the live one not seen before"], MOST["drift"]
    assert f"{first} requests at each target" in PAGE
    assert f"`drift` makes {seen} to {first} requests" in PAGE
