"""The options of a rollback, and how it ended."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from edgefleet.config.target import Target
from edgefleet.config.tenant import Tenant
from edgefleet.deploy.request import ChangeRequest
from edgefleet.records.models import Record
from edgefleet.rollback.models import RollbackPlan
from edgefleet.rollback.rules import PREVIOUS


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackRequest(ChangeRequest):
    """The options of a rollback."""

    root: Path
    """The repository, for the commit that a version was made from."""
    load_at: Callable[[Path, Target], Tenant]
    """Validates and loads a target's tenant in another checkout."""
    to: str = PREVIOUS
    """`previous`, or a version's id."""
    accept_changed_secrets: bool = False
    """Whether to return to a version although secrets were changed since it was made."""
    leaving: str | None = None
    """The version that must be live, unless `to` is; None: any."""


class RollbackResult(NamedTuple):
    """The record of a rollback, and its plan; None if the version was live already."""

    record: Record
    plan: RollbackPlan | None
