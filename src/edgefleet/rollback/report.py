"""How a rollback ended, or would go, as text."""

from edgefleet.records.models import Record, Status
from edgefleet.rollback.models import RollbackPlan


def rollback_text(record: Record) -> str:
    """Return a few lines that say how a rollback ended and what is live."""
    unchanged = record.status is Status.UNCHANGED
    dry = "dry run: " * record.dry_run
    lines = [f"{dry}{record.target}: {'live already' if unchanged else 'rolled back'}"]
    facts = {
        "url": record.url,
        "version": record.version_id,
        "before": None if unchanged else record.previous_version_id,
        "commit": record.git_commit and record.git_commit + (" (dirty)" if record.dirty else ""),
        "reason": record.reason,
    }
    return "\n".join(lines + [f"  {name:<9}{value}" for name, value in facts.items() if value])


def rollback_plan_text(plan: RollbackPlan) -> str:
    """Return what a rollback would do, for a dry run."""
    loses = f", and lose {', '.join(plan.loses)}" if plan.loses else ""
    return (
        f"dry run: {plan.script} would return from version {plan.live_version_id} "
        f"to version {plan.version_id}{loses}; nothing was sent"
    )
