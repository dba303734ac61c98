"""Which commit a target is expected to run: the one that was last deployed on purpose."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice

from edgefleet.errors import UsageError
from edgefleet.flows.access import Way
from edgefleet.model.drift import Expected
from edgefleet.model.history import Deployed
from edgefleet.model.record import Record
from edgefleet.model.rollback import Version
from edgefleet.ports.checkouts import Checkouts
from edgefleet.rules.drift import commit_of_tag, deployed_elsewhere, expected_record, recorded
from edgefleet.rules.rollback import NEWEST, SHORTEST

STANDS = "the working tree stands for it"


def newest_elsewhere(
    script: str,
    way: Way,
    last: Deployed | None,
    older: Iterator[Deployed],
    records: Sequence[Record],
) -> Version | None:
    """Return the version that edgefleet deployed last, where that was on another machine.

    `last` is the deployment in force, `older` are those before it, newest first. Tags are asked
    for only where no record tells of what runs. Raises `CloudflareError`.
    """
    if last is None or recorded(last.main_version, records):
        return None
    versions = {version.id: version for version in way.account.versions(script).deployable()}
    return deployed_elsewhere(chain([last], islice(older, NEWEST)), versions, records)


def expected_state(
    checkouts: Checkouts, records: Sequence[Record], elsewhere: Version | None, ref: str | None
) -> Expected:
    """Return the commit to compare with, and why that one.

    A record decides only where edgefleet deployed nothing `elsewhere` since. Raises `UsageError`
    as `named_commit` does.
    """
    if ref is not None:
        commit = named_commit(checkouts, ref)
        return Expected(commit=commit, why=f"--ref {ref}", pending=commit != checkouts.head)
    record = expected_record(records)
    if elsewhere:
        words = f"the tag of version {elsewhere.id[:SHORTEST]}, which edgefleet deployed elsewhere"
        return _deployed(checkouts, commit_of_tag(elsewhere.tag), words)
    if record:
        words = f"the {record.action} of {record.started:%Y-%m-%d %H:%M} UTC"
        return _deployed(checkouts, record.git_commit, words)
    return Expected(commit=None, why=f"no commit is on record: {STANDS}")


def require_here(expected: Expected) -> None:
    """Make sure that the expected state can be deployed again; raises `UsageError`.

    The working tree stands for a commit that is missing here to be looked at, not to be deployed.
    """
    if expected.missing:
        raise UsageError(
            f"commit {expected.missing}, which was deployed, is not in this repository",
            hint="fetch it with git, or name what is to be deployed: --ref GIT_REF",
        )


def named_commit(checkouts: Checkouts, ref: str) -> str:
    """Return the full commit that somebody named. Raises `UsageError` where git knows none."""
    commit = checkouts.commit(ref)
    if commit is None:
        raise UsageError(f"git knows no commit '{ref}'", hint="name a branch, tag or commit")
    return commit


def _deployed(checkouts: Checkouts, named: str | None, words: str) -> Expected:
    if named is None:
        return Expected(commit=None, why=f"{words} is of no known commit: {STANDS}")
    commit = checkouts.commit(named)
    if commit is None:
        why = f"commit {named} is not in this repository: {STANDS}"
        return Expected(commit=None, why=why, missing=named)
    return Expected(commit=commit, why=words, pending=commit != checkouts.head)
