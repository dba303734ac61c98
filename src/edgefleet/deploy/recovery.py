"""What a run says that left a target between two states: what is live, and the way out."""

from edgefleet.cloudflare.account import Account
from edgefleet.cloudflare.models import LiveState
from edgefleet.deploy.traffic import shares_text
from edgefleet.errors import EdgefleetError
from edgefleet.records.models import Record
from edgefleet.records.signature import commit_of_tag


def what_is_live(account: Account, script: str) -> str:
    """Return what Cloudflare shows as live, in words; also where it cannot be read."""
    try:
        now = account.deployment(script)
    except EdgefleetError as error:
        return f"what is live cannot be read: {error.message}"
    return f"live is {shares_text(now.versions)}" if now else "nothing is live"


def recovery_commands(record: Record, before: LiveState, *, keep: bool = False) -> str:
    """Return the commands that end a state between two, as they can be pasted.

    With `keep`, the script that was made may not be removed.
    """
    forward = (
        f"edgefleet deploy --tenant {record.tenant} --env {record.environment} --replace-split"
    )
    old = before.version_id
    if old is None:
        remove = f"; or remove it: npx wrangler delete --name {record.script}"
        return f"deploy again: {forward}{'' if keep else remove}"
    back = (
        f"edgefleet rollback --tenants {record.tenant} --env {record.environment} "
        "--replace-split --to"
    )
    commit = next((commit_of_tag(one.tag) for one in before.versions if one.id == old), None)
    anew = f" (where Cloudflare refuses that version: {back} {commit})" if commit else ""
    return f"go back: {back} {old}{anew}; or go forward: {forward}"
