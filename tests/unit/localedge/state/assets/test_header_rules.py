import pytest

from localedge.state.assets.header_rules import LONGEST_LINE, MOST_RULES, parse_headers
from localedge.wire.asset_errors import InvalidAssetRules


def test_headers_are_set_and_removed_by_path() -> None:
    text = """
# a comment
/*
  X-Frame-Options: DENY
  Cache-Control: public
  cache-control: max-age=1
https://example.com/secret/:page
  ! X-Frame-Options
  Link: <https://a.example>; rel=x
"""
    assert parse_headers(text) == {
        "version": 2,
        "rules": {
            "/*": {"set": {"x-frame-options": "DENY", "cache-control": "public, max-age=1"}},
            "https://example.com/secret/:page": {
                "set": {"link": "<https://a.example>; rel=x"},
                "unset": ["X-Frame-Options"],
            },
        },
    }


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n"])
def test_an_empty_file_has_no_rules(text: str) -> None:
    assert parse_headers(text) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("X-A: 1", "Line 1: Expected a path before headers", id="no-path"),
        pytest.param("/a\nX-A", "Line 2: Expected a colon-separated header pair", id="no-colon"),
        pytest.param("/a\nX A: 1", "Line 2: Header name cannot include spaces", id="spaces"),
        pytest.param("/a\n: 1", "Line 2: No header name specified", id="no-name"),
        pytest.param("/a\nX-A:", "Line 2: No header value specified", id="no-value"),
        pytest.param("/a\n/b\nX-A: 1", "Line 1: No headers specified", id="no-headers"),
        pytest.param("/a", "Line 1: No headers specified", id="no-headers-at-the-end"),
        pytest.param("/*/b/*\nX-A: 1", "Line 1: Only one wildcard", id="two-wildcards"),
        pytest.param("/*/:splat\nX-A: 1", "Line 1: Cannot combine", id="wildcard-and-splat"),
        pytest.param("http://a.b/\nX-A: 1", "Line 1: URLs should either", id="plain-http"),
        pytest.param("https://a.b:1/\nX-A: 1", "Line 1: Specifying ports", id="a-port"),
        pytest.param(f"/a\nX: {'x' * LONGEST_LINE}", "Line 2: The line is longer", id="long"),
        pytest.param("/a\nX: 1\n" * (MOST_RULES + 1), "Maximum number of rules", id="too-many"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number(text: str, problem: str) -> None:
    with pytest.raises(InvalidAssetRules) as refused:
        parse_headers(text)
    assert refused.value.code == 100324
    assert refused.value.message.startswith("Invalid _headers configuration:\n")
    assert problem in refused.value.message


def test_the_headers_of_a_wrong_path_are_no_further_problem() -> None:
    with pytest.raises(InvalidAssetRules) as refused:
        parse_headers("/*/*\n  X-A: 1\n  nothing\n/b\n  X-B: 1\n")
    assert len(refused.value.message.splitlines()) == 2
