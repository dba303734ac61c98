"""Commits that a tag, a message or an argument names: GitHub runs only what the gates have checked.

Otherwise anyone who may push a branch, or write a tag at Cloudflare, could deploy any commit.
"""

from collections.abc import Iterable, Sequence
from itertools import islice

from edgefleet.cloudflare.limits import DEPLOYABLE_VERSIONS
from edgefleet.cloudflare.models import DeploymentEvent, Version
from edgefleet.cloudflare.worker.bundle import Bundle
from edgefleet.config.account_api import AccountApi
from edgefleet.config.fleet_config import FleetConfig
from edgefleet.config.target import Environment
from edgefleet.core.output.progress import Progress
from edgefleet.deploy.request import Dependencies, DeployRequest
from edgefleet.errors import UsageError
from edgefleet.records.commit_order import SHORT
from edgefleet.records.lineage import Lineage
from edgefleet.records.models import Action, Origin, Record
from edgefleet.records.provenance import MOST_NAMES
from edgefleet.records.signature import commit_of_tag, read_message


def check_merged(lineage: Lineage, commit: str, progress: Progress) -> None:
    """Print a note if the default branch does not contain a commit.

    On GitHub it raises `UsageError` instead, also if git cannot tell.
    """
    short = commit[:SHORT]
    if lineage.merged(commit) is False:
        _object(lineage, progress, f"commit {short} is not an ancestor of {lineage.default_branch}")
    elif lineage.on_github and not lineage.merged(commit):
        where = lineage.default_branch or "the default branch, which this clone does not have"
        _object(lineage, progress, f"git cannot tell whether {short} is an ancestor of {where}")


def check_made_from_commit(lineage: Lineage, version_id: str) -> None:
    """Raise `UsageError` on GitHub for a version that was made from no known commit.

    Elsewhere a person chose the version and knows what it is.
    """
    if lineage.on_github:
        raise UsageError(
            f"version {version_id} was made from no commit that its tag or a record names: "
            "nothing says that it passed the gates",
            hint=_hint(lineage),
        )


def report_never_live(lineage: Lineage, what: str, script: str, progress: Progress) -> None:
    """Print that something never was live; raises `UsageError` on GitHub."""
    _object(lineage, progress, f"{what} never was live as {script}, by Cloudflare's history")


def version_was_live(version_id: str, deployments: Iterable[DeploymentEvent]) -> bool:
    """Whether a version had most of the traffic once."""
    return any(
        event.main_version == version_id for event in islice(deployments, 2 * DEPLOYABLE_VERSIONS)
    )


def commit_was_live(
    commit: str,
    deployments: Iterable[DeploymentEvent],
    versions: Sequence[Version],
    records: Sequence[Record],
) -> bool:
    """Whether a version that was made from a full commit had most of the traffic once."""
    tags = {version.id: commit_of_tag(version.tag) for version in versions}
    recorded = {record.version_id: record.git_commit for record in records if record.status.good}
    for event in islice(deployments, 2 * DEPLOYABLE_VERSIONS):
        signed = read_message(event.message)
        version_id = event.main_version
        in_message = signed.commit if signed and len(event.versions) == 1 else None
        live_commit = tags.get(version_id or "") or in_message or recorded.get(version_id)
        if live_commit and commit.startswith(live_commit[:SHORT]):
            return True
    return False


def check_committed(
    fleet: FleetConfig, environment: Environment, origin: Origin, *, again: str, force: bool
) -> None:
    """Make sure that a protected environment is deployed from a commit; raises `UsageError`.

    `again` is the command that deploys.
    """
    if fleet.is_protected(environment) and origin.dirty and not force:
        raise UsageError(
            f"{environment} is deployed from a commit, and there are uncommitted changes: "
            f"{', '.join(origin.uncommitted) or 'git names none'}",
            hint="commit them or revert them (git status --ignored); or deploy them, too: "
            f"{again} --force",
        )


def with_build(origin: Origin, bundle: Bundle) -> Origin:
    """Return the origin of a bundle: dirty where it was built from files that git does not have."""
    if not bundle.uncommitted or origin.git_commit is None:
        return origin
    names = dict.fromkeys((*origin.uncommitted, *bundle.uncommitted))
    return origin.model_copy(update={"dirty": True, "uncommitted": tuple(names)[:MOST_NAMES]})


def check_rollback_commit(
    request: DeployRequest, deps: Dependencies, account: AccountApi, script: str
) -> None:
    """Print that the commit of a rollback never was live; raises `UsageError` on GitHub."""
    commit = request.origin.git_commit
    if request.action is not Action.ROLLBACK or not commit:
        return
    client, records = account.script(script), deps.records.of(request.target)
    history, versions = client.deployments.history(), client.versions.deployable()
    if not commit_was_live(commit, history, versions, records):
        report_never_live(deps.lineage, f"commit {commit[:SHORT]}", script, deps.progress)


def _hint(lineage: Lineage) -> str:
    return f"deploy it with the workflow that runs every gate: {lineage.deploy_command}"


def _object(lineage: Lineage, progress: Progress, problem: str) -> None:
    if lineage.on_github:
        raise UsageError(problem, hint=_hint(lineage))
    progress.say(f"  note: {problem}")
