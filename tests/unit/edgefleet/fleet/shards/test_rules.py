"""Targets packed into runners."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from edgefleet.config.target import PRODUCTION, STAGING, Environment, Target
from edgefleet.errors import UsageError
from edgefleet.fleet.shards.models import TargetCost
from edgefleet.fleet.shards.rules import expected, measured, shards
from edgefleet.records.models import Action, Status
from support.records import TARGET, run


def load(
    name: str, seconds: float, owner: str | None = None, environment: Environment = STAGING
) -> TargetCost:
    target = Target(tenant=name, environment=environment)
    return TargetCost(target=target, seconds=seconds, owner=owner)


LOADS = some.lists(
    some.builds(
        load,
        some.from_regex(r"[a-z]{1,6}", fullmatch=True),
        some.floats(0.1, 100),
        some.sampled_from([None, None, "agency", "bureau"]),
        some.sampled_from([STAGING, PRODUCTION]),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda one: str(one.target),
)


@given(LOADS, some.floats(1, 200), some.integers(2, 20))
def test_each_target_is_in_one_of_few_shards(
    loads: list[TargetCost], seconds: float, most: int
) -> None:
    found = shards(loads, seconds=seconds, most=most)
    packed = Counter((name, one.environment) for one in found for name in one.tenants)
    assert packed == {(one.target.tenant, one.target.environment): 1 for one in loads}
    assert 1 <= len(found) <= most
    owners: dict[tuple[str, Environment], set[int]] = {}
    for number, shard in enumerate(found):
        for one in loads:
            mine = one.target.tenant in shard.tenants
            if one.owner and mine and one.target.environment is shard.environment:
                owners.setdefault((one.owner, shard.environment), set()).add(number)
    assert all(len(numbers) == 1 for numbers in owners.values())


def test_a_shard_is_no_longer_than_asked_where_nothing_forces_it() -> None:
    found = shards([load(f"t{n}", 7 + n % 5) for n in range(100)], seconds=60, most=256)
    assert max(one.seconds for one in found) <= 60
    assert len(found) <= 1.2 * sum(7 + n % 5 for n in range(100)) / 60


def test_shards_grow_where_there_would_be_too_many() -> None:
    found = shards([load(f"t{n:03}", 10) for n in range(600)], seconds=10, most=256)
    assert 200 <= len(found) <= 256
    assert max(one.seconds for one in found) == 30


def test_the_same_fleet_gives_the_same_shards_in_whatever_order() -> None:
    loads = [load(f"t{n}", 1 + n % 3) for n in range(30)]
    packed = {
        tuple(sorted(one.tenants for one in shards(given, seconds=9, most=256)))
        for given in (loads, loads[::-1])
    }
    assert len(packed) == 1


def test_too_few_shards_for_the_environments_are_refused() -> None:
    both = [load("a", 1), load("a", 1, environment=PRODUCTION)]
    with pytest.raises(UsageError, match="2 environments"):
        shards(both, seconds=1, most=1)


def test_a_targets_seconds_are_the_median_of_its_newest_deploys() -> None:
    slow_once = [run(100 * n, 100 * n + took) for n, took in enumerate([90, 90, 4, 5, 80, 6, 5])]
    assert measured(slow_once) == {TARGET: 5}


@pytest.mark.parametrize(
    "fields",
    [{"status": Status.UNCHANGED}, {"status": Status.FAILED}, {"action": Action.ROLLBACK}],
    ids=str,
)
def test_what_was_no_deploy_to_its_end_is_not_measured(fields: dict[str, Any]) -> None:
    assert measured([run(0, 9, **fields), run(0, None)]) == {}


def test_a_target_without_a_record_takes_as_long_as_others() -> None:
    other = Target(tenant="other", environment=STAGING)
    third = Target(tenant="third", environment=STAGING)
    assert expected(other, {TARGET: 3.0, third: 5.0}) == 4.0
    assert expected(other, {TARGET: 3.0, other: 9.0}) == 9.0
    assert expected(other, {}) == 10.0
