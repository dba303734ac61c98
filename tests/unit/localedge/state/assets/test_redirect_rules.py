import pytest

from localedge.state.assets.redirect_rules import (
    LONGEST_LINE,
    MOST_DYNAMIC,
    MOST_STATIC,
    parse_redirects,
)
from localedge.wire.asset_errors import InvalidAssetRules


def test_rules_are_static_until_the_first_dynamic_one() -> None:
    text = """
# a comment
/a /b
/old https://example.com:8080/new?q=1#f 301 # why
/blog/* /news/:splat 308
/c /d 200
"""
    assert parse_redirects(text) == {
        "version": 1,
        "staticRules": {
            "/a": {"status": 302, "to": "/b", "lineNumber": 3},
            "/old": {"status": 301, "to": "https://example.com:8080/new?q=1#f", "lineNumber": 4},
        },
        "rules": {
            "/blog/*": {"status": 308, "to": "/news/:splat"},
            "/c": {"status": 200, "to": "/d"},
        },
    }


def test_a_path_is_read_as_a_browser_reads_it() -> None:
    found = parse_redirects("/ä/../b /x%20y\nplain /to")
    assert found["staticRules"]["/b"]["to"] == "/x%20y"
    assert found["staticRules"]["/plain"]["to"] == "/to"


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n"])
def test_an_empty_file_has_no_rules(text: str) -> None:
    assert parse_redirects(text) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("/a", "Line 1: Expected exactly 2 or 3", id="one-token"),
        pytest.param("/a /b 301 x", "Line 1: Expected exactly 2 or 3", id="four-tokens"),
        pytest.param("/a /b 304", "Line 1: Valid status codes are", id="status"),
        pytest.param("/a /b x", "Line 1: Valid status codes are", id="no-status"),
        pytest.param("https://a.b/ /b", "Line 1: Only relative URLs", id="from-a-host"),
        pytest.param("/a b", "Line 1: URLs should either", id="to-no-url"),
        pytest.param("/a /b\n\n/a /c", "Line 3: Ignoring duplicate rule", id="twice"),
        pytest.param("/a https://b.c/ 200", "Line 1: Proxy (200) redirects", id="proxy"),
        pytest.param("/* /index.html 200", "Line 1: Infinite loop detected", id="spa"),
        pytest.param("/ /index", "Line 1: Infinite loop detected", id="root"),
        pytest.param(f"/a /{'b' * LONGEST_LINE}", "Line 1: The line is longer", id="long"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number(text: str, problem: str) -> None:
    with pytest.raises(InvalidAssetRules) as refused:
        parse_redirects(text)
    assert refused.value.code == 100324
    assert refused.value.message.startswith("Invalid _redirects configuration:\n")
    assert problem in refused.value.message


def test_without_html_handling_the_root_may_lead_to_its_index() -> None:
    assert parse_redirects("/ /index.html 200", html_handling="none")
    with pytest.raises(InvalidAssetRules):
        parse_redirects("/* /index.html 200", html_handling="none")


@pytest.mark.parametrize(("kind", "most"), [("", MOST_STATIC), ("/*", MOST_DYNAMIC)])
def test_there_is_a_most_of_rules(kind: str, most: int) -> None:
    lines = [f"/{number}{kind} /x" for number in range(most)]
    assert parse_redirects("\n".join(lines))
    with pytest.raises(InvalidAssetRules, match=f"supported is {most}"):
        parse_redirects("\n".join([*lines, f"/more{kind} /x"]))
