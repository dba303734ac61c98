"""Which URLs a route pattern matches, and which of several patterns comes first."""

import pytest

from localedge.state.rules.route_patterns import RoutePattern, most_specific
from localedge.wire.script_errors import InvalidRoute


@pytest.mark.parametrize(
    ("pattern", "host", "target"),
    [
        ("example.com/*", "example.com", "/"),
        ("example.com/*", "example.com", "/a/b?c=d"),
        ("example.com", "example.com", "/"),
        ("https://example.com/a", "example.com", "/a"),
        ("EXAMPLE.com/A", "example.com", "/A"),
        ("*.example.com/*", "a.b.example.com", "/"),
        ("*example.com/*", "example.com", "/"),
        ("*example.com/*", "www.example.com", "/"),
        ("example.com/a*", "example.com", "/abc?d"),
        ("*/*", "any.test", "/a"),
    ],
)
def test_a_pattern_matches(pattern: str, host: str, target: str) -> None:
    assert RoutePattern.parse(pattern).matches(host, target)


@pytest.mark.parametrize(
    ("pattern", "host", "target"),
    [
        ("example.com/*", "www.example.com", "/"),
        ("*.example.com/*", "example.com", "/"),
        ("example.com/", "example.com", "/a"),
        ("example.com/a", "example.com", "/a?b"),
        ("example.com/A", "example.com", "/a"),
        ("example.com/a/*", "example.com", "/a"),
    ],
)
def test_a_pattern_does_not_match(pattern: str, host: str, target: str) -> None:
    assert not RoutePattern.parse(pattern).matches(host, target)


@pytest.mark.parametrize(
    "pattern", ["", "/a", "exam*ple.com/", "example.com/*/b", "example.com/?a=b", "ftp://a.b/#c"]
)
def test_a_wildcard_in_the_middle_and_a_query_are_refused(pattern: str) -> None:
    with pytest.raises(InvalidRoute):
        RoutePattern.parse(pattern)


@pytest.mark.parametrize(
    ("host", "target", "chosen"),
    [
        ("www.example.com", "/", "www.example.com/*"),
        ("api.example.com", "/", "*.example.com/*"),
        ("example.com", "/hello/world", "example.com/hello/*"),
        ("example.com", "/hello/you", "example.com/hello/you"),
        ("example.com", "/", "example.com/*"),
        ("a.eu.example.com", "/", "*.eu.example.com/*"),
        ("other.com", "/", None),
    ],
)
def test_the_most_specific_pattern_comes_first(host: str, target: str, chosen: str | None) -> None:
    patterns = [
        "*.example.com/*", "www.example.com/*", "example.com/*", "example.com/hello/*",
        "example.com/hello/you", "*example.com/hello/w*", "*.eu.example.com/*", "not*valid",
    ]  # fmt: skip

    assert most_specific(patterns, host, target) == chosen
