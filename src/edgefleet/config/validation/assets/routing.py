"""The rules of `run_worker_first`: which paths go to the Worker before its assets.

https://developers.cloudflare.com/workers/static-assets/routing/worker-script/ says what they are.
"""

from collections.abc import Iterator, Sequence

from edgefleet.cloudflare.limits import ASSET_RULES

LONGEST_RULE = 100


def wrong_rules(rules: Sequence[str]) -> Iterator[tuple[int | None, str]]:
    """Yield the number of each rule that Cloudflare refuses, None for all, with the reason."""
    most = ASSET_RULES["run_worker_first"]
    if not rules:
        yield None, "run_worker_first has no rules; it needs one, or true"
    elif len(rules) > most:
        yield None, f"run_worker_first has {len(rules)} rules; Cloudflare takes {most}"
    elif all(rule.startswith("!/") for rule in rules):
        yield None, "run_worker_first has only rules with !, and needs one without"
    for number, rule in enumerate(rules):
        if wrong := _wrong(rule, rules[:number], rules):
            yield number, f"'{rule}' {wrong}"


def _wrong(rule: str, before: Sequence[str], rules: Sequence[str]) -> str:
    if not rule.startswith(("/", "!/")):
        return "must begin with / or !/"
    if len(rule) > LONGEST_RULE:
        return f"is longer than {LONGEST_RULE} characters"
    if rule in before:
        return "stands there twice"
    wider = (one for one in rules if one.endswith("*") and one != rule)
    covering = next((one for one in wider if rule.startswith(one[:-1])), None)
    return f"is part of '{covering}'" if covering else ""
