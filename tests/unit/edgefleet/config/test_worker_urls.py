"""Where a Worker answers."""

from typing import Any

import pytest

from edgefleet.cloudflare.models import ScriptSettings
from edgefleet.config.worker_urls import health_urls, worker_url

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
    resolved = {"name": "w", **config}
    assert worker_url(resolved, "acme", "https://workers.dev", "/health") == url


@pytest.mark.parametrize(
    ("path", "pattern", "found"),
    [
        ("/", "b.example.com/", True),
        ("/", "b.example.com", True),
        ("/", "b.example.com/api/*", False),
        ("/api/up?deep=1", "b.example.com/api/up", True),
        ("/api/up", "b.example.com/api/*", True),
    ],
)
def test_a_route_counts_that_covers_the_path_of_the_health_check(
    path: str, pattern: str, found: bool
) -> None:
    resolved = {"name": "w", "routes": [pattern]}
    url = worker_url(resolved, "acme", "https://workers.dev", path)
    assert (url == "https://b.example.com") is found


def test_the_embedded_cloudflare_has_a_scheme_and_a_port() -> None:
    assert worker_url({"name": "w"}, "acme", LOCAL) == "http://w.acme.workers.localhost:8787"


ON_WORKERS_DEV = "https://w.acme.workers.dev"
SWITCHED_ON = ScriptSettings(workers_dev=True)
ROUTED = ScriptSettings(routes=({"pattern": "a.example.com/*", "zone_name": "example.com"},))
BOTH = SWITCHED_ON.model_copy(update={"routes": ROUTED.routes})
BESIDE = ScriptSettings(routes=({"pattern": "*.example.com/*"}, {"pattern": "a.example.com/api/*"}))


@pytest.mark.parametrize(
    ("before", "after", "now", "then"),
    [
        (SWITCHED_ON, SWITCHED_ON, ON_WORKERS_DEV, ON_WORKERS_DEV),
        (SWITCHED_ON, ROUTED, ON_WORKERS_DEV, "https://a.example.com"),
        (ROUTED, SWITCHED_ON, "https://a.example.com", ON_WORKERS_DEV),
        (BOTH, ROUTED, "https://a.example.com", "https://a.example.com"),
        (ScriptSettings(), SWITCHED_ON, None, ON_WORKERS_DEV),
        (BESIDE, ROUTED, None, "https://a.example.com"),
        (ROUTED, BOTH, "https://a.example.com", "https://a.example.com"),
    ],
)
def test_url_before_and_after_the_settings_change(
    before: ScriptSettings, after: ScriptSettings, now: str | None, then: str
) -> None:
    assert health_urls(before, after, ON_WORKERS_DEV, "/health") == (now, then)
