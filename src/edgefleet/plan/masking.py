"""Mask secret-looking values: live vars may hold plain-text secrets unknown to edgefleet."""

from collections.abc import Callable, Iterable

from edgefleet.core.model import Json
from edgefleet.core.secret_scanner import masked
from edgefleet.state.models import Change, Plan

Clean = Callable[[str, str], str]
"""Takes secrets out of a text; the second argument is what the text is the value of, or empty."""


def masked_plan(plan: Plan, clean: Clean = masked) -> Plan:
    """Return the plan with its values cleaned; which facts differ stays to be seen."""
    return plan.model_copy(update={"changes": masked_changes(plan.changes, clean)})


def masked_changes(changes: Iterable[Change], clean: Clean) -> tuple[Change, ...]:
    """Return the changes with their values cleaned."""
    return tuple(masked_change(change, clean) for change in changes)


def masked_change(change: Change, clean: Clean) -> Change:
    """Return the change with its values cleaned."""
    values = {
        "before": masked_value(change.before, change.path, clean),
        "after": masked_value(change.after, change.path, clean),
    }
    return change.model_copy(update=values)


def masked_value(value: Json, name: str, clean: Clean) -> Json:
    """Return a value with every string in it cleaned; `name` is what it is the value of."""
    if isinstance(value, str):
        return clean(value, name)
    if isinstance(value, list | tuple):
        return [masked_value(one, name, clean) for one in value]
    if isinstance(value, dict):
        return {key: masked_value(one, key, clean) for key, one in value.items()}
    return value
