"""Take what looks like a secret out of values: what is live may be in clear, and nobody's own."""

from collections.abc import Callable, Iterable

from edgefleet.model.base import Json
from edgefleet.model.drift import Drift
from edgefleet.model.history import Deployed
from edgefleet.model.plan import Change, Plan
from edgefleet.rules.leaks import masked

Clean = Callable[[str, str], str]
"""Takes secrets out of a text; the second argument is what the text is the value of, or empty."""


def masked_plan(plan: Plan, clean: Clean = masked) -> Plan:
    """Return the plan with its values cleaned; which facts differ stays to be seen."""
    return plan.model_copy(update={"changes": _changes(plan.changes, clean)})


def masked_drift(drift: Drift, clean: Clean = masked) -> Drift:
    """Return the drift with everything cleaned that stands at Cloudflare."""
    return drift.model_copy(
        update={
            "findings": tuple(
                one.model_copy(update={"change": _change(one.change, clean)})
                for one in drift.findings
            ),
            "ignored": _changes(drift.ignored, clean),
            "notes": tuple(clean(note, "") for note in drift.notes),
            "last_change": drift.last_change and _deployed(drift.last_change, clean),
        }
    )


def _changes(changes: Iterable[Change], clean: Clean) -> tuple[Change, ...]:
    return tuple(_change(change, clean) for change in changes)


def _change(change: Change, clean: Clean) -> Change:
    values = {
        "before": _value(change.before, change.path, clean),
        "after": _value(change.after, change.path, clean),
    }
    return change.model_copy(update=values)


def _deployed(last: Deployed, clean: Clean) -> Deployed:
    words = {"author": last.author, "message": last.message}
    return last.model_copy(update={key: _value(one, "", clean) for key, one in words.items()})


def _value(value: Json, name: str, clean: Clean) -> Json:
    if isinstance(value, str):
        return clean(value, name)
    if isinstance(value, list | tuple):
        return [_value(one, name, clean) for one in value]
    if isinstance(value, dict):
        return {key: _value(one, key, clean) for key, one in value.items()}
    return value
