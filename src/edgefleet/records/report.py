"""A deployment record, for people."""

from edgefleet.build.engine import ENGINES
from edgefleet.core.ids import short_id
from edgefleet.records.models import Record, Status


def record_text(record: Record) -> str:
    """Return a few lines that say how a deploy ended and what is live."""
    if record.version_id is None:
        return f"dry run: {record.script} would be deployed; nothing was sent"
    unchanged = record.status is Status.UNCHANGED
    dry = "dry run: " * record.dry_run
    lines = [f"{dry}{record.target}: {record.status}{', nothing was sent' * record.dry_run}"]
    facts = {
        "url": record.url,
        "version": record.version_id,
        "before": None if unchanged else record.previous_version_id or "nothing (first deploy)",
        "bundle": f"sha256:{record.bundle_digest}",
        "commit": _commit(record),
        "engine": None if unchanged or record.dry_run else _engine(record),
    }
    lines += [f"  {name:<9}{value}" for name, value in facts.items() if value]
    if record.status is Status.UNDER_WAY:
        share = f"{record.canary[-1].share:g} % of the traffic" if record.canary else "under way"
        lines.append(f"  canary   {share}")
        lines.append(f"  next     edgefleet canary continue {record.target.as_selector}")
    return "\n".join(lines)


def outcome(record: Record | None) -> str:
    """Return one cell of a table: how the last deploy of a target ended, and when."""
    if record is None:
        return "never deployed from here"
    when = (record.finished or record.started).strftime("%Y-%m-%d %H:%M")
    if record.status is Status.SUCCEEDED and record.version_id:
        return f"{record.status} {when} {short_id(record.version_id)}"
    return f"{record.status} {when}"


def _engine(record: Record) -> str | None:
    return record.engine if record.engine in ENGINES else None


def _commit(record: Record) -> str:
    if record.git_commit is None:
        return "none (not a git repository)"
    return record.git_commit + (" with uncommitted changes" if record.dirty else "")
