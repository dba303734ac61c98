"""The language in which commands name tenants."""

import pytest

from edgefleet.config.selectors import Labels, labels, select
from edgefleet.errors import UsageError

FLEET = {
    "acme": Labels(0, frozenset({"eu", "beta"})),
    "acme-shop": Labels(1, frozenset({"eu"})),
    "birch": Labels(1, frozenset()),
    "cedar": Labels(12, frozenset({"us"})),
}


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("all", "acme acme-shop birch cedar"),
        ("birch", "birch"),
        ("cedar,acme", "acme cedar"),
        (" cedar , acme ,", "acme cedar"),
        ("acme*", "acme acme-shop"),
        ("?edar", "cedar"),
        ("[ab]*", "acme acme-shop birch"),
        ("ring:1", "acme-shop birch"),
        ("ring:12", "cedar"),
        ("tag:eu", "acme acme-shop"),
        ("tag:us,ring:0", "acme cedar"),
        ("birch,ring:1,acme-shop", "acme-shop birch"),
    ],
)
def test_a_selector_names_tenants_in_their_order_each_once(expression: str, found: str) -> None:
    assert select(expression, tuple(FLEET), FLEET.__getitem__) == tuple(found.split())


@pytest.mark.parametrize(
    ("expression", "message", "hint"),
    [
        ("acne", "there is no tenant 'acne'", "did you mean 'acme'?"),
        ("zzz", "there is no tenant 'zzz'", "there are: acme, acme-shop, birch, cedar"),
        ("acme,zzz", "there is no tenant 'zzz'", "there are"),
        ("z*", "no tenant's name matches 'z*'", "there are: acme"),
        ("ring:7", "no tenant is in ring 7", "there are rings: 0, 1, 12"),
        ("tag:asia", "no tenant has the tag 'asia'", "there are tags: beta, eu, us"),
        ("ring:first", "'ring:first' selects nothing", "ring:NUMBER"),
        ("ring:", "'ring:' selects nothing", "ring:NUMBER"),
        ("tag:", "'tag:' selects nothing", "tag:TAG"),
        ("owner:me", "'owner:me' selects nothing", "ring:NUMBER"),
        (",", "the selector names no tenant", "'all'"),
    ],
)
def test_a_selector_that_names_nobody_is_refused(expression: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        select(expression, tuple(FLEET), FLEET.__getitem__)
    assert caught.value.message == message
    assert hint in caught.value.hint


def test_labels_are_read_only_where_a_selector_needs_them() -> None:
    def unreadable(name: str) -> Labels:
        raise AssertionError(name)

    assert select("acme,b*", tuple(FLEET), unreadable) == ("acme", "birch")


def test_a_fleet_without_tenants_has_all_of_none() -> None:
    assert select("all", (), FLEET.__getitem__) == ()


def test_a_configuration_without_labels_is_in_ring_0() -> None:
    assert labels({"tenantId": "acme"}) == Labels(0, frozenset())
    assert labels({"tenantId": "acme", "ring": 2, "tags": ["eu"]}) == Labels(2, frozenset({"eu"}))


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"tenantId": "a", "ring": "0"},
        {"tenantId": "a", "ring": True},
        {"tenantId": "a", "tags": "eu"},
    ],
)
def test_labels_of_another_form_are_none(config: dict[str, object]) -> None:
    assert labels(config) is None
