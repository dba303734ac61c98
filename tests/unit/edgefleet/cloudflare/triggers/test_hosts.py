"""Hosts and patterns in the one spelling that Cloudflare stores."""

import pytest

from edgefleet.cloudflare.triggers.hosts import host, host_of, pattern, route


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("Chat.Acme.Example", "chat.acme.example"),
        ("chat.acme.example.", "chat.acme.example"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("B\u00dcCHER.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_a_host_has_one_spelling(written: str, stored: str) -> None:
    assert host(written) == stored


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("API.Shop.Example/V1/*", "api.shop.example/V1/*"),
        ("HTTPS://*.Shop.Example./*", "https://*.shop.example/*"),
        ("*b\u00fccher.example/*", "*xn--bcher-kva.example/*"),
        ("shop.example", "shop.example"),
    ],
)
def test_a_pattern_has_one_spelling_but_for_its_path(written: str, stored: str) -> None:
    assert pattern(written) == stored


def test_the_host_of_a_pattern_is_that_of_its_zone_or_below() -> None:
    assert host_of("https://*.shop.example/a/*") == "shop.example"
    assert host_of("*shop.example/*") == "shop.example"


def test_a_route_keeps_what_else_it_says() -> None:
    written = {"pattern": "A.example/*", "zone_name": "Example", "custom_domain": False}
    assert route(written) == {
        "pattern": "a.example/*",
        "zone_name": "example",
        "custom_domain": False,
    }
