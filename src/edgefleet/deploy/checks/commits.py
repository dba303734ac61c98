"""Commits that a tag, a message or an argument names: GitHub runs only what the gates have seen.

Whoever may push a branch, or write a tag at Cloudflare, could else have any commit deployed.
"""

from collections.abc import Iterable, Sequence
from itertools import islice

from edgefleet.cloudflare.limits import DEPLOYABLE_VERSIONS
from edgefleet.cloudflare.models import DeploymentEvent, Version
from edgefleet.core.output.progress import Progress
from edgefleet.errors import UsageError
from edgefleet.records.commit_order import SHORT
from edgefleet.records.lineage import Lineage
from edgefleet.records.models import Record
from edgefleet.records.signature import commit_of_tag, read_message

HINT = "deploy it with the workflow 'deploy', which runs every gate: gh workflow run deploy.yml"


def check_merged(lineage: Lineage, commit: str, progress: Progress) -> None:
    """Make sure that the default branch contains a commit: on GitHub, or it is said.

    Raises `UsageError` on GitHub, also where git cannot tell.
    """
    short = commit[:SHORT]
    if lineage.merged(commit) is False:
        _object(lineage, progress, f"commit {short} is not an ancestor of {lineage.default_branch}")
    elif lineage.on_github and not lineage.merged(commit):
        where = lineage.default_branch or "the default branch, which this clone does not have"
        _object(lineage, progress, f"git cannot tell whether {short} is an ancestor of {where}")


def check_made_from_commit(lineage: Lineage, version_id: str) -> None:
    """Make sure, on GitHub, that a version tells its commit; raises `UsageError`.

    Elsewhere a person knows which version it is.
    """
    if lineage.on_github:
        raise UsageError(
            f"version {version_id} was made from no commit that its tag or a record names: "
            "nothing says that it passed the gates",
            hint=HINT,
        )


def check_was_live(lineage: Lineage, what: str, script: str, progress: Progress) -> None:
    """Say that something never was live; raises `UsageError` on GitHub."""
    words = f"{what} never was live as {script}, as far as Cloudflare's history tells"
    _object(lineage, progress, words)


def version_was_live(version_id: str, deployments: Iterable[DeploymentEvent]) -> bool:
    """Whether a version had most of the traffic once."""
    return any(
        one.main_version == version_id for one in islice(deployments, 2 * DEPLOYABLE_VERSIONS)
    )


def commit_was_live(
    commit: str,
    deployments: Iterable[DeploymentEvent],
    versions: Sequence[Version],
    records: Sequence[Record],
) -> bool:
    """Whether a version that was made from a full commit had most of the traffic once."""
    tags = {version.id: commit_of_tag(version.tag) for version in versions}
    recorded = {one.version_id: one.git_commit for one in records if one.status.good}
    for one in islice(deployments, 2 * DEPLOYABLE_VERSIONS):
        signed = read_message(one.message)
        main = one.main_version
        said = signed.commit if signed and len(one.versions) == 1 else None
        found = tags.get(main or "") or said or recorded.get(main)
        if found and commit.startswith(found[:SHORT]):
            return True
    return False


def _object(lineage: Lineage, progress: Progress, words: str) -> None:
    if lineage.on_github:
        raise UsageError(words, hint=HINT)
    progress.say(f"  note: {words}")
