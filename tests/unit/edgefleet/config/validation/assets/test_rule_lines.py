"""Lines of `_headers` and `_redirects` that Cloudflare takes, and their limits."""

import pytest

from edgefleet.config.validation.assets.routing import wrong_rules
from edgefleet.config.validation.assets.rule_lines import wrong_headers, wrong_redirects


def test_good_headers_have_nothing_wrong() -> None:
    text = "/*\r\n  X: a:b:c\r\n  ! Y\r\n\r\nhttps://:sub.example.com/:name\n\tX: 1\n"
    assert list(wrong_headers(text)) == []


@pytest.mark.parametrize(
    "line",
    [
        "/a /b",
        "/a /b 308",
        "a https://example.com:8080/b?c#d   # moved",
        "/blog/* /news/:splat 301",
        "/movies/:title /films/:title",
        "/a /index.html",
        "/* https://example.com/index.html",
        "/a#b /c",
        "# nothing",
        "",
    ],
)
def test_a_good_redirect_has_nothing_wrong(line: str) -> None:
    assert list(wrong_redirects(line, None)) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/a /b /c 301", "this has 4"),
        ("/a b", "the target must begin with"),
        ("/a http://example.com", "the target must begin with"),
        ("/a /b 301x", "the status is 301x"),
        ("/ /index", "leads to itself"),
        ("/a/* /index.html 200", "leads to itself"),
        (f"/{'a' * 2000} /b", "2,004 characters"),
    ],
)
def test_a_wrong_redirect_is_told_in_words(line: str, words: str) -> None:
    (wrong,) = wrong_redirects(f"/fine /too\n{line}", None)
    assert words in wrong.message
    assert wrong.offset == len("/fine /too\n")


def test_the_root_may_lead_to_its_index_without_html_handling() -> None:
    assert list(wrong_redirects("/ /index", "none")) == []


def test_a_path_that_is_written_in_two_ways_is_one() -> None:
    (wrong,) = wrong_redirects("/a/../b /c\n/b /d\n/b/ /e", None)
    assert "there is a redirect of /b already" in wrong.message


def test_redirects_are_counted_as_cloudflare_counts_them() -> None:
    static = "".join(f"/s{number} /a\n" for number in range(2001))
    assert [one.message for one in wrong_redirects(static, None)] == [
        "it is static redirect 2001; Cloudflare takes 2000"
    ]
    dynamic = "".join(f"/d{number}/* /a\n" for number in range(100))
    assert [one.message for one in wrong_redirects(f"{dynamic}/plain /a\n", None)] == [
        "it is dynamic redirect 101; Cloudflare takes 100"
    ]


def test_paths_with_headers_are_counted() -> None:
    text = "".join(f"/h{number}\n  A: b\n" for number in range(101))
    assert [one.message for one in wrong_headers(text)] == ["it is path 101; Cloudflare takes 100"]


@pytest.mark.parametrize(
    ("rules", "numbers"),
    [
        (["/api/*", "!/api/docs/*", "/oauth/callback"], []),
        ([], [None]),
        (["!/a"], [None]),
        (["/a", "/a"], [1]),
        (["/a*", "/ab/*", "/b"], [1]),
        (["a", "!b", "/c"], [0, 1]),
        ([f"/{'a' * 100}"], [0]),
        ([f"/{number}" for number in range(101)], [None]),
    ],
)
def test_rules_that_run_the_worker_first(rules: list[str], numbers: list[int | None]) -> None:
    assert [number for number, _ in wrong_rules(rules)] == numbers
