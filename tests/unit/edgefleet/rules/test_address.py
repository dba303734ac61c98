"""Where a Worker answers."""

from typing import Any

import pytest

from edgefleet.rules.address import worker_url

LOCAL = "http://workers.localhost:8787"


@pytest.mark.parametrize(
    ("config", "url"),
    [
        ({}, "https://w.acme.workers.dev"),
        ({"routes": ["shop.example.com/*"]}, "https://shop.example.com"),
        (
            {"route": {"pattern": "shop.example.com", "custom_domain": True}},
            "https://shop.example.com",
        ),
        ({"routes": ["*.example.com/*", "https://b.example.com/*"]}, "https://b.example.com"),
        ({"routes": ["a.example.com/api/*", "b.example.com/health"]}, "https://b.example.com"),
        ({"routes": ["http://a.example.com/*", "b.example.com/he*"]}, "https://b.example.com"),
        ({"routes": ["a.example.com", "b.example.com/*"]}, "https://b.example.com"),
        ({"workers_dev": True, "routes": ["a.example.com/*"]}, "https://w.acme.workers.dev"),
        ({"workers_dev": False, "routes": ["a.example.com/*"]}, "https://a.example.com"),
    ],
)
def test_workers_dev_where_it_is_on_else_a_host_with_health(
    config: dict[str, Any], url: str
) -> None:
    assert worker_url({"name": "w", **config}, "acme", "https://workers.dev") == url


def test_the_embedded_cloudflare_has_a_scheme_and_a_port() -> None:
    assert worker_url({"name": "w"}, "acme", LOCAL) == "http://w.acme.workers.localhost:8787"
