"""Which commit a target is expected to run: the one that was last deployed on purpose."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from edgefleet.cloudflare.limits import DEPLOYABLE_VERSIONS
from edgefleet.cloudflare.models import DeploymentEvent
from edgefleet.config.account_session import AccountSession
from edgefleet.core.worktrees import Worktrees
from edgefleet.drift.models import Baseline
from edgefleet.errors import UsageError
from edgefleet.history.expected_record import deployed_elsewhere, expected_record
from edgefleet.records.lineage import Lineage
from edgefleet.records.models import Record
from edgefleet.rollback.rules import SHORTEST, version_source

STANDS = "the working tree stands for it"


class RemoteDeployment(NamedTuple):
    """What edgefleet put in force on another machine."""

    version_id: str
    commit: str | None
    """What it was made from; by its record, or else its tag."""


def newest_elsewhere(
    script: str,
    way: AccountSession,
    last: DeploymentEvent | None,
    older: Iterator[DeploymentEvent],
    records: Sequence[Record],
) -> RemoteDeployment | None:
    """Return the version that edgefleet put in force last, where that was on another machine.

    `last` is the deployment in force, `older` are those before it, newest first. Tags are asked
    for only where the newest record is not of what runs. Raises `CloudflareError`.
    """
    newest = expected_record(records)
    if last is None or (newest and newest.version_id == last.main_version):
        return None
    tags = {version.id: version.tag for version in way.account.script(script).versions.deployable()}
    version_id = deployed_elsewhere(
        chain([last], islice(older, DEPLOYABLE_VERSIONS)), tags, records
    )
    if version_id is None:
        return None
    return RemoteDeployment(
        version_id, version_source(version_id, records, tags.get(version_id, "")).commit
    )


def expected_state(
    checkouts: Worktrees,
    records: Sequence[Record],
    elsewhere: RemoteDeployment | None,
    ref: str | None,
    lineage: Lineage,
) -> Baseline:
    """Return the commit to compare with, and why that one.

    A record decides only where edgefleet deployed nothing `elsewhere` since. Raises `UsageError`
    as `named_commit` does.
    """
    if ref is not None:
        commit = named_commit(checkouts, ref)
        return Baseline(commit=commit, why=f"--ref {ref}", pending=commit != checkouts.head)
    record = expected_record(records)
    if elsewhere:
        words = f"version {elsewhere.version_id[:SHORTEST]}, which edgefleet put in force elsewhere"
        return _judged(_deployed(checkouts, elsewhere.commit, words), lineage)
    if record:
        words = f"the {record.action} of {record.started:%Y-%m-%d %H:%M} UTC"
        return _deployed(checkouts, record.git_commit, words, dirty=bool(record.dirty))
    return Baseline(commit=None, why=f"no commit is on record: {STANDS}")


def _judged(expected: Baseline, lineage: Lineage) -> Baseline:
    """Note where the default branch does not contain a commit that a tag names."""
    if expected.commit is None or lineage.merged(expected.commit) is not False:
        return expected
    return expected.model_copy(update={"unmerged": lineage.default_branch})


def require_here(expected: Baseline) -> None:
    """Make sure that the expected state can be deployed again; raises `UsageError`.

    The working tree stands for a commit that is missing here to be looked at, not to be deployed.
    """
    if expected.missing:
        raise UsageError(
            f"commit {expected.missing}, which was deployed, is not in this repository",
            hint="fetch it with git, or name what is to be deployed: --ref GIT_REF",
        )


def require_merged(expected: Baseline, lineage: Lineage) -> None:
    """Make sure that GitHub repairs with no commit but a merged one; raises `UsageError`.

    That git cannot tell, as in a shallow clone, is no reason to deploy.
    """
    if lineage.on_github and expected.commit and not lineage.merged(expected.commit):
        known = lineage.merged(expected.commit) is False
        verdict = "is not an ancestor" if known else "is not known to be an ancestor"
        branch = lineage.default_branch or "the default branch"
        raise UsageError(
            f"commit {expected.commit} {verdict} of {branch}: GitHub deploys nothing that never "
            "passed its gates",
            hint=f"deploy a commit that did: {lineage.deploy_command}",
        )


def named_commit(checkouts: Worktrees, ref: str) -> str:
    """Return the full commit that the user named. Raises `UsageError` where git knows none."""
    commit = checkouts.commit(ref)
    if commit is None:
        raise UsageError(f"git knows no commit '{ref}'", hint="name a branch, tag or commit")
    return commit


def _deployed(
    checkouts: Worktrees, named: str | None, words: str, *, dirty: bool = False
) -> Baseline:
    words = f"{words}, with uncommitted changes" if dirty else words
    if named is None:
        return Baseline(commit=None, why=f"{words} is of no known commit: {STANDS}")
    commit = checkouts.commit(named)
    if commit is None:
        why = f"commit {named} is not in this repository: {STANDS}"
        return Baseline(commit=None, why=why, missing=named, dirty=dirty)
    return Baseline(commit=commit, why=words, pending=commit != checkouts.head, dirty=dirty)
