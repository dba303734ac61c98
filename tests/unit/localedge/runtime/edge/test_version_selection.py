"""Which version answers: overrides, keys, chance; and which one owns Durable Objects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localedge.model import TrafficShare
from localedge.runtime.edge import version_selection

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

    before = version_selection.version_at(
        [TrafficShare(growing, small), TrafficShare(shrinking, 100 - small)], place
    )
    after = version_selection.version_at(
        [TrafficShare(growing, large), TrafficShare(shrinking, 100 - large)], place
    )

    assert after == growing or before == shrinking


@given(places, percentages)
def test_the_order_of_the_shares_does_not_matter(place: float, percentage: float) -> None:
    shares = [TrafficShare(OLD, percentage), TrafficShare(NEW, 100 - percentage)]

    assert version_selection.version_at(shares, place) == version_selection.version_at(
        shares[::-1], place
    )


@given(percentages)
def test_keys_spread_as_the_percentages_say(percentage: float) -> None:
    shares = [TrafficShare(OLD, percentage), TrafficShare(NEW, 100 - percentage)]

    picked = [
        version_selection.version_at(shares, version_selection.key_position(f"user-{number}"))
        for number in range(500)
    ]

    assert abs(picked.count(OLD) / 5 - percentage) < 12


@given(places)
def test_a_version_at_0_percent_is_never_picked(place: float) -> None:
    assert (
        version_selection.version_at([TrafficShare(OLD, 100), TrafficShare(NEW, 0)], place) == OLD
    )


def test_picking_from_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no version has a share"):
        version_selection.version_at([], 0.5)


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
    assert version_selection.parse_overrides(header) == parsed


@given(st.text())
def test_no_header_breaks_the_parser(header: str) -> None:
    version_selection.parse_overrides(header)


def test_override_counts_for_its_script_and_deployed_versions() -> None:
    shares = [TrafficShare(OLD, 100), TrafficShare(NEW, 0)]

    def chosen(header: str) -> str:
        return version_selection.choose_version(
            "shop", shares, {version_selection.OVERRIDES_HEADER: header}, 0.5
        )

    assert chosen(f'shop="{NEW}"') == NEW
    assert chosen(f'other="{NEW}"') == OLD
    assert chosen('shop="gone"') == OLD


def test_a_key_decides_whatever_the_chance() -> None:
    shares = [TrafficShare(OLD, 50), TrafficShare(NEW, 50)]
    headers = {version_selection.KEY_HEADER: "alice"}

    assert (
        len(
            {
                version_selection.choose_version("s", shares, headers, chance / 10)
                for chance in range(10)
            }
        )
        == 1
    )


@pytest.mark.parametrize(
    ("old", "new", "owner"), [(90, 10, OLD), (10, 90, NEW), (50, 50, NEW), (100, 0, OLD)]
)
def test_the_larger_share_owns_objects_and_the_newest_at_a_tie(
    old: int, new: int, owner: str
) -> None:
    shares = [TrafficShare(NEW, new), TrafficShare(OLD, old)]

    owned = version_selection.durable_object_owners(
        shares, {OLD: ["both"], NEW: ["both", "fresh"]}, {OLD: 1, NEW: 2}
    )

    assert owned == {"both": owner, "fresh": NEW}
