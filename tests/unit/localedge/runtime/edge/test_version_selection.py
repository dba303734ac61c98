"""Which version answers: overrides, keys, chance; and which one owns Durable Objects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localedge.model import Share
from localedge.runtime.edge import version_selection as traffic

OLD, NEW = "aaaa-old", "bbbb-new"
names = st.sampled_from([(OLD, NEW), (NEW, OLD)])
places = st.floats(0, 1, exclude_max=True)
percentages = st.floats(0, 100)


@given(names, places, percentages, percentages)
def test_growing_a_share_never_moves_a_key_back(
    versions: tuple[str, str], place: float, one: float, other: float
) -> None:
    growing, shrinking = versions
    small, large = sorted((one, other))

    before = traffic.pick([Share(growing, small), Share(shrinking, 100 - small)], place)
    after = traffic.pick([Share(growing, large), Share(shrinking, 100 - large)], place)

    assert after == growing or before == shrinking


@given(places, percentages)
def test_the_order_of_the_shares_does_not_matter(place: float, percentage: float) -> None:
    shares = [Share(OLD, percentage), Share(NEW, 100 - percentage)]

    assert traffic.pick(shares, place) == traffic.pick(shares[::-1], place)


@given(percentages)
def test_keys_spread_as_the_percentages_say(percentage: float) -> None:
    shares = [Share(OLD, percentage), Share(NEW, 100 - percentage)]

    picked = [traffic.pick(shares, traffic.position(f"user-{number}")) for number in range(500)]

    assert abs(picked.count(OLD) / 5 - percentage) < 12


@given(places)
def test_a_version_at_0_percent_is_never_picked(place: float) -> None:
    assert traffic.pick([Share(OLD, 100), Share(NEW, 0)], place) == OLD


def test_picking_from_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no version has a share"):
        traffic.pick([], 0.5)


@pytest.mark.parametrize(
    ("header", "parsed"),
    [
        ("", {}),
        ('shop="1a"', {"shop": "1a"}),
        ('shop="1a", cart="2b"', {"shop": "1a", "cart": "2b"}),
        ('shop="1a",shop="2b"', {"shop": "2b"}),
        ('2-go="1a"', {"2-go": "1a"}),
        ("shop=1a", {}),
        ('shop="1a", broken', {}),
        ('shop="1a', {}),
        ("=", {}),
    ],
)
def test_overrides_are_a_structured_dictionary_or_nothing(
    header: str, parsed: dict[str, str]
) -> None:
    assert traffic.overrides(header) == parsed


@given(st.text())
def test_no_header_breaks_the_parser(header: str) -> None:
    traffic.overrides(header)


def test_an_override_counts_for_its_own_script_and_for_deployed_versions() -> None:
    shares = [Share(OLD, 100), Share(NEW, 0)]

    def chosen(header: str) -> str:
        return traffic.choose("shop", shares, {traffic.OVERRIDES_HEADER: header}, 0.5)

    assert chosen(f'shop="{NEW}"') == NEW
    assert chosen(f'other="{NEW}"') == OLD
    assert chosen('shop="gone"') == OLD


def test_a_key_decides_whatever_the_chance() -> None:
    shares = [Share(OLD, 50), Share(NEW, 50)]
    headers = {traffic.KEY_HEADER: "alice"}

    assert len({traffic.choose("s", shares, headers, chance / 10) for chance in range(10)}) == 1


@pytest.mark.parametrize(
    ("old", "new", "owner"), [(90, 10, OLD), (10, 90, NEW), (50, 50, NEW), (100, 0, OLD)]
)
def test_the_larger_share_owns_objects_and_the_newest_at_a_tie(
    old: int, new: int, owner: str
) -> None:
    shares = [Share(NEW, new), Share(OLD, old)]

    owned = traffic.owners(shares, {OLD: ["both"], NEW: ["both", "fresh"]}, {OLD: 1, NEW: 2})

    assert owned == {"both": owner, "fresh": NEW}
