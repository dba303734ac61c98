"""What a run says that left a target between two states: what is live, and the way out."""

from edgefleet.errors import EdgefleetError
from edgefleet.flows.traffic import shares_text
from edgefleet.model.live import Live
from edgefleet.model.record import Record
from edgefleet.ports.account import Account


def what_is_live(account: Account, script: str) -> str:
    """Return what Cloudflare shows as live, in words; also where it cannot be read."""
    try:
        now = account.deployment(script)
    except EdgefleetError as error:
        return f"what is live cannot be read: {error.message}"
    return f"live is {shares_text(now.versions)}" if now else "nothing is live"


def way_out(record: Record, before: Live) -> str:
    """Return the commands that end a state between two, as they can be pasted."""
    target = f"--tenant {record.tenant} --env {record.environment}"
    forward = f"edgefleet deploy {target} --take-over"
    old = before.version_id
    if old is None:
        return f"deploy again: {forward}; or remove it: npx wrangler delete --name {record.script}"
    back = f"edgefleet rollback {target} --to {old} --take-over"
    return f"go back: {back}; or go forward: {forward}"
