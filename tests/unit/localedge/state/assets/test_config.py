import pytest

from localedge.model import Json
from localedge.state.assets.config import asset_worker_config, check_config, router_config
from localedge.wire.errors import ApiError


def test_what_the_upload_says_is_kept_and_nothing_else() -> None:
    given = {
        "html_handling": "none",
        "not_found_handling": "404-page",
        "run_worker_first": ["/api/*", "!/api/docs/*"],
        "_headers": "/a\nX: 1",
        "_redirects": None,
        "more": 1,
    }
    assert check_config(given, has_worker=True) == {
        "html_handling": "none",
        "not_found_handling": "404-page",
        "run_worker_first": ["/api/*", "!/api/docs/*"],
        "_headers": "/a\nX: 1",
    }
    assert check_config(None, has_worker=False) == {}


@pytest.mark.parametrize(
    ("config", "code", "text"),
    [
        pytest.param([], 10026, "must be an object", id="a-list"),
        pytest.param({"html_handling": "x"}, 10021, "html_handling must be one of", id="html"),
        pytest.param({"not_found_handling": {}}, 10021, "must be one of", id="not-found"),
        pytest.param({"_headers": 1}, 10026, "_headers must be a string", id="headers"),
        pytest.param({"_headers": "x"}, 100324, "Invalid _headers", id="header-line"),
        pytest.param({"_redirects": "x"}, 100324, "Invalid _redirects", id="redirect-line"),
        pytest.param({"base_path": "/x"}, 10021, "does not support", id="base-path"),
        pytest.param({"run_worker_first": "/x"}, 10026, "array of strings", id="first-a-string"),
        pytest.param({"run_worker_first": [1]}, 10026, "array of strings", id="first-numbers"),
        pytest.param({"run_worker_first": []}, 10021, "at least 1 rule", id="no-rules"),
        pytest.param({"run_worker_first": ["!/x"]}, 10021, "Only negative", id="only-negative"),
        pytest.param({"run_worker_first": ["/x"] * 101}, 10021, "exceeds max of 100", id="many"),
        pytest.param({"run_worker_first": ["x"]}, 10021, "must start with '/' or", id="no-slash"),
        pytest.param({"run_worker_first": ["!x", "/"]}, 10021, "start with '!/'", id="no-!/"),
        pytest.param({"run_worker_first": ["/x", "/x"]}, 10021, "duplicate", id="twice"),
        pytest.param({"run_worker_first": ["/*", "/x"]}, 10021, "redundant", id="redundant"),
        pytest.param({"run_worker_first": ["/" + "x" * 100]}, 10021, "less than 100", id="long"),
    ],
)
def test_a_wrong_setting_is_refused(config: Json, code: int, text: str) -> None:
    with pytest.raises(ApiError, match=text) as refused:
        check_config(config, has_worker=True)
    assert refused.value.code == code


@pytest.mark.parametrize("first", [True, ["/api/*"]])
def test_no_worker_runs_first_where_there_is_none(first: Json) -> None:
    with pytest.raises(ApiError, match="without a Worker script"):
        check_config({"run_worker_first": first}, has_worker=False)
    assert check_config({"run_worker_first": False}, has_worker=False)


def test_the_older_serve_directly_means_the_same() -> None:
    config = check_config({"serve_directly": False}, has_worker=True)
    assert router_config(config, has_worker=True) == {
        "has_user_worker": True,
        "invoke_user_worker_ahead_of_assets": True,
    }


def test_rules_are_parted_for_the_router() -> None:
    config = check_config({"run_worker_first": ["/api/*", "!/api/docs/*"]}, has_worker=True)
    assert router_config(config, has_worker=True) == {
        "has_user_worker": True,
        "static_routing": {"user_worker": ["/api/*"], "asset_worker": ["/api/docs/*"]},
    }
    assert asset_worker_config(config, "2026-01-01", ("a",)) == {
        "compatibility_date": "2026-01-01",
        "compatibility_flags": ["a"],
        "has_static_routing": True,
    }
