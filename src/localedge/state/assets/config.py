"""The settings of a version's assets: `metadata.assets.config` of an upload.

https://developers.cloudflare.com/workers/static-assets/routing/
"""

from collections.abc import Iterator, Mapping, Sequence

from localedge.model import Json
from localedge.state.assets.header_rules import parse_headers
from localedge.state.assets.redirect_rules import parse_redirects
from localedge.wire.asset_errors import InvalidAssets
from localedge.wire.errors import BadBody

HTML_HANDLING = (
    "auto-trailing-slash",
    "force-trailing-slash",
    "drop-trailing-slash",
    "none",
)
NOT_FOUND_HANDLING = ("none", "404-page", "single-page-application")
MOST_ROUTING_RULES = 100
LONGEST_ROUTING_RULE = 100
_KEPT = ("html_handling", "not_found_handling", "run_worker_first", "_headers", "_redirects")


def check_config(given: Json, *, has_worker: bool) -> dict[str, Json]:
    """Return the settings that are kept of an upload; raises what the API refuses about them.

    `has_worker` says whether the upload has a script, without which none can run first.
    """
    given = {} if given is None else given
    if not isinstance(given, dict):
        raise BadBody("assets.config must be an object.")
    config = {key: given[key] for key in _KEPT if given.get(key) is not None}
    _check_choice(config, "html_handling", HTML_HANDLING)
    _check_choice(config, "not_found_handling", NOT_FOUND_HANDLING)
    for name in ("_headers", "_redirects"):
        if not isinstance(config.get(name, ""), str):
            raise BadBody(f"assets.config.{name} must be a string.")
    if given.get("base_path") not in {None, "/"}:
        raise InvalidAssets("localedge does not support assets.config.base_path.")
    if given.get("serve_directly") is False:
        config.setdefault("run_worker_first", True)
    first = config.get("run_worker_first", False)
    if not isinstance(first, bool):
        static_routing(first)
    if first and not has_worker:
        raise InvalidAssets("Cannot set run_worker_first without a Worker script.")
    asset_worker_config(config, "", ())
    return config


def asset_worker_config(
    config: Mapping[str, Json], compatibility_date: str, compatibility_flags: Sequence[str]
) -> dict[str, Json]:
    """Return the configuration of Cloudflare's asset Worker; raises `InvalidAssetRules`."""
    html_handling = config.get("html_handling")
    rules = {
        "html_handling": html_handling,
        "not_found_handling": config.get("not_found_handling"),
        "headers": parse_headers(config.get("_headers", "")),
        "redirects": parse_redirects(config.get("_redirects", ""), html_handling=html_handling),
    }
    return {
        "compatibility_date": compatibility_date,
        "compatibility_flags": list(compatibility_flags),
        "has_static_routing": isinstance(config.get("run_worker_first"), list),
        **{key: value for key, value in rules.items() if value is not None},
    }


def router_config(config: Mapping[str, Json], *, has_worker: bool) -> dict[str, Json]:
    """Return the configuration of Cloudflare's router Worker."""
    first = config.get("run_worker_first", False)
    if isinstance(first, bool):
        return {"has_user_worker": has_worker, "invoke_user_worker_ahead_of_assets": first}
    return {"has_user_worker": has_worker, "static_routing": static_routing(first)}


def static_routing(rules: Json) -> dict[str, list[str]]:
    """Return the rules of `run_worker_first`: paths of the Worker, and paths of assets (`!/...`).

    Raises `InvalidAssets` with each rule that is wrong.
    """
    if not isinstance(rules, list) or not all(isinstance(rule, str) for rule in rules):
        raise BadBody("assets.config.run_worker_first must be true, false or an array of strings.")
    if not rules:
        raise InvalidAssets(
            "No `run_worker_first` rules were provided; must provide at least 1 rule."
        )
    if len(rules) > MOST_ROUTING_RULES:
        raise InvalidAssets(
            f"Too many `run_worker_first` rules were provided; {len(rules)} rules provided "
            f"exceeds max of {MOST_ROUTING_RULES}."
        )
    worker = [rule for rule in rules if rule.startswith("/")]
    assets = [rule for rule in rules if rule.startswith("!/")]
    if assets and not worker:
        raise InvalidAssets(
            "Only negative `run_worker_first` rules were provided; "
            "must provide at least 1 non-negative rule"
        )
    problems = [*_malformed(rules), *_unusable(worker), *_unusable(assets)]
    if problems:
        raise InvalidAssets("\n".join(["Invalid routes in `run_worker_first`:", *problems]))
    return {"user_worker": worker, "asset_worker": [rule[1:] for rule in assets]}


def _malformed(rules: Sequence[str]) -> Iterator[str]:
    for rule in rules:
        if rule.startswith("!") and not rule.startswith("!/"):
            yield f"'{rule}': negative rules must start with '!/'"
        elif not rule.startswith(("/", "!/")):
            yield f"'{rule}': rules must start with '/' or '!/'"


def _unusable(rules: Sequence[str]) -> Iterator[str]:
    seen = set()
    for rule in rules:
        if len(rule) > LONGEST_ROUTING_RULE:
            yield (
                f"'{rule}': all rules must be less than {LONGEST_ROUTING_RULE} characters in length"
            )
        if rule in seen:
            yield f"'{rule}': rule is a duplicate; rules must be unique"
        if rule.endswith("*"):
            for other in rules:
                if other != rule and other.startswith(rule[:-1]):
                    yield f"'{other}': rule '{rule}' makes it redundant"
        seen.add(rule)


def _check_choice(config: Mapping[str, Json], key: str, choices: Sequence[str]) -> None:
    if key in config and config[key] not in choices:
        raise InvalidAssets(f"assets.config.{key} must be one of: {', '.join(choices)}.")
