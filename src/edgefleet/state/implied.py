"""What a wrangler file says by leaving a key out, where a deploy changes something for it."""

from collections.abc import Iterator, Mapping, Sequence

from edgefleet.cloudflare.settings import settings
from edgefleet.core.model import Json
from edgefleet.state.models import Change

SWITCH = {True: "on", False: "off"}
ABSENT = {
    "observability": ("observability", "logs and traces are off"),
    "logpush": ("logpush", "it is off"),
    "tail_consumers": ("tail_consumers", "no Worker gets its logs"),
}
"""Facts, or what their paths begin with -> the key that decides them, what its absence means."""


def implied(resolved: Mapping[str, Json], changes: Sequence[Change]) -> tuple[str, ...]:
    """Return in words which changes come of a key that a resolved configuration does not have."""
    changed = {change.path.partition(".")[0] for change in changes}
    return tuple(words for fact, words in _absent(resolved) if fact in changed)


def _absent(resolved: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    desired = settings(resolved)
    routed = resolved.get("routes") or resolved.get("route")
    if (resolved.get("triggers") or {}).get("crons") is None:
        yield "crons", _words("triggers.crons", "no cron trigger is left")
    if resolved.get("workers_dev") is None:
        why = "because there are routes" if routed else "because there are no routes"
        yield "workers_dev", _words("workers_dev", f"it is {SWITCH[desired.workers_dev]} {why}")
    if resolved.get("preview_urls") is None:
        how = f"it is {SWITCH[desired.previews]} as workers_dev is"
        yield "previews", _words("preview_urls", how)
    if not routed:
        yield "routes", _words("routes", "no route is left")
        yield "domains", _words("routes", "no custom domain is left")
    for fact, (key, meaning) in ABSENT.items():
        if resolved.get(key) is None:
            yield fact, _words(key, meaning)


def _words(key: str, meaning: str) -> str:
    return f"{key} is not in wrangler.jsonc: {meaning}"
