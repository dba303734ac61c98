"""In which order a fleet is changed, and how many failures end it."""

import pytest

from edgefleet.errors import UsageError
from edgefleet.fleet.models import TargetResult
from edgefleet.fleet.rings import by_ring, parse_max_failures

TEN = tuple(TargetResult(tenant=f"t{number}") for number in range(10))


def test_rings_are_in_numeric_order_members_by_name() -> None:
    members = [
        TargetResult(tenant=name, ring=ring) for name, ring in (("b", 10), ("c", 2), ("a", 10))
    ]
    found = [(ring, [one.tenant for one in wave]) for ring, wave in by_ring(members)]
    assert found == [(2, ["c"]), (10, ["a", "b"])]


@pytest.mark.parametrize(
    ("word", "most"),
    [(None, 0), ("0", 0), ("3", 3), ("0%", 0), ("19%", 1), ("20%", 2), ("100%", 10)],
)
def test_failures_are_borne_by_number_or_by_share(word: str | None, most: int) -> None:
    assert parse_max_failures(word, TEN) == most


@pytest.mark.parametrize("word", ["", "-1", "101%", "a few", "1.5", "%", "10 %"])
def test_what_is_no_number_of_failures_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match="--max-failures") as caught:
        parse_max_failures(word, TEN)
    assert "10%" in caught.value.hint
