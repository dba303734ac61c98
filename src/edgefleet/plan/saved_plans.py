"""The file of `edgefleet plan --output`: plans that were reviewed, for `edgefleet deploy --plan`.

A deploy goes on only if it would do what the plan says, on the state that the plan saw. So the
file has a digest of each field that decides about that, taken before values that look like
secrets were masked.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from edgefleet.config.target import Target
from edgefleet.core import atomic_files
from edgefleet.core.foreign.file import read_foreign
from edgefleet.core.model import Model
from edgefleet.errors import UsageError
from edgefleet.plan.masking import masked_plan
from edgefleet.state.models import Plan

COMPARED = {
    "script": "the script's name",
    "account_id": "the account",
    "bundle_digest": "the bundle",
    "course": "how it is deployed",
    "deployment_id": "the deployment in force",
    "traffic": "the traffic of versions",
    "changes": "the changes",
    "secrets": "the secrets of the live version",
    "gained_secrets": "the secrets of the newest version",
    "lost_secrets": "the secrets of the newest version",
    "missing_secrets": "the missing secrets",
    "missing_resources": "the missing resources",
    "takes": "the hosts that other scripts have",
    "loses": "the hosts that the script would lose",
}
"""The fields of a plan that must be the same, in words."""


class SavedPlan(Model):
    """A plan as it was reviewed; `digests` has the SHA-256 of each compared field's JSON."""

    plan: Plan
    digests: dict[str, str]


class SavedPlans(Model):
    """The plans of one command, by target."""

    schema_version: Literal[1] = 1
    plans: tuple[SavedPlan, ...]


def write_plans(path: Path, plans: Iterable[Plan]) -> None:
    """Write plans for a later deploy, secrets masked; raises `UsageError` if it cannot."""
    saved = tuple(SavedPlan(plan=masked_plan(one), digests=_digests(one)) for one in plans)
    try:
        atomic_files.replace(path, SavedPlans(plans=saved))
    except OSError as error:
        raise UsageError(f"edgefleet cannot write to {path}: {error.strerror}") from error


def read_plan(path: Path, target: Target) -> SavedPlan:
    """Return the plan of a target; raises `UsageError` for a file that has none."""
    again = f"edgefleet plan {target.as_selector} --output FILE"
    try:
        saved = read_foreign(path, SavedPlans.model_validate, "file of plans", again)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", hint=again) from error
    for one in saved.plans:
        if one.plan.target == target:
            return one
    raise UsageError(f"{path} has no plan of {target}", hint=again)


def check_saved(saved: SavedPlan, plan: Plan) -> None:
    """Raise `UsageError` if a deploy would not do what a saved plan says."""
    now = _digests(plan)
    differ = dict.fromkeys(
        words for field, words in COMPARED.items() if now[field] != saved.digests.get(field)
    )
    if differ:
        raise UsageError(
            f"the plan of {plan.target} no longer holds: {', '.join(differ)} changed since",
            hint=f"plan again: edgefleet plan {plan.target.as_selector} --output FILE",
        )


def _digests(plan: Plan) -> dict[str, str]:
    fields = plan.model_dump(mode="json", include=set(COMPARED))
    return {
        name: hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
        for name, value in fields.items()
    }
