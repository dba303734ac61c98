"""A plan, as people know it from Terraform: + added, - removed, ~ changed."""

import json

from edgefleet.model.base import Json
from edgefleet.model.plan import Change, Course, Kind, Plan

SIGNS = {Kind.ADDED: "+", Kind.REMOVED: "-", Kind.CHANGED: "~"}
DIGEST = 64


def plan_text(plan: Plan) -> str:
    """Return every change on a line, how a deploy would go, and the count."""
    head = f"{plan.target} ({plan.script})"
    lines = [head, *(f"  {change_text(change)}" for change in plan.changes)]
    lines += [
        f"  ! secret {name} is not set; a person must set it" for name in plan.missing_secrets
    ]
    if plan.course is not Course.UNCHANGED:
        lines.append(f"  {plan.course}: {plan.why}")
        lines += [f"  not taken back by a rollback: {words}" for words in plan.stays]
    return "\n".join([*lines, f"  {counts(plan)}"])


def counts(plan: Plan) -> str:
    """Return the closing line."""
    if not plan.changes and plan.course is Course.UNCHANGED:
        return "No changes."
    added, changed, removed = (
        plan.count(kind) for kind in (Kind.ADDED, Kind.CHANGED, Kind.REMOVED)
    )
    return f"Plan: {added} to add, {changed} to change, {removed} to remove."


def change_text(change: Change) -> str:
    """Return one change: its sign, its path, and the values."""
    sign = SIGNS[change.kind]
    if change.kind is Kind.ADDED:
        return f"{sign} {change.path}: {_value(change.after)}"
    if change.kind is Kind.REMOVED:
        return f"{sign} {change.path}: {_value(change.before)}"
    return f"{sign} {change.path}: {_value(change.before)} -> {_value(change.after)}"


def _value(value: Json) -> str:
    if isinstance(value, str) and len(value) == DIGEST and value.isalnum():
        return f"sha256:{value[:12]}"
    return json.dumps(value, ensure_ascii=False)
