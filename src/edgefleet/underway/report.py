"""What became of canaries, for people and for programs."""

from collections.abc import Sequence

from edgefleet.config.target import target_entry
from edgefleet.core.model import Json
from edgefleet.underway.models import CanaryResult


def canary_text(result: CanaryResult) -> str:
    """Return a target's result: its state, what was seen, and the next command."""
    share = "" if result.share is None else f" at {result.share:g} %"
    state = result.state.replace("_", " ")
    words = result.error.message if result.error else result.words
    lines = [f"{result.target}: {state}{share}: {words}" if words else f"{result.target}: {state}"]
    if result.canary is not None:
        lines += [f"  {result.canary.words}", f"  next: {result.canary.next}"]
    return "\n".join(lines)


def canary_json(results: Sequence[CanaryResult]) -> list[dict[str, Json]]:
    """Return all results as a JSON value."""
    return [target_entry(one.target, one.model_dump(mode="json")) for one in results]
