"""The commands that a person needs after a change that failed, and what is live meanwhile."""

from edgefleet.cloudflare.models import LiveState
from edgefleet.config.account_api import AccountApi
from edgefleet.deploy.request import NO_UPLOAD
from edgefleet.deploy.traffic import shares_text
from edgefleet.errors import EdgefleetError
from edgefleet.records.models import Action, Record
from edgefleet.records.signature import commit_of_tag


def what_is_live(account: AccountApi, script: str) -> str:
    """Return what Cloudflare shows as live, or why it cannot be read."""
    try:
        deployment = account.script(script).deployments.current()
    except EdgefleetError as error:
        return f"what is live cannot be read: {error.message}"
    return f"live is {shares_text(deployment.versions)}" if deployment else "nothing is live"


def recovery_commands(record: Record, before: LiveState, *, keep_script: bool = False) -> str:
    """Return the commands that go back to what was live before, or forward.

    With `keep_script` the command that deletes a new script is left out.
    """
    forward = f"edgefleet deploy {record.target.as_option} --replace-split"
    old = before.version_id
    if old is None:
        delete = (
            f"; or remove it: CLOUDFLARE_ACCOUNT_ID={record.account_id} "
            f"npx wrangler delete --name {record.script}"
        )
        return f"deploy again: {forward}{'' if keep_script else delete}"
    back = f"edgefleet rollback {record.target.as_selector} --replace-split --to"
    commit = next(
        (commit_of_tag(version.tag) for version in before.versions if version.id == old), None
    )
    rebuild = f" (if Cloudflare refuses that version: {back} {commit})" if commit else ""
    return f"go back: {back} {old}{rebuild}; or go forward: {forward}"


def history_command(record: Record) -> str:
    """Return the command that shows what is live, and what happened to the target."""
    return f"edgefleet history {record.target.as_selector}"


def repeat_command(record: Record) -> str:
    """Return the command that tries a change again."""
    if record.action is Action.DEPLOY and record.engine == NO_UPLOAD:
        return f"edgefleet canary continue {record.target.as_selector}"
    if record.action is not Action.ROLLBACK:
        return f"edgefleet deploy {record.target.as_option}"
    goal = record.version_id if record.engine == NO_UPLOAD else record.git_commit
    command = f"edgefleet rollback {record.target.as_selector}"
    return f"{command} --to {goal}" if goal else command


def restored_state(before: LiveState) -> str:
    """Return what is live once a restore has ended well."""
    if before.expendable:
        return "the draft script was removed, with its secrets: set them again before a deploy"
    if before.draft:
        return "the draft script is live again, with its secrets: no release is deployed"
    if before.version_id:
        return f"version {before.version_id} is live again, as before"
    return "the script did not exist before; it was removed again, with its Durable Objects"
